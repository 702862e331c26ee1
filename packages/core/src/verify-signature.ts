import { publicKeyOf, verifyLocally } from "./algorithms/primitives.ts";
import { algorithmRow } from "./algorithms/registry.ts";
import type { PublicKey, Signature } from "./contract/results.ts";
import type { Bytes } from "./contract/words.ts";
import { readBytes } from "./encoding/bytes.ts";
import { KmsError } from "./errors.ts";
import { plainObject } from "./keys/configuration.ts";

/**
 * Verifies offline, without a provider or a `Kms`: false only when the signature is wrong. ECDSA signatures are DER; RSA-PSS
 * salts are as long as the hash. What is not checked: whose key it is and what state it is in.
 * `INVALID_ARGUMENT` for a key that does not fit its algorithm, and for a `Signature` that names another algorithm or key
 * version than the public key; `UNSUPPORTED` for algorithms that sign nothing or that this runtime lacks (ML-DSA).
 */
export function verifySignature(publicKey: PublicKey, message: Bytes, signature: Signature | Bytes): boolean {
  const { spki, algorithm, keyVersion } = plainObject(publicKey, "public key");
  const row = algorithmRow(algorithm);
  if (row.purpose !== "signature" || row.family === "ml-dsa") {
    throw new KmsError(
      "UNSUPPORTED",
      `verifySignature has no ${row.algorithm}. It verifies RSA-PSS, RSA-PKCS1, ECDSA and Ed25519.`,
    );
  }
  const key = publicKeyOf(readBytes(spki, "public key"), row.algorithm);
  const checked = readBytes(message, "message");
  if (ArrayBuffer.isView(signature)) return verifyLocally(row, key, checked, readBytes(signature, "signature"));
  const signed = plainObject(signature, "signature");
  if (signed["algorithm"] !== row.algorithm || signed["keyVersion"] !== keyVersion) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "The signature names another algorithm or key version than the public key given.",
    );
  }
  return verifyLocally(row, key, checked, readBytes(signed["bytes"], "signature"));
}
