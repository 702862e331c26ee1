import type { Purpose } from "../algorithms.ts";
import type { CryptoKey } from "../crypto-key.ts";
import { GcpError } from "../errors.ts";
import type { KeyMaterial } from "../key-material.ts";
import type { KeyVersion } from "../key-version.ts";
import type { Call } from "./row.ts";

/** A version that may be used for what is asked. */
export interface UsableVersion {
  readonly key: CryptoKey;
  readonly version: KeyVersion;
  readonly material: KeyMaterial;
}

/**
 * The version that the request names: NOT_FOUND when there is none, FAILED_PRECONDITION unless it is ENABLED and its
 * key has one of those purposes. Source: provider facts §8.3; kms-integrations, fakekms/contract (wrong purpose,
 * disabled, not found: of sign, asymmetric decrypt, getPublicKey and MAC).
 */
export async function usableVersion(call: Call, purposes: readonly Purpose[]): Promise<UsableVersion> {
  const { key, version } = call.project.store.version(call.name);
  if (!purposes.includes(key.is.purpose)) {
    throw new GcpError(
      "FAILED_PRECONDITION",
      `${version.is.name} has purpose ${key.is.purpose}; this needs ${purposes.join(" or ")}.`,
    );
  }
  return { key, version, material: await version.material(call.nowMs) };
}
