import type { KeyConf } from "../../contract/key.ts";
import type { KeyRecord } from "../../contract/record.ts";
import type { Finding } from "../../contract/results.ts";
import type { Algorithm, Json, Origin } from "../../contract/words.ts";
import { canonicalJson } from "../../encoding/canonical-json.ts";
import { KmsError } from "../../errors.ts";
import { dropUndefined } from "../../keys/configuration.ts";
import { drive, harmless, poll } from "../drive.ts";
import type { Task } from "../task.ts";

/** Reads a key by a reference; the answer must carry a version list and a canonical id. */
export const readRecord = async (task: Task, reference: string): Promise<KeyRecord> =>
  drive(task, harmless, (call) => task.provider.driver.describeKey(reference, call));

/** Reads a key that a handle names. `TAMPERED` when another key answers. */
export async function readOwnRecord(task: Task, keyId: string): Promise<KeyRecord> {
  const record = await readRecord(task, keyId);
  if (!task.provider.driver.sameKey(record.id, keyId)) {
    throw new KmsError("TAMPERED", "The provider described another key than the one asked for.", { keyId });
  }
  return record;
}

/**
 * Reads a key that was just made until no version of it is pending. A provider that is consistent only after a while may
 * not know it at first. `NOT_READY` with the key id at the deadline; `INVALID_STATE` when the provider could not make it.
 */
export async function settledRecord(task: Task, keyId: string): Promise<KeyRecord> {
  task.keyId = keyId;
  const record = await poll(
    task,
    async () => {
      try {
        return await readOwnRecord(task, keyId);
      } catch (error) {
        if (KmsError.isInstance(error) && error.code === "NOT_FOUND") return undefined;
        throw error;
      }
    },
    (found) => !isUnfinished(found),
  );
  if (record.state === "failed") {
    throw new KmsError(
      "INVALID_STATE",
      "The provider failed to make the key's material; destroy the key and make another.",
      { keyId, state: "destroyed" },
    );
  }
  return record;
}

/** Is material still being made: some version's, or that of a key which has no version yet? */
export const isUnfinished = ({ state, versions, versionsComplete }: KeyRecord): boolean =>
  versions.some(({ native }) => native === "pending") ||
  (state === "pending" && versionsComplete && versions.length === 0);

/** Where the provider does not say where material came from, what is known of it counts. */
export const withOrigin = (record: KeyRecord, known: Origin): KeyRecord =>
  record.origin === "unknown" ? { ...record, origin: known } : record;

/** Where a record differs from what was asked for, field by field; only what was asked is compared. */
export function differences(
  record: KeyRecord,
  conf: KeyConf<Algorithm, unknown>,
  origin: "generated" | "imported",
): readonly Finding[] {
  const newest = record.versions.at(-1);
  const compared: readonly (readonly [string, unknown, unknown])[] = [
    [
      "algorithm",
      conf.algorithm,
      record.algorithms.includes(conf.algorithm) ? conf.algorithm : record.algorithms.join(" or "),
    ],
    ["protection", conf.protection, record.protection],
    ["origin", origin, record.origin],
    ["exportable", conf.exportable ?? false, record.exportable],
    ["labels", shownLabels(conf.labels ?? {}), shownLabels(record.labels)],
    ["activateAt", conf.activateAt?.toISOString(), newest?.notBefore?.toISOString()],
    ["deactivateAt", conf.deactivateAt?.toISOString(), newest?.notAfter?.toISOString()],
    ["rotateEveryDays", conf.rotateEveryDays, record.rotateEveryDays],
    [
      "destructionWindowDays",
      record.destructionWindowDays === undefined ? undefined : conf.destructionWindowDays,
      record.destructionWindowDays,
    ],
    ...optionsCompared(conf.options, record.options),
  ];
  return compared
    .filter(([, expected, found]) => expected !== undefined && expected !== found)
    .map(([what, expected, found]) => ({ what, expected: String(expected), found: String(found), severity: "error" }));
}

/** `TAMPERED`, naming the unexpected key; nothing is destroyed. */
export function refuseDifferences(record: KeyRecord, found: readonly Finding[]): void {
  const [first] = found;
  if (first === undefined) return;
  const list = found.map(({ what, expected }) => `${what} (asked for ${expected ?? "nothing"})`).join(", ");
  throw new KmsError(
    "TAMPERED",
    `The key that was made is not the one asked for; it differs in ${list}. It was left as it is: look at it, then destroy it.`,
    {
      keyId: record.id,
      outcome: "done",
    },
  );
}

/** Options are compared where the record can tell them. */
function optionsCompared(asked: unknown, found: unknown): readonly (readonly [string, unknown, unknown])[] {
  if (typeof asked !== "object" || asked === null || typeof found !== "object" || found === null) return [];
  const told = found as Readonly<Record<string, Json | undefined>>;
  return Object.entries(dropUndefined(asked) as Readonly<Record<string, Json>>)
    .filter(([name]) => told[name] !== undefined)
    .map(([name, value]) => [`options.${name}`, canonicalJson(value), canonicalJson(told[name] ?? null)]);
}

const shownLabels = (labels: Readonly<Record<string, string>>): string => canonicalJson({ ...labels });
