import { EncryptCommand, GenerateDataKeyCommand, type KMSClient } from "@aws-sdk/client-kms";

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

/** The raw SDK call: `GenerateDataKey` of 32 bytes with an encryption context. */
export function generateDataKey(client: KMSClient, input: Omit<EncryptInput, "plaintext">): () => Promise<number> {
  const { keyId, associatedData } = input;
  return async () => {
    const answer = await client.send(
      new GenerateDataKeyCommand({ KeyId: keyId, NumberOfBytes: 32, EncryptionContext: { ...associatedData } }),
    );
    return answer.Plaintext?.length ?? 0;
  };
}
