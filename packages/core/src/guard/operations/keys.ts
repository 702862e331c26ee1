import type { KeyHandle } from "../../contract/key.ts";
import type { KeyRecord } from "../../contract/record.ts";
import type { Algorithm, Operation, OwnedBytes } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { selectRow } from "../../keys/capabilities.ts";
import type { HandleClaims } from "../../keys/handle.ts";
import { changing, drive, harmless } from "../drive.ts";
import { claimsFrom, lineageOf, noLineage } from "../claims.ts";
import { bind } from "../handles.ts";
import type { Row } from "../pipeline.ts";
import { unsupported } from "../provider.ts";
import type { KeyTask, Task } from "../task.ts";
import { hasPinned } from "../versions.ts";
import { checkClaimed, claimsToAdopt, makeKey, questionOfConf, type Configured } from "./making.ts";
import { isUnfinished, readRecord, withOrigin } from "./records.ts";
import { continueWith, owned } from "./use.ts";

/** Made, waited for, read back, compared, pinned. After the key is there, every failure says so: `outcome: "done"` and the key id. */
export const generateKey: Row<Task, Configured, KeyHandle> = {
  operation: "generateKey",
  effect: "manage",
  mutates: true,
  check: (task, { conf }) => checkClaimed(task.provider, "generateKey", conf, "generated"),
  question: (task, { conf }) => questionOfConf(task, conf),
  work: (task, { conf }) =>
    makeKey(task, { conf, origin: "generated", replaces: undefined }, async (named) => {
      const { driver } = task.provider;
      return (await drive(task, changing, (call) => driver.createKey(named, call))).id;
    }),
};

/** What `getKey` is given. */
export interface Adoption {
  readonly reference: string;
  readonly algorithm: Algorithm;
  readonly keyId: string | undefined;
  readonly thumbprint: string | undefined;
}

/** Reads an existing key once and pins it; trust on first use unless a key id or thumbprint is stated. */
export const getKey: Row<Task, Adoption, KeyHandle> = {
  operation: "getKey",
  effect: "read",
  mutates: false,
  check: (task, { reference }) => {
    task.keyId = reference; // what was asked for, until the canonical id is known
  },
  question: (task, { algorithm }) => ({ ...questionOfConf(task, { algorithm }), effect: "process" }),
  work: async (task, { reference, algorithm, keyId, thumbprint }) => {
    const { driver, name } = task.provider;
    const record = await readRecord(task, reference);
    task.keyId = record.id;
    if (keyId !== undefined && !driver.sameKey(record.id, keyId)) {
      throw new KmsError(
        "TAMPERED",
        "The reference leads to another key than the one expected. Find out who moved it.",
        { keyId: record.id },
      );
    }
    if (
      !record.algorithms.includes(algorithm) ||
      selectRow(driver.capabilities, algorithm, record.protection, record.origin) === undefined
    ) {
      throw new KmsError(
        "UNSUPPORTED",
        `The key cannot be ${algorithm} at provider "${name}"; it is ${record.native}.`,
        { keyId: record.id },
      );
    }
    if (isUnfinished(record)) {
      throw new KmsError("NOT_READY", "The key's material is still being made. Try again later.", { keyId: record.id });
    }
    const claims = await claimsToAdopt(task, record, algorithm, noLineage);
    return bind(
      task.instance,
      task.provider,
      thumbprint === undefined ? claims : onlyThumbprint(claims, record, thumbprint),
    );
  },
};

/** Pins the one version whose public key has the thumbprint. */
function onlyThumbprint(claims: HandleClaims, record: KeyRecord, thumbprint: string): HandleClaims {
  const pinned = claims.versions.find(({ publicKey }) => publicKey?.thumbprint === thumbprint);
  if (pinned === undefined) {
    throw new KmsError("TAMPERED", "No readable version of the key has the public key that was expected.", {
      keyId: record.id,
    });
  }
  const enabled = record.versions.some(({ version, native }) => version === pinned.version && native === "enabled");
  const signingVersion = enabled ? pinned.version : undefined;
  return Object.freeze({ ...claims, versions: Object.freeze([pinned]), signingVersion });
}

/** Reads the provider and admits versions that came after the handle was made; one revision up. */
export const refreshHandle: Row<KeyTask, undefined, KeyHandle> = {
  operation: "refreshHandle",
  effect: "read",
  mutates: false,
  work: async (task) => rebind(task, await readRecord(task, task.key.claims.keyId)),
};

/**
 * The handle of a key that was read again. `TAMPERED` where what is fixed for ever has changed, or where none of the
 * versions that the handle pins is listed any more: under a name that can be given again, that is another key.
 */
export async function rebind(task: KeyTask, found: KeyRecord): Promise<KeyHandle> {
  const { claims } = task.key;
  const record = withOrigin(found, claims.origin);
  const { algorithm, protection, origin, exportable, keyId } = claims;
  const same =
    task.provider.driver.sameKey(record.id, keyId) &&
    record.algorithms.includes(algorithm) &&
    record.protection === protection &&
    record.origin === origin &&
    record.exportable === exportable &&
    hasPinned(claims, record);
  if (!same) {
    throw new KmsError(
      "TAMPERED",
      "The provider now shows a key that differs from the handle in what never changes: id, algorithm, protection, origin, exportability, or the versions that it pins.",
      { keyId },
    );
  }
  return bind(task.instance, task.provider, await claimsFrom(task, record, algorithm, lineageOf(claims)));
}

/** Bytes of the provider's own generator. */
export const generateRandom: Row<Task, { readonly lengthBytes: number }, OwnedBytes> = {
  operation: "generateRandom",
  effect: "read",
  mutates: false,
  check: (task) => checkProviderClaims(task, "generateRandom"),
  work: (task, { lengthBytes }) => {
    const generate = task.provider.driver.generateRandom;
    if (generate === undefined) throw unsupported(task.provider.name, "generateRandom", "any key");
    return continueWith(
      drive(task, harmless, (call) => generate(lengthBytes, call)),
      (bytes) => {
        // A short read is a failure of the generator (`requirements` 37).
        if (bytes.length === lengthBytes) return owned(bytes);
        throw new KmsError("CORRUPTED", `${lengthBytes} random bytes were asked for and ${bytes.length} answered.`);
      },
    );
  },
};

/** `UNSUPPORTED` unless some row claims an operation that belongs to the provider as a whole. */
export function checkProviderClaims(task: Task, operation: Operation): void {
  if (task.provider.driver.capabilities.rows.some((row) => row.operations[operation] !== undefined)) return;
  throw unsupported(task.provider.name, operation, "any key");
}
