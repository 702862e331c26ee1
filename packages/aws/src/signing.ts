import { KmsError, type KeyReference, type SignInput } from "@kms/core/driver";
import { signingAlgorithm, signsMessages } from "./algorithms.ts";
import { maximumOutputBytes } from "./capabilities.ts";
import type { Connection } from "./client.ts";
import { present } from "./errors.ts";
import { namesAnother } from "./key-id.ts";
import type { DriverPart } from "./records.ts";

/**
 * Signing a digest, which AWS does not hash again, or for Ed25519 the message, and verifying at AWS (`verifyAt:
 * "provider"`). ECDSA signatures are DER; PSS salts are as long as the digest.
 * AWS never answers that a signature is wrong: it is an error, read here by its name (`provider-facts` T12).
 */
export const signing = (connection: Connection): DriverPart<"sign" | "verify"> => ({
  sign: async (key, input, call) => {
    const request = { KeyId: key.id, SigningAlgorithm: signingAlgorithm(key), ...messageOf(key, input) };
    const answer = await connection.send((sdk) => new sdk.SignCommand(request), call);
    return { bytes: present(answer.Signature, "Signature"), id: answer.KeyId, version: undefined };
  },
  verify: async (key, input, signature, call) => {
    const request = {
      KeyId: key.id,
      SigningAlgorithm: signingAlgorithm(key),
      ...messageOf(key, input),
      Signature: signature,
    };
    if (!couldBe(signature) || namesAnother(key)) return refused;
    try {
      const answer = await connection.send((sdk) => new sdk.VerifyCommand(request), call);
      return { valid: answer.SignatureValid === true, id: answer.KeyId, version: undefined };
    } catch (cause) {
      if (isNamed(cause, "KMSInvalidSignatureException")) return refused;
      throw cause;
    }
  },
});

/** The verdict over what AWS refuses; it then does not say which key looked at it. */
export const refused: { readonly valid: false; readonly id: undefined; readonly version: undefined } = Object.freeze({
  valid: false,
  id: undefined,
  version: undefined,
});

/** Has a signature or MAC a length that AWS's model lets through? One that has not is wrong, not a wrong argument. */
export const couldBe = (bytes: Uint8Array): boolean => bytes.byteLength >= 1 && bytes.byteLength <= maximumOutputBytes;

/** By name, not by class: it holds across installed copies of the SDK, such as a ready client's. */
export const isNamed = (cause: unknown, name: string): boolean => cause instanceof Error && cause.name === name;

// AWS KMS API Reference, Sign: MessageType. A digest under RAW would be hashed once more.
function messageOf(
  key: KeyReference,
  input: SignInput,
): { readonly Message: Uint8Array; readonly MessageType: "DIGEST" | "RAW" } {
  const [kind, MessageType] = signsMessages(key.algorithm)
    ? (["message", "RAW"] as const)
    : (["digest", "DIGEST"] as const);
  if (input.kind === kind) return { Message: input.bytes, MessageType };
  throw new KmsError(
    "INVALID_ARGUMENT",
    `This driver signs with ${key.algorithm} what its row asks for (signInput: "${kind}"); it was given ${input.kind}.`,
  );
}
