import { KmsError, type Call, type KeyConf } from "@kms/core/driver";
import { algorithms, keyTypeOf, protectionsOf, type AzureAlgorithm } from "../algorithms.ts";
import { classify, codeOf, halfDone, present, unchanged } from "../errors.ts";
import { keyIdOf } from "../key-id.ts";
import { nonceTag, type AzureRecord, type Rotation, type Vault } from "../records.ts";
import { readKey, rotationIn } from "../records/reading.ts";
import { checkedKey, readVersion } from "../records/versions.ts";
import { withdraw } from "./withdrawing.ts";

/**
 * One `create`, then the rotation policy. Azure makes a new version of a key whose name is taken, so the name is looked for
 * first (`ALREADY_EXISTS`), and the versions are counted afterwards: where somebody was faster, the version that was made
 * here is disabled and named, outcome "done". There is no idempotency token: it stands in a tag, and the guard never repeats
 * this.
 */
export async function createKey(vault: Vault, conf: KeyConf<AzureAlgorithm>, call: Call): Promise<AzureRecord> {
  const { name } = conf;
  if (name === undefined) throw new KmsError("INVALID_ARGUMENT", "A key of Azure is made under a name; give one.");
  const { connection } = vault;
  const id = keyIdOf(connection.host, name);
  await refuseTakenName(vault, name, call);
  const made = await connection
    .ask(
      (client, settings) => client.createKey(name, typeFor(vault, conf), { ...creationOf(conf, call), ...settings }),
      call,
    )
    .catch((cause: unknown) => {
      throw lost(cause, id, call.idempotencyToken);
    });
  const version = present(
    checkedKey(connection.host, made, { name, outcome: "unknown" }).properties.version,
    "a version",
  );
  try {
    const record = await readKey(vault, name, call);
    if (record.versions.length > 1) throw await raceLost(vault, { name, id, version }, call);
    const { rotateEveryDays } = conf;
    if (rotateEveryDays === undefined) return record;
    // What Azure answers counts: the guard compares it with what was asked.
    return { ...record, rotateEveryDays: (await setRotation(vault, name, rotateEveryDays, call)).days };
  } catch (cause) {
    if (KmsError.isInstance(cause) && cause.outcome === "done") throw cause;
    const what = `The key was made: ${id}, version ${version}. Setting its rotation or reading it failed; adopt it by getKey, or schedule its destruction.`;
    throw halfDone(cause, "generateKey", id, what);
  }
}

const typeFor = ({ tier }: Vault, { algorithm, protection }: KeyConf<AzureAlgorithm>): string =>
  keyTypeOf(algorithm, protection ?? protectionsOf(tier)[0] ?? "software");

/** What a new key, or a new version of it, is made with. Operations and sizes are always said: their defaults are not established. */
function creationOf(conf: KeyConf<AzureAlgorithm>, call: Call): object {
  const { sizeBits, curve, keyOps } = algorithms[conf.algorithm];
  const { activateAt, deactivateAt } = conf;
  return {
    keyOps: [...keyOps],
    tags: { ...conf.labels, [nonceTag]: call.idempotencyToken },
    ...(sizeBits === undefined ? {} : { keySize: sizeBits }),
    ...(curve === undefined ? {} : { curve }),
    ...(activateAt === undefined ? {} : { notBefore: activateAt }),
    ...(deactivateAt === undefined ? {} : { expiresOn: deactivateAt }),
  };
}

async function refuseTakenName(vault: Vault, name: string, call: Call): Promise<void> {
  try {
    await readVersion(vault, name, undefined, call);
  } catch (cause) {
    const code = codeOf(cause, "describeKey");
    if (code === "NOT_FOUND") return;
    if (code !== "INVALID_STATE") throw unchanged(cause);
  }
  throw new KmsError("ALREADY_EXISTS", `The vault has a key ${name} already; choose another name.`);
}

/** A failure after which there may be a key says by which name to find it; every other one stays as it is. */
function lost(cause: unknown, id: string, token: string): unknown {
  const { code, outcome, requestId } = KmsError.isInstance(cause) ? cause : classify(cause, "generateKey");
  if (outcome !== "unknown") return cause;
  const message = `A key was to be made in Azure and no answer came. If there is one, it is ${id} and bears the tag ${nonceTag}=${token}: look for it, then adopt it by getKey or schedule its destruction. Do not assume that there is none.`;
  return new KmsError(code, message, { outcome, requestId, cause: KmsError.isInstance(cause) ? cause.cause : cause });
}

async function raceLost(
  vault: Vault,
  { name, id, version }: { readonly name: string; readonly id: string; readonly version: string },
  call: Call,
): Promise<KmsError> {
  const found = `Somebody else made a key of the name ${name} at the same time, and what was made here became its version ${version}.`;
  const { said, cause } = await withdraw(vault, { name, version }, call);
  return new KmsError("ALREADY_EXISTS", `${found} ${said} Choose another name.`, { keyId: id, outcome: "done", cause });
}

/** Has a key rotate so many days after each version was made, and says what Azure made of that. */
const setRotation = async ({ connection }: Vault, name: string, days: number, call: Call): Promise<Rotation> =>
  rotationIn(
    await connection.ask((client, settings) => {
      const policy = { lifetimeActions: [{ action: "Rotate" as const, timeAfterCreate: `P${days}D` }] };
      return client.updateKeyRotationPolicy(name, policy, settings);
    }, call),
  );
