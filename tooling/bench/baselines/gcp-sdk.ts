import type { KeyManagementServiceClient } from "@google-cloud/kms";

/** What one `Encrypt` is asked for. */
export interface EncryptInput {
  readonly name: string;
  readonly plaintext: Uint8Array;
  readonly additionalAuthenticatedData: Uint8Array;
}

/** The raw SDK call: `Encrypt` with associated data, no checksums, as the SDK makes it by itself. */
export function encrypt(client: KeyManagementServiceClient, input: EncryptInput): () => Promise<number> {
  const { name, plaintext, additionalAuthenticatedData } = input;
  return async () => {
    const [answer] = await client.encrypt({ name, plaintext, additionalAuthenticatedData });
    return answer.ciphertext?.length ?? 0;
  };
}
