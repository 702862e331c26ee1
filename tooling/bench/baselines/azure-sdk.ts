import { createHash } from "node:crypto";
import type { CryptographyClient } from "@azure/keyvault-keys";

/** The raw SDK call: `sign` by ES256 of the digest that it asks for. */
export function sign(client: CryptographyClient, message: Uint8Array): () => Promise<number> {
  return async () => {
    const digest = createHash("sha256").update(message).digest();
    return (await client.sign("ES256", digest)).result.length;
  };
}
