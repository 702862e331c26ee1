import type { Call, KeyReference, Rotated, VersionReference } from "@kms/core/driver";
import { isSymmetric } from "../algorithms.ts";
import type { Connection } from "../client.ts";
import { unchanged } from "../errors.ts";
import {
  checkedKey,
  describe,
  describeFirst,
  numberOf,
  readKey,
  readVersions,
  recordOf,
  tampered,
  type CryptoKeyVersion,
  type GcpRecord,
} from "../records.ts";
import { notReady, wrongState } from "./refusals.ts";

/**
 * A new version, which for symmetric keys does not protect before it is promoted. `INVALID_STATE` for a key of which no
 * version is enabled: Google would make one, and the key would be Active again.
 */
export async function rotate(connection: Connection, key: KeyReference, call: Call): Promise<Rotated<never>> {
  const before = await describeFirst(connection, key.id, call);
  const { state } = recordOf(before);
  if (state === "pending") throw notReady(key);
  if (state !== "enabled") throw wrongState(key, "a new version was to be made", state);
  const request = { parent: key.id, cryptoKeyVersion: {} };
  const [made] = await connection.send(({ client, options }) => client.createCryptoKeyVersion(request, options), call);
  const version = numberOf(made, key.id);
  if (before.versions.some(({ name }) => name === made.name)) {
    throw tampered(`A version was to be made, and version ${version} answered, which was there before.`, key.id);
  }
  return { record: recordOf({ ...before, versions: [...before.versions, made] }), version };
}

/**
 * Makes a version the one that encrypts, or one that was made after it and is enabled. Google changes the primary version
 * without comparing, so a slower rotation could move it back: the versions are read again after every change, until the
 * newest is primary. Whoever changed it last has then seen every version that was there, and versions are listed as soon as
 * they are made (Cloud KMS documentation, "Consistency"). Asymmetric and MAC keys have no primary version; what is read is
 * what handles pin.
 */
export async function promote(connection: Connection, key: VersionReference, call: Call): Promise<GcpRecord> {
  let found = await describe(connection, key.id, call);
  if (!isSymmetric(key.algorithm)) return recordOf(found);
  let primary = Number(recordOf(found).currentVersion ?? 0);
  for (;;) {
    const newest = newestOf(found.versions, key);
    if (primary >= newest) return recordOf(found);
    const request = { name: key.id, cryptoKeyVersionId: String(newest) };
    const [answer] = await connection.send(
      ({ client, options }) => client.updateCryptoKeyPrimaryVersion(request, options),
      call,
    );
    primary = newest;
    found = { key: checkedKey(answer, key.id), versions: await readVersions(connection, key.id, call) };
  }
}

const newestOf = (versions: readonly CryptoKeyVersion[], { id, version }: VersionReference): number =>
  Math.max(
    Number(version),
    ...versions.filter(({ state }) => state === "ENABLED").map((found) => Number(numberOf(found, id))),
  );

/** Ends automatic rotation, and says whether there was any: a key that is to be destroyed would come back with a new version. */
export async function stopRotation(connection: Connection, key: KeyReference, call: Call): Promise<boolean> {
  if (!isSymmetric(key.algorithm)) return false;
  const { rotationPeriod } = await readKey(connection, key.id, call).catch((cause: unknown) => {
    throw unchanged(cause);
  });
  if (!rotationPeriod) return false;
  const request = { cryptoKey: { name: key.id }, updateMask: { paths: ["rotation_period", "next_rotation_time"] } };
  await connection.send(({ client, options }) => client.updateCryptoKey(request, options), call);
  return true;
}
