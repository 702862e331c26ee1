import type { KeyVaultKey } from "@azure/keyvault-keys";
import { KmsError, type Call, type KeyReference, type Rotated } from "@kms/core/driver";
import { algorithms, isAzureAlgorithm, keyTypeOf } from "../algorithms.ts";
import { halfDone, present } from "../errors.ts";
import { changeVersions, livingKey, wrongState, type VersionChange } from "./changes.ts";
import { keyCondition, protects, recordOf, type Description, type Vault } from "../records.ts";
import { readKey } from "../records/reading.ts";
import { checkedKey, keepShape } from "../records/versions.ts";

/**
 * A new version, which protects at once. `INVALID_STATE` for a key that is not Active: the new version would bring it back.
 * A Managed HSM rotates on demand only where a rotation policy was set (learn.microsoft.com/azure/key-vault/managed-hsm/
 * key-rotation); elsewhere there the version is made by `create` under the key's name. Tags are put on the new version where
 * the service did not copy them (`contract-fit` §1, Open).
 */
export async function rotate(vault: Vault, key: KeyReference, call: Call): Promise<Rotated<never>> {
  const what = "a new version was to be made";
  const before = await livingKey(vault, key, what, call);
  const condition = keyCondition(recordOf(before, call.now), call.now);
  if (condition !== "active") throw wrongState(key, what, condition);
  const made = await makeVersion(vault, key, before, call);
  const version = present(made.properties.version, "a version");
  try {
    await putTags(vault, before, made, call);
    const record = await readKey(vault, before.name, call, key);
    refuseOtherKey(
      key,
      before,
      record.versions.map((found) => found.version),
    );
    return { record, version };
  } catch (cause) {
    const message = `The rotation itself was done: the key has the new version ${version}. Reading it, or putting the key's tags on it, failed; describe the key.`;
    throw halfDone(cause, "rotateKey", key.id, message);
  }
}

async function makeVersion(
  { connection, tier }: Vault,
  key: KeyReference,
  { name, shape, rotation, versions }: Description,
  call: Call,
): Promise<KeyVaultKey> {
  const bySelf = tier === "managed-hsm" && rotation.policy !== "rotates";
  const made = await connection.ask((keys, settings) => {
    if (!bySelf) return keys.rotateKey(name, settings);
    if (!isAzureAlgorithm(key.algorithm)) throw new KmsError("INVALID_ARGUMENT", `Azure has no ${key.algorithm} keys.`);
    const { sizeBits, curve, keyOps: own } = algorithms[key.algorithm];
    return keys.createKey(name, keyTypeOf(key.algorithm, "hsm"), {
      // The newest version may have been narrowed to reading: its successor is to protect.
      keyOps: [...(protects(shape.keyOps) ? shape.keyOps : own)],
      tags: { ...versions.at(-1)?.tags },
      ...(sizeBits === undefined ? {} : { keySize: sizeBits }),
      ...(curve === undefined ? {} : { curve }),
      ...settings,
    });
  }, call);
  return checkedKey(connection.host, made, { name });
}

async function putTags(vault: Vault, before: Description, made: KeyVaultKey, call: Call): Promise<void> {
  const tags = before.versions.at(-1)?.tags ?? {};
  const found = made.properties.tags ?? {};
  keepShape(vault, made);
  if (Object.entries(tags).every(([name, value]) => found[name] === value)) return;
  const changeOf = (): VersionChange => ({ tags: { ...found, ...tags } });
  await changeVersions(vault, before, { wanted: [made.properties], changeOf }, call);
}

/** `TAMPERED` when the versions that were there are gone: the name belongs to another key, which now has a version of ours. */
function refuseOtherKey(key: KeyReference, before: Description, versions: readonly string[]): void {
  if (before.versions.every(({ version = "" }) => versions.includes(version))) return;
  throw new KmsError(
    "TAMPERED",
    "The key was replaced by another one of the same name while it was rotated. Do not use it; find out who did that.",
    { keyId: key.id, outcome: "done" },
  );
}
