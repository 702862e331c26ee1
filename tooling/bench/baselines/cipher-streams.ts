import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  randomBytes,
  type CipherGCM,
  type DecipherGCM,
} from "node:crypto";

const authTagLength = 16;

/** AES-256-GCM as Node's own streams, one that seals and one that opens what it made: one key, a random IV, one tag at the end. */
export function cipherStreams(associatedData: Uint8Array): readonly [CipherGCM, DecipherGCM] {
  const key = createSecretKey(randomBytes(32));
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength }).setAAD(associatedData);
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength }).setAAD(associatedData);
  // Before whoever pipes the two hears of the end, which ends the other.
  cipher.once("end", () => decipher.setAuthTag(cipher.getAuthTag()));
  return [cipher, decipher];
}
