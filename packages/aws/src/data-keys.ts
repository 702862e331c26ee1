import { type EncryptedDataKey, type KeyReference } from "@kms/core/driver";
import { encryptionAlgorithm } from "./algorithms.ts";
import { exactly, ownBytes, type Connection } from "./client.ts";
import { decryptBlob, decryptionFailed } from "./encryption.ts";
import { present } from "./errors.ts";
import { sameKey } from "./key-id.ts";
import type { DriverPart } from "./records.ts";

// The names of the AWS Encryption SDK's keyrings, which read these data keys (`esdk-format`, encrypted data keys).
const providerId = "aws-kms";
const encoder = new TextEncoder();
// Byte for byte: a mark in front would be another spelling of the same name.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

type DataKeys = "generateDataKey" | "wrapDataKey" | "nameDataKey" | "unwrapDataKey";

/**
 * Data keys, wrapped as the official keyrings wrap them: provider `aws-kms`, the key's ARN, the caller's
 * context alone. Under RSA the guard wraps with the pinned public key and `nameDataKey` names the result; the official RSA
 * keyring, which puts a digest of the context in front of the data key (provider `aws-kms-rsa`), does not read those.
 */
export const dataKeys = (connection: Connection): DriverPart<DataKeys> => ({
  generateDataKey: async (key, lengthBytes, { map }, call) => {
    const input = { KeyId: key.id, NumberOfBytes: lengthBytes, EncryptionContext: map };
    const answer = await connection.send((sdk) => new sdk.GenerateDataKeyCommand(input), call);
    const plaintext = exactly(lengthBytes, ownBytes(answer.Plaintext, "Plaintext"));
    const encrypted = wrapped(answer.KeyId, answer.CiphertextBlob);
    return { plaintext, encrypted, id: answer.KeyId, version: answer.KeyMaterialId };
  },
  wrapDataKey: async (key, plaintext, { map }, call) => {
    const input = {
      KeyId: key.id,
      Plaintext: plaintext,
      EncryptionContext: map,
      EncryptionAlgorithm: encryptionAlgorithm(key),
    };
    const answer = await connection.send((sdk) => new sdk.EncryptCommand(input), call);
    return { encrypted: wrapped(answer.KeyId, answer.CiphertextBlob), id: answer.KeyId, version: undefined };
  },
  nameDataKey: (key, ciphertext) => wrapped(key.id, ciphertext),
  unwrapDataKey: async (key, encrypted, associatedData, call) => {
    if (!isOf(encrypted, key)) throw decryptionFailed();
    return decryptBlob(
      connection,
      { key: { ...key, version: undefined }, ciphertext: encrypted.ciphertext, associatedData },
      call,
    );
  },
});

const wrapped = (keyId: string | undefined, ciphertext: Uint8Array | undefined): EncryptedDataKey => ({
  providerId,
  providerInfo: encoder.encode(present(keyId, "KeyId")),
  ciphertext: present(ciphertext, "CiphertextBlob"),
});

/** Does the data key name this key? What it names is only compared, never called (`crypto-rules` 4). */
function isOf({ providerId: provider, providerInfo }: EncryptedDataKey, key: KeyReference): boolean {
  return provider === providerId && sameKey(decoder.decode(providerInfo), key.id);
}
