import type { Scheme } from "../algorithms.ts";
import { kidOf } from "../bundles.ts";
import { badParameter, notImplemented } from "../errors.ts";
import type { KeyMaterial } from "../key-material.ts";
import type { KeyOperation, KeyVersion } from "../key-version.ts";
import type { Call } from "./row.ts";

/** A version that may be used for what is asked, under an algorithm that goes with it. */
export interface UsableVersion {
  readonly kid: string;
  readonly version: KeyVersion;
  readonly material: KeyMaterial;
  readonly algorithm: string;
  readonly scheme: Scheme;
}

const fits = (scheme: Scheme, material: KeyMaterial): boolean => {
  switch (scheme.kind) {
    case "rsa-signature":
    case "oaep":
      return material.kind === "rsa";
    case "ecdsa":
      return material.kind === "ec" && material.curve === scheme.curve;
    case "hmac":
      return material.kind === "oct";
    case "aes-gcm":
    case "aes-wrap":
      return material.kind === "oct" && (scheme.bits ?? material.secret.length * 8) === material.secret.length * 8;
  }
};

/**
 * The version that the request names, or the latest one: 404 when there is none, 403 when state, dates or `key_ops`
 * refuse the use, 400 for an algorithm of another kind of key. Source: provider facts §5.1 (wrong usage or algorithm).
 */
export async function usableVersion(
  { input, name, version: id, nowMs, vault, view }: Call,
  operation: KeyOperation,
  algorithms: ReadonlyMap<string, Scheme>,
): Promise<UsableVersion> {
  const algorithm = input.requiredText("alg");
  const key = vault.store.key(name);
  const version = key.version(id);
  version.checkUse(operation, nowMs, vault.open);
  const scheme = algorithms.get(algorithm);
  if (scheme === undefined) throw notImplemented(`the algorithm ${algorithm} for ${operation}`);
  const [kid, material] = [kidOf(view, key, version), await version.material];
  if (!fits(scheme, material)) {
    throw badParameter(
      `Key and algorithm are incompatible. Key ${kid} is of type '${version.spec.kty}', not for ${algorithm}.`,
    );
  }
  return { kid, version, material, algorithm, scheme };
}

/** Bytes in base64url without padding (provider facts §8.2). */
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
