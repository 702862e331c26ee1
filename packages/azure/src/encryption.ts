import {
  algorithmRow,
  exactVersion,
  KmsError,
  type Answer,
  type AssociatedData,
  type Call,
  type Operation,
  type Target,
  type VersionReference,
} from "@kms/core/driver";
import { encryptionAlgorithm } from "./algorithms.ts";
import { maximumGcmBytes } from "./capabilities.ts";
import { ownBytes } from "./client.ts";
import { notAzure } from "./errors/table.ts";
import type { DriverPart, Vault } from "./records.ts";
import { useVersion } from "./records/use.ts";

/**
 * Encrypting and decrypting, always under a version. Symmetric (Managed HSM): A256GCM, whose nonce the service makes and
 * must make; associated data goes as its canonical bytes; the ciphertext is `iv ‖ body ‖ tag`. RSA: the guard encrypts with
 * the pinned public key (the row says `local`); the driver can, for whoever asks it.
 */
export const encryption = (vault: Vault): DriverPart<"encrypt" | "decrypt"> => ({
  encrypt: (key, plaintext, associatedData, call) =>
    encryptBytes(vault, { key, plaintext, associatedData, operation: "encrypt" }, call),
  decrypt: (key, ciphertext, associatedData, call) =>
    decryptBytes(vault, { key, ciphertext, associatedData, operation: "decrypt" }, call),
});

/** What is encrypted. */
export interface EncryptInput {
  readonly key: Target;
  readonly plaintext: Uint8Array;
  readonly associatedData: AssociatedData;
  readonly operation: Operation;
}

const nonceBytes = 12;
const tagBytes = 16;

/** The ciphertext, and which version made it. `TAMPERED` when nonce, body or tag have not the length that A256GCM gives them. */
export async function encryptBytes(
  vault: Vault,
  { key: target, plaintext, associatedData, operation }: EncryptInput,
  call: Call,
): Promise<Answer> {
  const key = exactVersion(target);
  const algorithm = encryptionAlgorithm(key);
  if (algorithm !== "A256GCM") {
    const ask: AskEncrypt = (client, settings) => client.encrypt({ algorithm, plaintext }, settings);
    const { answer, ...named } = await useVersion(vault, key, { operation, ask }, call);
    return { bytes: bytesOf(answer.result), ...named };
  }
  const ask: AskEncrypt = (client, settings) =>
    client.encrypt({ algorithm, plaintext, ...additional(associatedData) }, settings);
  const { answer, ...named } = await useVersion(vault, key, { operation, ask }, call);
  const [iv, body, tag] = [bytesOf(answer.iv), bytesOf(answer.result), bytesOf(answer.authenticationTag)];
  if (iv.length !== nonceBytes || body.length !== plaintext.length || tag.length !== tagBytes) {
    throw new KmsError("TAMPERED", "Azure answered parts that A256GCM does not make. Do not use the answer.");
  }
  return { bytes: joined(iv, body, tag), ...named };
}
type AskEncrypt = Parameters<typeof useVersion<EncryptResult>>[2]["ask"];
interface EncryptResult {
  readonly result: Uint8Array;
  readonly iv?: Uint8Array;
  readonly authenticationTag?: Uint8Array;
}

/** What is decrypted. */
export interface DecryptInput extends Omit<EncryptInput, "plaintext"> {
  readonly ciphertext: Uint8Array;
}

/**
 * The plaintext, under the version that is named. `TAMPERED` for one that is longer or shorter than A256GCM makes it. A length that no ciphertext of the key has is `DECRYPTION_FAILED` without
 * a call, as any other defect in bytes that others can alter.
 */
export async function decryptBytes(
  vault: Vault,
  { key: target, ciphertext, associatedData, operation }: DecryptInput,
  call: Call,
): Promise<Answer> {
  const key = exactVersion(target);
  const algorithm = encryptionAlgorithm(key);
  refuseImpossible(key, ciphertext);
  const parameters =
    algorithm === "A256GCM"
      ? ({
          algorithm,
          iv: ciphertext.subarray(0, nonceBytes),
          ciphertext: ciphertext.subarray(nonceBytes, ciphertext.length - tagBytes),
          authenticationTag: ciphertext.subarray(ciphertext.length - tagBytes),
          ...additional(associatedData),
        } as const)
      : ({ algorithm, ciphertext } as const);
  const ask: Parameters<typeof useVersion<{ readonly result: Uint8Array }>>[2]["ask"] = (client, settings) =>
    client.decrypt(parameters, settings);
  const { answer, ...named } = await useVersion(vault, key, { operation, ask }, call);
  const plaintext = ownBytes(answered(answer.result));
  if (algorithm === "A256GCM" && plaintext.length !== ciphertext.length - nonceBytes - tagBytes) {
    throw new KmsError("TAMPERED", "Azure answered a plaintext of another length than its ciphertext. Do not use it.");
  }
  return { bytes: plaintext, ...named };
}

const additional = ({ bytes }: AssociatedData): { readonly additionalAuthenticatedData?: Uint8Array } =>
  bytes.length === 0 ? {} : { additionalAuthenticatedData: bytes };

function refuseImpossible({ algorithm }: VersionReference, { length }: Uint8Array): void {
  const { ciphertextBytes } = algorithmRow(algorithm);
  const around = nonceBytes + tagBytes;
  const possible =
    ciphertextBytes === undefined ? length >= around && length <= maximumGcmBytes + around : length === ciphertextBytes;
  if (!possible) throw decryptionFailed();
}

/** The SDK answers empty bytes as text (`provider-facts` T6). */
export const bytesOf = (value: Uint8Array | string | undefined): Uint8Array => {
  const bytes = answered(value);
  return typeof bytes === "string" ? new Uint8Array() : bytes;
};

function answered(value: Uint8Array | string | undefined): Uint8Array | string {
  if (value instanceof Uint8Array || value === "") return value;
  throw new KmsError(notAzure.code, notAzure.explanation ?? "", { outcome: notAzure.outcome });
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The one answer to whatever is wrong in a ciphertext, its associated data or the key for it (`crypto-rules` 9). */
export const decryptionFailed = (): KmsError =>
  new KmsError("DECRYPTION_FAILED", "The ciphertext does not open with this key and associated data.");
