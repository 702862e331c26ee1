import type { CryptographyClient } from "@azure/keyvault-keys";

/** The raw SDK call: `sign` by ES256 of a digest that is there. */
export function sign(client: CryptographyClient, digest: Uint8Array): () => Promise<number> {
  return async () => (await client.sign("ES256", digest)).result.length;
}
