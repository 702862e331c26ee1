import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { PublicKey } from "@kms/core";
import { CaseFailure } from "../assertions.ts";
import { verifyPkcs1, verifyPss, type RsaDigest } from "./rsa.ts";
import { parseSpki, type ParsedPublicKey } from "./spki.ts";

const curves = { "P-256": p256, "P-384": p384, "P-521": p521, secp256k1 } as const;
/** The half of the order of secp256k1, above which an `s` is malleable (SEC 1 §4.1.3, BIP 146). */
const halfOrder = secp256k1.Point.Fn.ORDER >> 1n;

/**
 * Whether the signature is good, found out with code that shares no library with any adapter: `@noble/curves` for ECDSA
 * (strict DER) and Ed25519 (RFC 8032, cofactorless rules), RFC 8017 over big integers for RSA. Fails the case when the
 * public key is not of the type that the algorithm names, or when nobody here can verify it (ML-DSA).
 */
export function verifyIndependently(publicKey: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const { algorithm, spki } = publicKey;
  const key = parseSpki(spki);
  const [family, kind] = algorithm.split("-");
  if (key.type === "RSA") {
    const digest: RsaDigest = algorithm.endsWith("SHA512") ? "SHA512" : "SHA256";
    if (family !== "RSA" || (kind !== "PSS" && kind !== "PKCS1")) throw wrongType(publicKey, key);
    return (kind === "PSS" ? verifyPss : verifyPkcs1)(key, digest, message, signature);
  }
  if (key.type === "Ed25519") {
    if (algorithm !== "Ed25519") throw wrongType(publicKey, key);
    return signature.length === 64 && ed25519.verify(signature, message, key.point, { zip215: false });
  }
  if (family !== "ECDSA" || kind !== key.type.replace("-", "")) throw wrongType(publicKey, key);
  return isGoodEcdsa(key.type, key.point, { message, signature });
}

function isGoodEcdsa(
  curve: keyof typeof curves,
  point: Uint8Array,
  signed: { readonly message: Uint8Array; readonly signature: Uint8Array },
): boolean {
  try {
    // The curve's own digest is the one that the algorithm names: SHA-256, SHA-384, SHA-512.
    return curves[curve].verify(signed.signature, signed.message, point, { format: "der", lowS: false, prehash: true });
  } catch {
    return false; // not DER: no signature in the contract's encoding
  }
}

/** Whether a DER signature over secp256k1 has the low `s` that signing promises (`crypto-rules` 12). */
export const hasLowS = (signature: Uint8Array): boolean =>
  secp256k1.Signature.fromBytes(signature, "der").s <= halfOrder;

const wrongType = (publicKey: PublicKey, key: ParsedPublicKey): CaseFailure =>
  new CaseFailure(`the public key of ${publicKey.algorithm} is of type ${key.type}`);
