import { EncryptCommand, type KMSClient } from "@aws-sdk/client-kms";

/** What one `Encrypt` is asked for. */
export interface EncryptInput {
  readonly keyId: string;
  readonly plaintext: Uint8Array;
  readonly associatedData: Readonly<Record<string, string>>;
}

/** The raw SDK call: `Encrypt` with an encryption context, one command a call. */
export function encrypt(client: KMSClient, input: EncryptInput): () => Promise<number> {
  const { keyId, plaintext, associatedData } = input;
  return async () => {
    const answer = await client.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: plaintext, EncryptionContext: { ...associatedData } }),
    );
    return answer.CiphertextBlob?.length ?? 0;
  };
}
