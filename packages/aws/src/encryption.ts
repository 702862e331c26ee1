import { KmsError, type Answer, type AssociatedData, type Call, type KeyReference } from "@kms/core/driver";
import { encryptionAlgorithm } from "./algorithms.ts";
import { maximumOutputBytes } from "./capabilities.ts";
import { ownBytes, type Connection } from "./client.ts";
import type { DriverPart } from "./records.ts";

/**
 * Encrypting and decrypting. Associated data is AWS's encryption context as it stands; CloudTrail logs it in clear.
 * AWS picks the version and embeds it; `Encrypt` does not say which (`contract-fit` §1), `Decrypt` does.
 */
export const encryption = (connection: Connection): DriverPart<"encrypt" | "decrypt"> => ({
  encrypt: async (key, plaintext, { map }, call) => {
    const input = {
      KeyId: key.id,
      Plaintext: plaintext,
      EncryptionContext: map,
      EncryptionAlgorithm: encryptionAlgorithm(key),
    };
    const answer = await connection.send((sdk) => new sdk.EncryptCommand(input), call);
    return { bytes: ownBytes(answer.CiphertextBlob, "CiphertextBlob"), id: answer.KeyId, version: undefined };
  },
  decrypt: (key, ciphertext, associatedData, call) =>
    decryptBlob(connection, { key, ciphertext, associatedData }, call),
});

/** What a `Decrypt` opens. */
export interface DecryptInput {
  readonly key: KeyReference;
  readonly ciphertext: Uint8Array;
  readonly associatedData: AssociatedData;
}

/**
 * The plaintext. The key is always named: without it AWS would take whichever key the ciphertext names (API Reference,
 * Decrypt: KeyId). A length that AWS's model refuses is `DECRYPTION_FAILED` without a call, as any other defect in bytes
 * that others can alter.
 */
export async function decryptBlob(
  connection: Connection,
  { key, ciphertext, associatedData }: DecryptInput,
  call: Call,
): Promise<Answer> {
  if (ciphertext.byteLength < 1 || ciphertext.byteLength > maximumOutputBytes) throw decryptionFailed();
  const input = {
    KeyId: key.id,
    CiphertextBlob: ciphertext,
    EncryptionContext: associatedData.map,
    EncryptionAlgorithm: encryptionAlgorithm(key),
  };
  const answer = await connection.send((sdk) => new sdk.DecryptCommand(input), call);
  return { bytes: ownBytes(answer.Plaintext, "Plaintext"), id: answer.KeyId, version: answer.KeyMaterialId };
}

/** The one answer to whatever is wrong in a ciphertext, its associated data or the key for it (`crypto-rules` 9). */
export const decryptionFailed = (): KmsError =>
  new KmsError("DECRYPTION_FAILED", "The ciphertext does not open with this key and associated data.");
