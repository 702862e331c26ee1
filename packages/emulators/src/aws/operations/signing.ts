import { AwsError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { base64 } from "../protocol.ts";
import { byReference, type OperationRow, USE_MEMBERS } from "./row.ts";
import { readSigningRequest, signWith, verifyWith } from "./signatures.ts";

const MEMBERS = ["KeyId", "Message", "MessageType", "SigningAlgorithm", ...USE_MEMBERS];

const sign: OperationRow = {
  kind: "key",
  action: "kms:Sign",
  members: MEMBERS,
  states: "enabled",
  usage: "SIGN_VERIFY",
  source: "AWS KMS API Reference, Sign",
  prepare: (input) => {
    const locate = byReference(input);
    const request = readSigningRequest(input);
    return {
      locate,
      run: ({ key }) => {
        const signature = signWith(key, request);
        return { KeyId: key.arn, Signature: base64(signature), SigningAlgorithm: request.algorithm };
      },
    };
  },
};

const verify: OperationRow = {
  kind: "key",
  action: "kms:Verify",
  members: [...MEMBERS, "Signature"],
  states: "enabled",
  usage: "SIGN_VERIFY",
  source: "AWS KMS API Reference, Verify",
  prepare: (input) => {
    const locate = byReference(input);
    const request = readSigningRequest(input);
    const signature = input.requiredBytes("Signature", LIMITS.signatureBytes);
    return {
      locate,
      run: ({ key }) => {
        // Never `SignatureValid: false` (provider facts, "Traps at a glance", T12).
        if (!verifyWith(key, request, signature)) throw new AwsError("KMSInvalidSignatureException", "");
        return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: request.algorithm };
      },
    };
  },
};

/** Sign and Verify. */
export const SIGNING_OPERATIONS: Readonly<Record<string, OperationRow>> = { Sign: sign, Verify: verify };
