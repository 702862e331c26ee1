import { createHmac, createSecretKey, randomBytes } from "node:crypto";

/** Two HMAC-SHA256 of the message: what making one and verifying it cannot do without. */
export function twoMacs(message: Uint8Array): () => number {
  const key = createSecretKey(randomBytes(32));
  const mac = (): number => createHmac("sha256", key).update(message).digest().length;
  return () => mac() + mac();
}
