import {
  algorithmRow,
  derToP1363,
  KmsError,
  p1363ToDer,
  type Algorithm,
  type SignInput,
  type VersionReference,
} from "@kms/core/driver";
import { signingAlgorithm } from "./algorithms.ts";
import { bytesOf } from "./encryption.ts";
import type { DriverPart, Vault } from "./records.ts";
import { useVersion } from "./records/use.ts";

/**
 * Signing a digest, and verifying one at Azure (`verifyAt: "provider"`), under a version. ECDSA signatures are `r ‖ s` there
 * and DER here (`provider-facts` §2.4); PSS salts are as long as the digest. The SDK's `verifyData` is never used: it
 * verifies PSS by the wrong padding (T1).
 */
export const signing = (vault: Vault): DriverPart<"sign" | "verify"> => ({
  sign: async (key, input, call) => {
    const algorithm = signingAlgorithm(key);
    const digest = digestOf(key, input);
    const { answer, id, version } = await useVersion(
      vault,
      key,
      { operation: "sign", ask: (client, settings) => client.sign(algorithm, digest, settings) },
      call,
    );
    return { bytes: outward(key.algorithm, bytesOf(answer.result)), id, version };
  },
  verify: async (key, input, signature, call) => {
    const algorithm = signingAlgorithm(key);
    const digest = digestOf(key, input);
    const given = inward(key.algorithm, signature);
    if (given === undefined) return refused;
    const { answer, id, version } = await useVersion(
      vault,
      key,
      { operation: "verify", ask: (client, settings) => client.verify(algorithm, digest, given, settings) },
      call,
    );
    return { valid: answer.result === true, id, version };
  },
});

const refused = Object.freeze({ valid: false, id: undefined, version: undefined });

const isEcdsa = (algorithm: Algorithm): boolean => algorithmRow(algorithm).family === "ecdsa";

function outward(algorithm: Algorithm, signature: Uint8Array): Uint8Array {
  if (!isEcdsa(algorithm)) return signature;
  try {
    return p1363ToDer(algorithm, signature);
  } catch (cause) {
    throw new KmsError(
      "TAMPERED",
      `Azure answered ${signature.length} bytes, which are no signature of ${algorithm}.`,
      {
        cause,
      },
    );
  }
}

/** As Azure takes it; `undefined` for bytes that are no signature of the algorithm: they are wrong, not a wrong argument. */
function inward(algorithm: Algorithm, signature: Uint8Array): Uint8Array | undefined {
  if (!isEcdsa(algorithm)) {
    return signature.length === algorithmRow(algorithm).signatureBytes ? signature : undefined;
  }
  try {
    return derToP1363(algorithm, signature);
  } catch {
    return undefined; // malformed DER, whichever way: the verdict is the same
  }
}

function digestOf({ algorithm }: VersionReference, input: SignInput): Uint8Array {
  if (input.kind === "digest") return input.bytes;
  throw new KmsError(
    "INVALID_ARGUMENT",
    `This driver signs with ${algorithm} what its row asks for (signInput: "digest"); it was given ${input.kind}.`,
  );
}
