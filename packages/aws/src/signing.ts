import { KmsError, type SignInput } from "@kms/core/driver";
import { signingAlgorithm } from "./algorithms.ts";
import { maximumOutputBytes } from "./capabilities.ts";
import { ownBytes, type Connection } from "./client.ts";
import type { DriverPart } from "./records.ts";

/**
 * Signing a digest, which AWS does not hash again, and verifying at AWS (`verifyAt: "provider"`). Signatures are DER.
 * AWS never answers that a signature is wrong: it is an error, read here by its name (`provider-facts` T12).
 */
export const signing = (connection: Connection): DriverPart<"sign" | "verify"> => ({
  sign: async (key, input, call) => {
    const request = { KeyId: key.id, SigningAlgorithm: signingAlgorithm(key), ...digest(input) };
    const answer = await connection.send((sdk) => new sdk.SignCommand(request), call);
    return { bytes: ownBytes(answer.Signature, "Signature"), id: answer.KeyId, version: undefined };
  },
  verify: async (key, input, signature, call) => {
    const request = { KeyId: key.id, SigningAlgorithm: signingAlgorithm(key), ...digest(input), Signature: signature };
    if (!couldBe(signature)) return refused;
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

function digest(input: SignInput): { readonly Message: Uint8Array; readonly MessageType: "DIGEST" } {
  if (input.kind === "digest") return { Message: input.bytes, MessageType: "DIGEST" };
  throw new KmsError(
    "INVALID_ARGUMENT",
    `This driver signs digests (signInput: "digest"); it was given ${input.kind}.`,
  );
}
