import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

const authTagLength = 16;

/**
 * The floor: the bare calls that the format needs (`crypto-rules` 8), in order. Encrypt: salt, HMAC-SHA-512 over
 * label, salt and associated data, AES-256-GCM under the derived key. Decrypt: the HMAC again, the commitment compared,
 * AES-256-GCM opened. Nothing is put together, copied or checked beside that.
 */
export function floor(plaintext: Uint8Array, associatedData: Uint8Array): () => number {
  const key = createSecretKey(randomBytes(32));
  const label = Buffer.from("kms/aead/1");
  const iv = new Uint8Array(12);
  const derive = (salt: Uint8Array): Buffer =>
    createHmac("sha512", key).update(label).update(salt).update(associatedData).digest();
  return () => {
    const salt = randomBytes(32);
    const made = derive(salt);
    const cipher = createCipheriv("aes-256-gcm", made.subarray(0, 32), iv, { authTagLength });
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    const tag = cipher.getAuthTag();

    const found = derive(salt);
    if (!timingSafeEqual(found.subarray(32), made.subarray(32))) return 0;
    const decipher = createDecipheriv("aes-256-gcm", found.subarray(0, 32), iv, { authTagLength }).setAuthTag(tag);
    const opened = decipher.update(ciphertext);
    decipher.final();
    return opened.length;
  };
}

/** One key for all messages, a random nonce for each, the associated data authenticated by GCM itself. */
export function oneKey(plaintext: Uint8Array, associatedData: Uint8Array): () => number {
  const key = createSecretKey(randomBytes(32));
  return () => {
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength }).setAAD(associatedData);
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    const tag = cipher.getAuthTag();

    const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength });
    decipher.setAAD(associatedData).setAuthTag(tag);
    const opened = decipher.update(ciphertext);
    decipher.final();
    return opened.length;
  };
}
