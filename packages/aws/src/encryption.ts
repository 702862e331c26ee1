import type { EncryptionAlgorithmSpec } from "@aws-sdk/client-kms";
import {
  algorithmRow,
  KmsError,
  nativeState,
  reEncryptWith,
  type Answer,
  type AssociatedData,
  type Call,
  type KeyReference,
  type KmsErrorCode,
  type ReEncryption,
  type ReEncryptionOptions,
  type Target,
} from "@kms/core/driver";
import { encryptionAlgorithm, isSymmetric } from "./algorithms.ts";
import { maximumOutputBytes } from "./capabilities.ts";
import { connectionOf, ownBytes, type Connection } from "./client.ts";
import { classify, present } from "./errors.ts";
import { namesAnother } from "./key-id.ts";
import type { DriverPart } from "./records.ts";

/**
 * Encrypting and decrypting. Associated data is AWS's encryption context as it stands; CloudTrail logs it in clear.
 * AWS picks the version and embeds it; `Encrypt` does not say which (`contract-fit` §1), `Decrypt` does. Under RSA the guard
 * encrypts with the pinned public key (the row says `local`); the driver can, for whoever asks it.
 */
export const encryption = (connection: Connection): DriverPart<"encrypt" | "decrypt"> => ({
  encrypt: async (key, plaintext, associatedData, call) => {
    const input = { KeyId: key.id, Plaintext: plaintext, ...parametersOf(key, associatedData) };
    const answer = await connection.send((sdk) => new sdk.EncryptCommand(input), call);
    return { bytes: present(answer.CiphertextBlob, "CiphertextBlob"), id: answer.KeyId, version: undefined };
  },
  decrypt: (key, ciphertext, associatedData, call) =>
    decryptBlob(connection, { key, ciphertext, associatedData }, call),
});

/** What a `Decrypt` opens. */
export interface DecryptInput {
  readonly key: Target;
  readonly ciphertext: Uint8Array;
  readonly associatedData: AssociatedData;
}

/**
 * The plaintext. The key is always named: without it AWS would take whichever key the ciphertext names (API Reference,
 * Decrypt: KeyId). A length or a version that no ciphertext of the key has is `DECRYPTION_FAILED` without a call, as any other
 * defect in bytes that others can alter.
 */
export async function decryptBlob(
  connection: Connection,
  { key, ciphertext, associatedData }: DecryptInput,
  call: Call,
): Promise<Answer> {
  refuseImpossible(key, ciphertext);
  const input = { KeyId: key.id, CiphertextBlob: ciphertext, ...parametersOf(key, associatedData) };
  const answer = await connection.send((sdk) => new sdk.DecryptCommand(input), call);
  return { bytes: ownBytes(answer.Plaintext, "Plaintext"), id: answer.KeyId, version: answer.KeyMaterialId };
}

/** Algorithm and context, as `Encrypt` and `Decrypt` take them. RSA has no context, and AWS refuses one. */
const parametersOf = (key: KeyReference, { map }: AssociatedData): Parameters =>
  isSymmetric(key.algorithm)
    ? { EncryptionAlgorithm: encryptionAlgorithm(key), EncryptionContext: map }
    : { EncryptionAlgorithm: encryptionAlgorithm(key) };

interface Parameters {
  readonly EncryptionAlgorithm: EncryptionAlgorithmSpec;
  readonly EncryptionContext?: Record<string, string>;
}

/** `DECRYPTION_FAILED` for a length or a version that no ciphertext of the key has. RSA: one of the modulus, one version. */
export function refuseImpossible(key: Target, { byteLength }: Uint8Array): void {
  const { ciphertextBytes } = algorithmRow(key.algorithm);
  if (!isSymmetric(key.algorithm) && namesAnother(key)) throw decryptionFailed();
  const possible =
    ciphertextBytes === undefined
      ? byteLength >= 1 && byteLength <= maximumOutputBytes
      : byteLength === ciphertextBytes;
  if (!possible) throw decryptionFailed();
}

/**
 * A ciphertext of this library under another key of the same provider, re-encrypted inside AWS (`ReEncrypt`): no plaintext
 * leaves it. Answers a ciphertext in the contract's own format, which `decrypt` opens with `to` and `newAssociatedData`
 * (default: `associatedData`, what the ciphertext was encrypted with). Both keys are in the driver's Region. Needs
 * `kms:ReEncryptFrom` on the one key and `kms:ReEncryptTo` on the other. To policy, `authorize` and audit it is a `decrypt`
 * and an `encrypt`, with their errors; `UNSUPPORTED` for keys of another adapter. Repeating it does no harm.
 */
export const awsReEncrypt = (
  kms: object,
  given: ReEncryption,
  options?: ReEncryptionOptions | undefined,
): Promise<Uint8Array<ArrayBuffer>> =>
  reEncryptWith(
    kms,
    given,
    async ({ from, to }, driver, call) => {
      const connection = connectionOf(driver);
      refuseImpossible(from.key, from.ciphertext);
      const source = parametersOf(from.key, from.associatedData);
      const destination = parametersOf(to.key, to.associatedData);
      const input = {
        CiphertextBlob: from.ciphertext,
        SourceKeyId: from.key.id,
        SourceEncryptionAlgorithm: source.EncryptionAlgorithm,
        SourceEncryptionContext: source.EncryptionContext,
        DestinationKeyId: to.key.id,
        DestinationEncryptionAlgorithm: destination.EncryptionAlgorithm,
        DestinationEncryptionContext: destination.EncryptionContext,
      };
      const answer = await connection
        .send((sdk) => new sdk.ReEncryptCommand(input), call)
        .catch((cause: unknown) => {
          throw ofKey(cause, to.key, from.key);
        });
      return {
        bytes: present(answer.CiphertextBlob, "CiphertextBlob"),
        from: { id: answer.SourceKeyId, version: answer.SourceKeyMaterialId },
        to: { id: answer.KeyId, version: answer.DestinationKeyMaterialId },
      };
    },
    options,
  );

/** A refusal for the key under which the ciphertext was to stand names that key and its part, an `encrypt`; any other stays as it is. */
function ofKey(cause: unknown, to: KeyReference, from: KeyReference): unknown {
  const { code, state, permission, requestId } = classify(cause, "encrypt");
  // AWS names the key by its ARN where there is none, or its state does not allow it.
  const isNamed = to.id !== from.id && String(cause).includes(to.id);
  const isRefused = code === "PERMISSION_DENIED" ? permission === "kms:ReEncryptTo" : code === "TOO_LARGE" || isNamed;
  const found = isRefused ? refusals[code] : undefined;
  if (found === undefined) return cause;
  return new KmsError(code, `The ciphertext was to be put under another key: ${found}.`, {
    operation: "encrypt",
    keyId: to.id,
    state: state && nativeState(state),
    permission,
    requestId,
    cause,
  });
}

const refusals: Readonly<Partial<Record<KmsErrorCode, string>>> = {
  PERMISSION_DENIED: "kms:ReEncryptTo is denied on it; grant that",
  INVALID_STATE: "its state does not allow it",
  NOT_FOUND: "AWS KMS has no such key in this Region",
  TOO_LARGE: "the plaintext is longer than it takes; use a symmetric key",
};

/** The one answer to whatever is wrong in a ciphertext, its associated data or the key for it (`crypto-rules` 9). */
export const decryptionFailed = (): KmsError =>
  new KmsError("DECRYPTION_FAILED", "The ciphertext does not open with this key and associated data.");
