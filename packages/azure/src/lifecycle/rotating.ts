import type { KeyVaultKey } from "@azure/keyvault-keys";
import { KmsError, type Call, type KeyReference, type Rotated } from "@kms/core/driver";
import { withdraw } from "../keys/withdrawing.ts";
import { algorithms, isAzureAlgorithm, keyTypeOf } from "../algorithms.ts";
import { halfDone, present } from "../errors.ts";
import { changeVersions, livingKey, wrongState, type VersionChange } from "./changes.ts";
import { keyCondition, protects, recordOf, type Description, type Vault } from "../records.ts";
import { describe } from "../records/reading.ts";
import { checkedKey, keepShape } from "../records/versions.ts";

/**
 * A new version, which protects at once. `INVALID_STATE` for a key that is not Active: the new version would bring it back.
 * A Managed HSM rotates on demand only where a rotation policy was set (learn.microsoft.com/azure/key-vault/managed-hsm/
 * key-rotation); elsewhere there the version is made by `create` under the key's name. Tags are put on the new version where
 * the service did not copy them (`contract-fit` §1, Open), and operations that protect where it copied narrowed ones.
 * `TAMPERED`, outcome "done", where the name turns out to be another key's: the version made here is disabled and named.
 */
export async function rotate(vault: Vault, key: KeyReference, call: Call): Promise<Rotated<never>> {
  const what = "a new version was to be made";
  const before = await livingKey(vault, key, what, call);
  const condition = keyCondition(recordOf(before, call.now), call.now);
  if (condition !== "active") throw wrongState(key, what, condition);
  const made = await makeVersion(vault, key, before, call);
  const version = present(made.properties.version, "a version");
  try {
    const after = await describe(vault, before.name, call, key);
    if ("record" in after) throw wrongState(key, what, "destruction-scheduled");
    await refuseOtherKey(vault, key, { before, after, version }, call);
    const completed = await complete(vault, key, { before, after, made }, call);
    return { record: recordOf(completed, call.now), version };
  } catch (cause) {
    if (KmsError.isInstance(cause) && cause.outcome === "done") throw cause;
    const message = `The rotation itself was done: the key has the new version ${version}. Reading it, or putting the key's tags and operations on it, failed; describe the key.`;
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
  return checkedKey(connection.host, made, { name, outcome: "unknown" });
}

interface Descriptions {
  readonly before: Description;
  readonly after: Description;
}

/** Tags, and operations that protect, on a version that the service did not make with them: one change, or none. */
async function complete(
  vault: Vault,
  { algorithm }: KeyReference,
  { before, after, made }: Descriptions & { readonly made: KeyVaultKey },
  call: Call,
): Promise<Description> {
  const wanted = before.versions.at(-1)?.tags ?? {};
  const found = made.properties.tags ?? {};
  const tagged = Object.entries(wanted).every(([name, value]) => found[name] === value);
  const { keyOps } = keepShape(vault, made);
  // A version whose predecessor was narrowed to reading is to protect all the same.
  const own = !protects(keyOps) && isAzureAlgorithm(algorithm) ? algorithms[algorithm].keyOps : undefined;
  if (tagged && own === undefined) return after;
  const changeOf = (): VersionChange => ({ keyOps: own, tags: tagged ? undefined : { ...found, ...wanted } });
  return (await changeVersions(vault, after, { wanted: [made.properties], changeOf }, call)).description;
}

/** `TAMPERED` when the versions that were there are gone: the name belongs to another key, which now has a version of ours. */
async function refuseOtherKey(
  vault: Vault,
  key: KeyReference,
  { before, after, version }: Descriptions & { readonly version: string },
  call: Call,
): Promise<void> {
  const left = new Set(after.versions.map((found) => found.version));
  if (before.versions.every((found) => left.has(found.version))) return;
  const { said, cause } = await withdraw(vault, { name: after.name, version }, call);
  throw new KmsError(
    "TAMPERED",
    `The key was replaced by another one of the same name while it was rotated, and what was made here became its version ${version}. ${said} Do not use that key; find out who did that.`,
    { keyId: key.id, outcome: "done", cause },
  );
}
