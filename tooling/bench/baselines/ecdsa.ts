import { generateKeyPairSync, sign as signBytes, verify as verifyBytes } from "node:crypto";

/** `crypto.sign` on a KeyObject: ECDSA P-256 with SHA-256, DER. */
export function sign(message: Uint8Array): () => number {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return () => signBytes("sha256", message, privateKey).length;
}

/** `crypto.verify` on a KeyObject of one signature. */
export function verify(message: Uint8Array): () => boolean {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signature = signBytes("sha256", message, privateKey);
  return () => verifyBytes("sha256", message, publicKey, signature);
}
