import { KmsError, type Call, type Changed, type KeyReference, type NativeState } from "@kms/core/driver";
import type { Asking, Connection } from "./client.ts";
import { halfDone, outcomeOf } from "./errors.ts";
import { nativeStateOf } from "./errors/table.ts";
import { versionNameOf } from "./key-id.ts";
import { notReady, wrongState } from "./lifecycle/refusals.ts";
import { promote, rotate, stopRotation } from "./lifecycle/rotation.ts";
import {
  describeFirst,
  numberOf,
  recordOf,
  tampered,
  type CryptoKeyVersion,
  type Description,
  type DriverPart,
} from "./records.ts";

type Lifecycle = "rotate" | "promote" | "setEnabled" | "scheduleDestruction" | "cancelDestruction";

/**
 * Rotation, suspension and destruction. At Google all of it is done to versions; where the whole key is meant, the driver
 * goes through them, and repeating it finishes what was left. What Google answers to a change counts, since what is read
 * after it may still show the state before (Cloud KMS documentation, "Consistency").
 */
export const lifecycle = (connection: Connection): DriverPart<Lifecycle> => ({
  rotate: (key, call) => rotate(connection, key, call),
  promote: (key, call) => promote(connection, key, call),
  setEnabled: (key, version, enabled, call) =>
    changeVersions(connection, key, version, { ...(enabled ? enabling : disabling), call }),
  scheduleDestruction: async (key, version, windowDays, call) => {
    if (windowDays !== undefined) {
      throw new KmsError(
        "UNSUPPORTED",
        "Cloud KMS fixes the destruction window when the key is made; leave windowDays out.",
      );
    }
    const change: Asked = { ...destroying, call };
    const check = (found: Description): void => void toChange(found, key, { change, version });
    const stopped = version === undefined && (await stopRotation(connection, key, { call, check }));
    return changeVersions(connection, key, version, change).catch((cause: unknown) => {
      if (!stopped) throw cause;
      const what =
        "The key's automatic rotation was stopped, but its versions could not be scheduled for destruction; repeat it.";
      throw halfDone(cause, "scheduleDestruction", key.id, what);
    });
  },
  cancelDestruction: (key, version, call) => changeVersions(connection, key, version, { ...restoring, call }),
});

/** A change to one version: from which states, to which, and how it is asked for. */
interface Change {
  readonly what: string;
  readonly from: readonly NativeState[];
  readonly to: NativeState;
  /** Whether a key all of whose versions are there already is left as it is; else it is refused. */
  readonly repeats: boolean;
  readonly ask: (asking: Asking, name: string) => Promise<readonly [CryptoKeyVersion, ...unknown[]]>;
}
type Asked = Change & { readonly call: Call };

const setState =
  (state: "ENABLED" | "DISABLED"): Change["ask"] =>
  ({ client, options }, name) =>
    client.updateCryptoKeyVersion({ cryptoKeyVersion: { name, state }, updateMask: { paths: ["state"] } }, options);

const disabling: Change = {
  what: "it was to be disabled",
  from: ["enabled"],
  to: "disabled",
  repeats: true,
  ask: setState("DISABLED"),
};
const enabling: Change = {
  what: "it was to be enabled",
  from: ["disabled"],
  to: "enabled",
  repeats: true,
  ask: setState("ENABLED"),
};
const destroying: Change = {
  what: "its destruction was to be scheduled",
  from: ["enabled", "disabled"],
  to: "destruction-scheduled",
  repeats: false,
  ask: ({ client, options }, name) => client.destroyCryptoKeyVersion({ name }, options),
};
const restoring: Change = {
  what: "its destruction was to be cancelled",
  from: ["destruction-scheduled"],
  to: "disabled",
  repeats: false,
  ask: ({ client, options }, name) => client.restoreCryptoKeyVersion({ name }, options),
};

/**
 * Changes the version that is named, or every one that is in a state to be changed. Some may fail: they are `unfinished`,
 * and repeating the call goes on with them. All of them failing is the failure of the first, or of the first that may have
 * happened all the same.
 */
async function changeVersions(
  connection: Connection,
  key: KeyReference,
  version: string | undefined,
  change: Asked,
): Promise<Changed<never>> {
  const before = await describeFirst(connection, key.id, change.call);
  const { wanted, unready } = toChange(before, key, { change, version });
  if (wanted.length === 0) return { record: recordOf(before), unfinished: unready };
  const { changed, failures } = await changeEach(connection, key, wanted, change);
  if (changed.size === 0) {
    throw (failures.find(({ cause }) => outcomeOf(cause) === "unknown") ?? failures[0])?.cause;
  }
  const versions = before.versions.map((found) => changed.get(numberOf(found, key.id)) ?? found);
  return { record: recordOf({ ...before, versions }), unfinished: [...unready, ...failures] };
}

/** The versions that a change is for, and those still being made, which would come up enabled whatever is done to the others. */
function toChange(
  before: Description,
  key: KeyReference,
  { change, version }: { readonly change: Change; readonly version: string | undefined },
): { readonly wanted: readonly CryptoKeyVersion[]; readonly unready: Changed<never>["unfinished"] } {
  const chosen = chosenOf(before, key, version);
  const wanted = chosen.filter(({ state }) => change.from.some((from) => from === nativeStateOf(state)));
  if (wanted.length === 0) refuse(before, chosen, { key, change });
  const unready = chosen
    .filter(({ state }) => change.from.includes("enabled") && nativeStateOf(state) === "pending")
    .map((found) => ({ version: numberOf(found, key.id), cause: notReady(key) }));
  return { wanted, unready };
}

async function changeEach(
  connection: Connection,
  key: KeyReference,
  wanted: readonly CryptoKeyVersion[],
  change: Asked,
): Promise<{
  readonly changed: ReadonlyMap<string, CryptoKeyVersion>;
  readonly failures: readonly { readonly version: string; readonly cause: unknown }[];
}> {
  const changed = new Map<string, CryptoKeyVersion>();
  const failures: { readonly version: string; readonly cause: unknown }[] = [];
  for (const found of wanted) {
    const version = numberOf(found, key.id);
    try {
      const [answer] = await connection.send(
        (asking) => change.ask(asking, versionNameOf(key.id, version)),
        change.call,
      );
      if (numberOf(answer, key.id) !== version) {
        throw tampered(`Version ${version} was to be changed and another one answered; check the endpoint.`, key.id);
      }
      changed.set(version, answer);
    } catch (cause) {
      failures.push({ version, cause });
    }
  }
  return { changed, failures };
}

function chosenOf(
  { versions }: Description,
  key: KeyReference,
  version: string | undefined,
): readonly CryptoKeyVersion[] {
  if (version === undefined) return versions;
  const chosen = versions.filter((found) => numberOf(found, key.id) === version);
  if (chosen.length > 0) return chosen;
  throw new KmsError("NOT_FOUND", "The key has no version of that number; describeKey lists them.", { keyId: key.id });
}

/** Nothing is in a state to be changed: that is what was wanted, or the states do not allow it. */
function refuse(
  before: Description,
  chosen: readonly CryptoKeyVersion[],
  { key, change }: { readonly key: KeyReference; readonly change: Change },
): void {
  if (change.repeats && chosen.some(({ state }) => nativeStateOf(state) === change.to)) return;
  const { state } = chosen.length === 1 ? recordOf({ ...before, versions: chosen }) : recordOf(before);
  if (state === "pending") throw notReady(key);
  throw wrongState(key, change.what, state);
}
