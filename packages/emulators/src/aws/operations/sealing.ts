import { decryptOaep, encryptOaep, type HashName } from "../../primitives.ts";
import { ENUMERATIONS } from "../enumerations.ts";
import { AwsError } from "../errors.ts";
import type { Input } from "../input.ts";
import type { KeySecret } from "../key-secret.ts";
import type { KmsKey } from "../kms-key.ts";
import { checkAlgorithm, checkUsage } from "./checks.ts";
import type { Account } from "./row.ts";

type RsaSecret = Extract<KeySecret, { kind: "rsa" }>;

/** How a call encrypts or decrypts. */
export interface Sealing {
  /** The operation's name, for refusals. */
  readonly operation: string;
  readonly algorithm: string;
  readonly context: ReadonlyMap<string, string>;
}

/** Reads algorithm and encryption context; `prefix` is empty, `Source` or `Destination`. */
export function readSealing(operation: string, input: Input, prefix = ""): Sealing {
  const algorithm = input.choice(`${prefix}EncryptionAlgorithm`, ENUMERATIONS.EncryptionAlgorithm);
  const context = input.textMap(`${prefix}EncryptionContext`);
  return { operation, algorithm: algorithm ?? "SYMMETRIC_DEFAULT", context };
}

/** Hash by encryption algorithm. Source: AWS KMS Developer Guide, Key spec reference, RSA key specs for encryption. */
const OAEP_HASHES: Readonly<Record<string, HashName>> = { RSAES_OAEP_SHA_1: "sha1", RSAES_OAEP_SHA_256: "sha256" };
const oaepHash = (algorithm: string): HashName => OAEP_HASHES[algorithm] ?? "sha256";

/** One answer for altered bytes and another context: provider facts, "Errors", tampered ciphertext and wrong AAD. */
const invalidCiphertext = (): AwsError => new AwsError("InvalidCiphertextException", "");

/** Encrypts under a key whose usage was checked. */
export function seal(
  { ciphertexts }: Account,
  key: KmsKey,
  plaintext: Uint8Array,
  { algorithm, context }: Sealing,
): Uint8Array {
  checkAlgorithm(key, algorithm);
  const { secret, spec } = key.is;
  if (secret.kind !== "rsa") return ciphertexts.seal(key, plaintext, context);
  refuseContext(context);
  // RFC 8017 §7.1.1, and the words as recorded in localstack's test_kms.snapshot.json,
  // test_encrypt_validate_plaintext_size_per_key_type.
  const hash = oaepHash(algorithm);
  const maximum = secret.bits / 8 - 2 * (hash === "sha1" ? 20 : 32) - 2;
  if (plaintext.length > maximum) {
    const found = `Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${maximum} bytes.`;
    throw new AwsError("ValidationException", found);
  }
  return encryptOaep(hash, secret.pair, plaintext);
}

// "You cannot specify an encryption context in a cryptographic operation with an asymmetric KMS key"
// (AWS KMS Developer Guide, Encryption context); the error name is the general one of API Reference, Common Errors.
function refuseContext(context: ReadonlyMap<string, string>): void {
  if (context.size === 0) return;
  throw new AwsError("ValidationException", "An encryption context is not supported for asymmetric KMS keys.");
}

/** A plaintext, and the material that opened it where the key is a symmetric one. */
export interface Opened {
  readonly plaintext: Uint8Array;
  readonly materialId?: string | undefined;
}

/**
 * Decrypts. A genuine blob of another key is `IncorrectKeyException`, whatever that key's usage: as recorded in
 * localstack's test_kms.snapshot.json, test_error_messaging_for_invalid_keys.
 */
export function open({ ciphertexts }: Account, key: KmsKey, bytes: Uint8Array, sealing: Sealing): Opened {
  const { algorithm, context, operation } = sealing;
  const blob = algorithm === "SYMMETRIC_DEFAULT" ? ciphertexts.read(bytes) : undefined;
  if (blob !== undefined && blob.keyId !== key.id) {
    const found = "The key ID in the request does not identify a CMK that can perform this operation.";
    throw new AwsError("IncorrectKeyException", found);
  }
  checkUsage("ENCRYPT_DECRYPT", operation, key);
  checkAlgorithm(key, algorithm);
  if (key.is.secret.kind === "rsa") return openRsa(key.is.secret, bytes, sealing);
  const material = blob && key.materials.find(blob.materialId);
  const plaintext = blob && material && ciphertexts.open(blob, material, context);
  if (plaintext === undefined) throw invalidCiphertext();
  return { plaintext, materialId: blob?.materialId };
}

function openRsa({ pair }: RsaSecret, bytes: Uint8Array, { algorithm, context }: Sealing): Opened {
  refuseContext(context);
  const plaintext = decryptOaep(oaepHash(algorithm), pair, bytes);
  if (plaintext === undefined) throw invalidCiphertext();
  return { plaintext };
}

/**
 * The key that a symmetric ciphertext names. Without a key id the service answers `AccessDeniedException` for a key that
 * is gone or of somebody else. Source: AWS re:Post Knowledge Center, KMS AccessDeniedException on Decrypt.
 */
export function keyOfBlob({ store, ciphertexts }: Account, bytes: Uint8Array, { algorithm }: Sealing): KmsKey {
  if (algorithm !== "SYMMETRIC_DEFAULT") {
    // "This parameter is required only when the ciphertext was encrypted under an asymmetric KMS key" (Decrypt, KeyId).
    throw new AwsError("ValidationException", `A key ID is required to decrypt with ${algorithm}.`);
  }
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
