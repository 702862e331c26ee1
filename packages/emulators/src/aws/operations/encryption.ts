import { AwsError } from "../errors.ts";
import type { Input } from "../input.ts";
import { readReference } from "../key-id.ts";
import { ENUMERATIONS } from "../key-specs.ts";
import type { KmsKey } from "../kms-key.ts";
import { LIMITS } from "../limits.ts";
import { base64 } from "../protocol.ts";
import { checkAlgorithm } from "./checks.ts";
import { type Account, byReference, type OperationRow } from "./row.ts";

const algorithmOf = (input: Input): string =>
  input.choice("EncryptionAlgorithm", ENUMERATIONS.EncryptionAlgorithm) ?? "SYMMETRIC_DEFAULT";

const encrypt: OperationRow = {
  kind: "key",
  action: "kms:Encrypt",
  members: ["KeyId", "Plaintext", "EncryptionContext", "EncryptionAlgorithm"],
  states: "enabled",
  usage: "ENCRYPT_DECRYPT",
  source: "AWS KMS API Reference, Encrypt",
  prepare: (input) => {
    const locate = byReference(input);
    const plaintext = input.requiredBytes("Plaintext", LIMITS.plaintextBytes);
    const context = input.textMap("EncryptionContext");
    const algorithm = algorithmOf(input);
    return {
      locate,
      run: ({ key, account }) => {
        checkAlgorithm(key, algorithm);
        const blob = account.ciphertexts.seal(key, plaintext, context);
        // No KeyMaterialId: provider facts, "Operations", AWS KMS, Encrypt.
        return { CiphertextBlob: base64(blob), KeyId: key.arn, EncryptionAlgorithm: algorithm };
      },
    };
  },
};

const decrypt: OperationRow = {
  kind: "key",
  action: "kms:Decrypt",
  members: ["CiphertextBlob", "EncryptionContext", "KeyId", "EncryptionAlgorithm"],
  states: "enabled",
  usage: "ENCRYPT_DECRYPT",
  source: "AWS KMS API Reference, Decrypt",
  prepare: (input) => {
    const blob = input.requiredBytes("CiphertextBlob", LIMITS.ciphertextBytes);
    const context = input.textMap("EncryptionContext");
    const algorithm = algorithmOf(input);
    const reference = input.text("KeyId", LIMITS.keyReferenceLength);
    return {
      locate: (account) =>
        reference === undefined
          ? keyOfBlob(account, blob)
          : account.store.get(readReference(reference, account.store.scope)),
      run: ({ key, account }) => {
        checkAlgorithm(key, algorithm);
        const { plaintext, materialId } = open(account, key, { blob, context });
        return {
          KeyId: key.arn,
          Plaintext: base64(plaintext),
          EncryptionAlgorithm: algorithm,
          KeyMaterialId: materialId,
        };
      },
    };
  },
};

// One answer for altered bytes and another context: provider facts, "Errors", tampered ciphertext and wrong AAD.
const invalidCiphertext = (): AwsError =>
  new AwsError("InvalidCiphertextException", "The ciphertext or the encryption context is not valid.");

// Without a KeyId the service answers this for a key that is gone or of somebody else.
// Source: AWS re:Post Knowledge Center, KMS AccessDeniedException on Decrypt.
function keyOfBlob({ store, ciphertexts }: Account, bytes: Uint8Array): KmsKey {
  const blob = ciphertexts.read(bytes);
  if (blob === undefined) throw invalidCiphertext();
  const key = store.find(blob.keyId);
  if (key !== undefined) return key;
  throw new AwsError(
    "AccessDeniedException",
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, " +
      "or you are not allowed to access.",
  );
}

interface Sealed {
  readonly blob: Uint8Array;
  readonly context: ReadonlyMap<string, string>;
}

function open({ ciphertexts }: Account, key: KmsKey, sealed: Sealed): { plaintext: Uint8Array; materialId: string } {
  const blob = ciphertexts.read(sealed.blob);
  if (blob === undefined) throw invalidCiphertext();
  if (blob.keyId !== key.id) {
    // Source: AWS KMS API Reference, Decrypt, KeyId and IncorrectKeyException.
    throw new AwsError("IncorrectKeyException", `${key.arn} is not the key that encrypted this ciphertext.`);
  }
  const material = key.materials.find(blob.materialId);
  const plaintext = material && ciphertexts.open(blob, material, sealed.context);
  if (plaintext === undefined) throw invalidCiphertext();
  return { plaintext, materialId: blob.materialId };
}

/** Encrypt and Decrypt. */
export const ENCRYPTION_OPERATIONS: Readonly<Record<string, OperationRow>> = { Encrypt: encrypt, Decrypt: decrypt };
