import { KmsError, type Call, type KeyReference, type Rotated, type VersionReference } from "@kms/core/driver";
import { isSymmetric } from "../algorithms.ts";
import type { Connection } from "../client.ts";
import { nativeStateOf } from "../errors/table.ts";
import {
  checkedKey,
  describe,
  describeFirst,
  numberOf,
  readVersions,
  recordOf,
  tampered,
  type CryptoKeyVersion,
  type Description,
  type GcpRecord,
} from "../records.ts";
import { notReady, wrongState } from "./refusals.ts";

/**
 * A new version, which for symmetric keys does not protect before it is promoted. `INVALID_STATE` for a key of which no
 * version is enabled: Google would make one, and the key would be Active again. `TAMPERED` where the key's template asks for
 * another algorithm by now: the new version would be of that one, and the key of no use. Nothing is made then.
 */
export async function rotate(connection: Connection, key: KeyReference, call: Call): Promise<Rotated<never>> {
  const before = await describeFirst(connection, key.id, call);
  const { state, algorithms } = recordOf(before);
  if (state === "pending") throw notReady(key);
  if (state !== "enabled") throw wrongState(key, "a new version was to be made", state);
  if (!algorithms.some((algorithm) => algorithm === key.algorithm)) throw anotherTemplate(key);
  const request = { parent: key.id, cryptoKeyVersion: {} };
  const [made] = await connection.send(({ client, options }) => client.createCryptoKeyVersion(request, options), call);
  const version = numberOf(made, key.id);
  if (before.versions.some(({ name }) => name === made.name)) {
    throw tampered(`A version was to be made, and version ${version} answered, which was there before.`, key.id);
  }
  return { record: recordOf({ ...before, versions: [...before.versions, made] }), version };
}

const anotherTemplate = ({ id, algorithm }: KeyReference): KmsError =>
  new KmsError(
    "TAMPERED",
    `The key's version template is not the one of ${algorithm}, so a new version would be of another algorithm. Nothing was made; set the template back, and find out who changed it.`,
    { keyId: id, outcome: "none" },
  );

/**
 * Makes a version the one that encrypts, or one that was made after it and is enabled. Google changes the primary version
 * without comparing, so a slower rotation could move it back: the versions are read again after every change, until the
 * newest is primary. Whoever changed it last has then seen every version that was there, and versions are listed as soon as
 * they are made (Cloud KMS documentation, "Consistency"). Asymmetric and MAC keys have no primary version; what is read is
 * what handles pin.
 */
export async function promote(connection: Connection, key: VersionReference, call: Call): Promise<GcpRecord> {
  let found = await describe(connection, key.id, call);
  let primary = Number(recordOf(found).currentVersion ?? 0);
  for (;;) {
    const newest = newestOf(found.versions, key);
    if (!isSymmetric(key.algorithm) || primary >= newest) return recordOf(found);
    const request = { name: key.id, cryptoKeyVersionId: String(newest) };
    const [answer] = await connection.send(
      ({ client, options }) => client.updateCryptoKeyPrimaryVersion(request, options),
      call,
    );
    const changed = checkedKey(answer, key.id);
    if (
      answer.primary === undefined ||
      answer.primary === null ||
      numberOf(answer.primary, key.id) !== String(newest)
    ) {
      throw tampered(`Version ${newest} was to be made primary, and another one is; check the endpoint.`, key.id);
    }
    primary = newest;
    found = { key: changed, versions: await readVersions(connection, key.id, call) };
  }
}

/**
 * The newest version that is enabled. `INVALID_STATE` where that is older than the one to be promoted: somebody disabled that
 * one meanwhile, and Google would make it primary all the same, after which nothing could be encrypted.
 */
function newestOf(versions: readonly CryptoKeyVersion[], key: VersionReference): number {
  const own = versions.find((found) => numberOf(found, key.id) === key.version);
  const enabled = versions.filter(({ state }) => state === "ENABLED");
  const newest = Math.max(0, ...enabled.map((found) => Number(numberOf(found, key.id))));
  if (newest >= Number(key.version)) return newest;
  const state = nativeStateOf(own?.state) ?? "pending";
  throw state === "pending" ? notReady(key) : wrongState(key, "the new version was to protect", state);
}

/**
 * Ends automatic rotation, and says whether there was any: a key that is to be destroyed would come back with a new version.
 * `check` refuses a key that is not going to be destroyed after all: it goes on rotating.
 */
export async function stopRotation(
  connection: Connection,
  key: KeyReference,
  { call, check }: { readonly call: Call; readonly check: (found: Description) => void },
): Promise<boolean> {
  if (!isSymmetric(key.algorithm)) return false;
  const found = await describeFirst(connection, key.id, call);
  if (!found.key.rotationPeriod) return false;
  check(found);
  const request = { cryptoKey: { name: key.id }, updateMask: { paths: ["rotation_period", "next_rotation_time"] } };
  await connection.send(({ client, options }) => client.updateCryptoKey(request, options), call);
  return true;
}
