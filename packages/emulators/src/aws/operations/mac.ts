import { equalBytes, hmac } from "../../primitives.ts";
import { ENUMERATIONS } from "../enumerations.ts";
import { AwsError } from "../errors.ts";
import type { Input } from "../input.ts";
import type { KmsKey } from "../kms-key.ts";
import { LIMITS } from "../limits.ts";
import { base64 } from "../protocol.ts";
import { checkAlgorithm } from "./checks.ts";
import { byReference, type OperationRow, USE_MEMBERS } from "./row.ts";

interface MacRequest {
  readonly message: Uint8Array;
  readonly algorithm: string;
}

const readRequest = (input: Input): MacRequest => ({
  message: input.requiredBytes("Message", LIMITS.messageBytes),
  algorithm: input.requiredChoice("MacAlgorithm", ENUMERATIONS.MacAlgorithm),
});

function macOf(key: KmsKey, { message, algorithm }: MacRequest): Uint8Array {
  checkAlgorithm(key, algorithm);
  const { secret } = key.is;
  if (secret.kind !== "mac") throw new TypeError("a key of usage GENERATE_VERIFY_MAC has a secret for it");
  return hmac(secret.hash, secret.bytes, message);
}

const generateMac: OperationRow = {
  kind: "key",
  action: "kms:GenerateMac",
  members: ["KeyId", "Message", "MacAlgorithm", ...USE_MEMBERS],
  states: "enabled",
  usage: "GENERATE_VERIFY_MAC",
  source: "AWS KMS API Reference, GenerateMac",
  prepare: (input) => {
    const locate = byReference(input);
    const request = readRequest(input);
    return {
      locate,
      run: ({ key }) => ({ Mac: base64(macOf(key, request)), MacAlgorithm: request.algorithm, KeyId: key.arn }),
    };
  },
};

const verifyMac: OperationRow = {
  kind: "key",
  action: "kms:VerifyMac",
  members: ["KeyId", "Message", "MacAlgorithm", "Mac", ...USE_MEMBERS],
  states: "enabled",
  usage: "GENERATE_VERIFY_MAC",
  source: "AWS KMS API Reference, VerifyMac",
  prepare: (input) => {
    const locate = byReference(input);
    const request = readRequest(input);
    const mac = input.requiredBytes("Mac", LIMITS.signatureBytes);
    return {
      locate,
      run: ({ key }) => {
        if (!equalBytes(macOf(key, request), mac)) {
          // Never `MacValid: false` (provider facts, "Traps at a glance", T12).
          throw new AwsError("KMSInvalidMacException", "");
        }
        return { KeyId: key.arn, MacValid: true, MacAlgorithm: request.algorithm };
      },
    };
  },
};

/** GenerateMac and VerifyMac. */
export const MAC_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  GenerateMac: generateMac,
  VerifyMac: verifyMac,
};
