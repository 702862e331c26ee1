import {
  algorithmRow,
  exactVersion,
  KmsError,
  type Answer,
  type AssociatedData,
  type Call,
  type Target,
} from "@kms/core/driver";
import { isSymmetric, requirePurpose } from "./algorithms.ts";
import { maximumInputBytes } from "./capabilities.ts";
import { confirmed } from "./checksums.ts";
import type { Connection } from "./client.ts";
import { codeOf } from "./errors.ts";
import { versionNameOf } from "./key-id.ts";
import { namedBy, type DriverPart } from "./records.ts";

/**
 * Encrypting and decrypting. Symmetric: under the key's name, so that Google picks the primary version and says which it
 * was; associated data goes as its canonical bytes. RSA: the guard encrypts with the pinned public key (the row says
 * `local`), Google decrypts under the version's name.
 */
export const encryption = (connection: Connection): DriverPart<"encrypt" | "decrypt"> => ({
  encrypt: (key, plaintext, associatedData, call) => encryptBytes(connection, { key, plaintext, associatedData }, call),
  decrypt: (key, ciphertext, associatedData, call) =>
    isSymmetric(key.algorithm)
      ? decryptBytes(connection, { key, ciphertext, associatedData }, call)
      : decryptAsymmetric(connection, { key, ciphertext }, call),
});

/** What an `Encrypt` takes. */
export interface EncryptInput {
  readonly key: Target;
  readonly plaintext: Uint8Array;
  readonly associatedData: AssociatedData;
}

/** The ciphertext, and which version made it. */
export async function encryptBytes(
  connection: Connection,
  { key, plaintext, associatedData: { bytes: aad } }: EncryptInput,
  call: Call,
): Promise<Answer> {
  requirePurpose(key, "ENCRYPT_DECRYPT");
  return connection.send(async ({ client, options, checksums }) => {
    const request = {
      name: key.id,
      plaintext,
      plaintextCrc32c: checksums.of(plaintext),
      additionalAuthenticatedData: aad,
      additionalAuthenticatedDataCrc32c: checksums.of(aad),
    };
    const [answer] = await client.encrypt(request, options);
    const { verifiedPlaintextCrc32c, verifiedAdditionalAuthenticatedDataCrc32c } = answer;
    confirmed({ verifiedPlaintextCrc32c, verifiedAdditionalAuthenticatedDataCrc32c });
    return {
      bytes: checksums.verified(answer.ciphertext, answer.ciphertextCrc32c, "ciphertext"),
      ...namedBy(answer.name),
    };
  }, call);
}

/** What a `Decrypt` opens. */
export interface DecryptInput extends Omit<EncryptInput, "plaintext"> {
  readonly ciphertext: Uint8Array;
}

/**
 * The plaintext of a symmetric key's ciphertext. `DecryptResponse` names neither key nor version (`provider-facts` T18) and
 * has no flags: a request that arrived altered is an error. A length that no ciphertext has is `DECRYPTION_FAILED` without
 * a call, as any other defect in bytes that others can alter.
 */
export async function decryptBytes(
  connection: Connection,
  { key, ciphertext, associatedData: { bytes: aad } }: DecryptInput,
  call: Call,
): Promise<Answer> {
  requirePurpose(key, "ENCRYPT_DECRYPT");
  if (ciphertext.byteLength === 0 || ciphertext.byteLength > maximumCiphertextBytes) throw decryptionFailed();
  return connection.send(async ({ client, options, checksums }) => {
    const request = {
      name: key.id,
      ciphertext,
      ciphertextCrc32c: checksums.of(ciphertext),
      additionalAuthenticatedData: aad,
      additionalAuthenticatedDataCrc32c: checksums.of(aad),
    };
    const [answer] = await client.decrypt(request, options);
    return { bytes: checksums.verifiedSecret(answer.plaintext, answer.plaintextCrc32c, "plaintext"), ...unnamed };
  }, call);
}

// Google adds a few dozen bytes to a plaintext; how many, it does not state.
const maximumCiphertextBytes = 2 * maximumInputBytes;

/**
 * The plaintext of an RSA ciphertext, under the version that is named. The ciphertext may name it, and others can alter that
 * (`crypto-rules` 9): a version that is not there is `DECRYPTION_FAILED`, as any other defect, unless the handle pins it.
 */
export async function decryptAsymmetric(
  connection: Connection,
  { key, ciphertext }: Omit<DecryptInput, "associatedData">,
  call: Call,
): Promise<Answer> {
  requirePurpose(key, "ASYMMETRIC_DECRYPT");
  const { id, version } = exactVersion(key);
  if (ciphertext.byteLength !== algorithmRow(key.algorithm).ciphertextBytes) throw decryptionFailed();
  const opened = connection.send(async ({ client, options, checksums }) => {
    const request = { name: versionNameOf(id, version), ciphertext, ciphertextCrc32c: checksums.of(ciphertext) };
    const [answer] = await client.asymmetricDecrypt(request, options);
    confirmed({ verifiedCiphertextCrc32c: answer.verifiedCiphertextCrc32c });
    return { bytes: checksums.verifiedSecret(answer.plaintext, answer.plaintextCrc32c, "plaintext"), ...unnamed };
  }, call);
  return opened.catch((cause: unknown) => {
    const isMadeUp = codeOf(cause, "decrypt") === "NOT_FOUND" && key.pinned?.includes(version) !== true;
    throw isMadeUp ? decryptionFailed() : cause;
  });
}

const unnamed = { id: undefined, version: undefined } as const;

/** The one answer to whatever is wrong in a ciphertext, its associated data or the key for it (`crypto-rules` 9). */
export const decryptionFailed = (): KmsError =>
  new KmsError("DECRYPTION_FAILED", "The ciphertext does not open with this key and associated data.");
