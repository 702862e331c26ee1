import { readReference } from "../key-id.ts";
import { LIMITS } from "../limits.ts";
import { base64 } from "../protocol.ts";
import { checkState, checkUsage } from "./checks.ts";
import { byReference, type OperationRow, USE_MEMBERS } from "./row.ts";
import { keyOfBlob, open, readSealing, seal } from "./sealing.ts";

const encrypt: OperationRow = {
  kind: "key",
  action: "kms:Encrypt",
  members: ["KeyId", "Plaintext", "EncryptionContext", "EncryptionAlgorithm", ...USE_MEMBERS],
  states: "enabled",
  usage: "ENCRYPT_DECRYPT",
  source: "AWS KMS API Reference, Encrypt",
  prepare: (input) => {
    const locate = byReference(input);
    const plaintext = input.requiredBytes("Plaintext", LIMITS.plaintextBytes);
    const sealing = readSealing("Encrypt", input);
    return {
      locate,
      run: ({ key, account }) => {
        const blob = seal(account, key, plaintext, sealing);
        // No KeyMaterialId: provider facts, "Operations", AWS KMS, Encrypt.
        return { CiphertextBlob: base64(blob), KeyId: key.arn, EncryptionAlgorithm: sealing.algorithm };
      },
    };
  },
};

const decrypt: OperationRow = {
  kind: "key",
  action: "kms:Decrypt",
  members: ["CiphertextBlob", "EncryptionContext", "KeyId", "EncryptionAlgorithm", ...USE_MEMBERS],
  states: "enabled",
  source: "AWS KMS API Reference, Decrypt",
  prepare: (input) => {
    const blob = input.requiredBytes("CiphertextBlob", LIMITS.ciphertextBytes);
    const sealing = readSealing("Decrypt", input);
    const reference = input.text("KeyId", LIMITS.keyReferenceLength);
    return {
      locate: (account) =>
        reference === undefined
          ? keyOfBlob(account, blob, sealing)
          : account.store.get(readReference(reference, account.store.scope)),
      run: ({ key, account }) => {
        const { plaintext, materialId } = open(account, key, blob, sealing);
        return {
          KeyId: key.arn,
          Plaintext: base64(plaintext),
          EncryptionAlgorithm: sealing.algorithm,
          ...(materialId === undefined ? {} : { KeyMaterialId: materialId }),
        };
      },
    };
  },
};

const RE_ENCRYPT_MEMBERS = [
  "CiphertextBlob",
  "SourceKeyId",
  "SourceEncryptionContext",
  "SourceEncryptionAlgorithm",
  "DestinationKeyId",
  "DestinationEncryptionContext",
  "DestinationEncryptionAlgorithm",
  ...USE_MEMBERS,
];

// The key of the row is the source. Source: AWS KMS API Reference, ReEncrypt, Required permissions.
const reEncrypt: OperationRow = {
  kind: "key",
  action: "kms:ReEncryptFrom",
  furtherActions: ["kms:ReEncryptTo"],
  members: RE_ENCRYPT_MEMBERS,
  states: "enabled",
  source: "AWS KMS API Reference, ReEncrypt",
  prepare: (input) => {
    const blob = input.requiredBytes("CiphertextBlob", LIMITS.ciphertextBytes);
    const [from, to] = [readSealing("ReEncrypt", input, "Source"), readSealing("ReEncrypt", input, "Destination")];
    const reference = input.text("SourceKeyId", LIMITS.keyReferenceLength);
    const locateDestination = byReference(input, "DestinationKeyId");
    return {
      locate: (account) =>
        reference === undefined
          ? keyOfBlob(account, blob, from)
          : account.store.get(readReference(reference, account.store.scope)),
      run: ({ key, account }) => {
        const destination = locateDestination(account);
        account.permissions.check("kms:ReEncryptTo", destination.arn);
        checkState("enabled", destination);
        checkUsage("ENCRYPT_DECRYPT", "ReEncrypt", destination);
        const { plaintext, materialId } = open(account, key, blob, from);
        const sealed = seal(account, destination, plaintext, to);
        const isSymmetric = destination.is.secret.kind === "rotating";
        return {
          CiphertextBlob: base64(sealed),
          SourceKeyId: key.arn,
          KeyId: destination.arn,
          SourceEncryptionAlgorithm: from.algorithm,
          DestinationEncryptionAlgorithm: to.algorithm,
          // Each only for a symmetric key (ReEncrypt, Response Elements).
          ...(materialId === undefined ? {} : { SourceKeyMaterialId: materialId }),
          ...(isSymmetric ? { DestinationKeyMaterialId: destination.materials.current.id } : {}),
        };
      },
    };
  },
};

/** Encrypt, Decrypt and ReEncrypt. */
export const ENCRYPTION_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  Encrypt: encrypt,
  Decrypt: decrypt,
  ReEncrypt: reEncrypt,
};
