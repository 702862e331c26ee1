import type { KeyProperties } from "@azure/keyvault-keys";
import { KmsError, type Call, type Changed, type KeyReference, type Revocation } from "@kms/core/driver";
import { algorithms, isAzureAlgorithm } from "../algorithms.ts";
import { codeOf } from "../errors.ts";
import { nameOf } from "../key-id.ts";
import { changeVersions, chosenOf, conditionIn, livingKey, refuseIllegal, type VersionChange } from "./changes.ts";
import { recordOf, shapeIn, type Vault } from "../records.ts";
import { readVersion } from "../records/versions.ts";

/** What is revoked, and why. */
export interface Revoking {
  readonly key: KeyReference;
  readonly version: string | undefined;
  readonly revocation: Revocation;
}

const readingOps: ReadonlySet<string> = new Set(["decrypt", "verify", "unwrapKey"]);

/**
 * To Deactivated: the versions expire now, after which Azure refuses to encrypt, sign and wrap under them and still reads.
 * A disabled version is enabled for that. One that is superseded has its `key_ops` narrowed to decrypt, verify and unwrap
 * too (`crypto-rules` 21). `UNSUPPORTED` for a compromise: Azure has no such state.
 */
export async function revoke(
  vault: Vault,
  { key, version, revocation }: Revoking,
  call: Call,
): Promise<Changed<never>> {
  if (revocation.reason === "key-compromise") {
    throw new KmsError(
      "UNSUPPORTED",
      "Azure has no state for a compromised key. Disable the key and schedule its destruction.",
      { keyId: key.id },
    );
  }
  const what = "it was to be revoked";
  const before = await livingKey(vault, key, what, call);
  const condition = conditionIn(recordOf(before, call.now), version, call.now);
  refuseIllegal(key, condition, "deactivate", what);
  // Dates are whole seconds: what expires in this one has expired.
  const expiresOn = new Date(Math.floor(revocation.revokedAt.getTime() / 1000) * 1000);
  const isOver = ({ enabled, expiresOn: over }: KeyProperties): boolean =>
    enabled !== false && over !== undefined && over.getTime() <= call.now;
  const narrow = revocation.reason === "superseded";
  const wanted = chosenOf(before, key, version).filter((found) => narrow || !isOver(found));
  const changeOf = async (properties: KeyProperties): Promise<VersionChange> => ({
    enabled: true,
    ...(isOver(properties) ? {} : { expiresOn }),
    ...(narrow ? { keyOps: await narrowed(vault, key, properties, call) } : {}),
  });
  const { description, unfinished } = await changeVersions(vault, before, { wanted, changeOf }, call);
  return { record: recordOf(description, call.now), unfinished };
}

/** The operations of a version that read; those of its algorithm where the service does not show the version. */
async function narrowed(
  vault: Vault,
  key: KeyReference,
  { version }: KeyProperties,
  call: Call,
): Promise<readonly string[]> {
  const shown = await readVersion(vault, nameOf(key.id), version, call).catch((cause: unknown) => {
    if (codeOf(cause, "revokeKey") === "INVALID_STATE") return undefined;
    throw cause;
  });
  const own = isAzureAlgorithm(key.algorithm) ? algorithms[key.algorithm].keyOps : [];
  return (shown === undefined ? own : shapeIn(shown).keyOps).filter((operation) => readingOps.has(operation));
}
