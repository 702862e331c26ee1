import { signDigest, verifyDigest } from "../../ecdsa.ts";
import { digest } from "../../primitives.ts";
import { AwsError, notImplemented } from "../errors.ts";
import type { Input } from "../input.ts";
import { ENUMERATIONS } from "../key-specs.ts";
import type { KeySecret, KmsKey } from "../kms-key.ts";
import { LIMITS } from "../limits.ts";
import { base64 } from "../protocol.ts";
import { checkAlgorithm } from "./checks.ts";
import { byReference, type OperationRow } from "./row.ts";

type KeyPair = Extract<KeySecret, { kind: "pair" }>;

interface SigningRequest {
  readonly message: Uint8Array;
  readonly isDigest: boolean;
  readonly algorithm: string;
}

function readRequest(input: Input): SigningRequest {
  const message = input.requiredBytes("Message", LIMITS.messageBytes);
  const type = input.choice("MessageType", ENUMERATIONS.MessageType) ?? "RAW";
  if (type === "EXTERNAL_MU") throw notImplemented("the message type EXTERNAL_MU");
  return {
    message,
    isDigest: type === "DIGEST",
    algorithm: input.requiredChoice("SigningAlgorithm", ENUMERATIONS.SigningAlgorithm),
  };
}

// A digest is not hashed again, and must be as long as the algorithm's hash.
// Source: AWS KMS API Reference, Sign, MessageType.
function digestOf(key: KmsKey, { message, isDigest, algorithm }: SigningRequest): Uint8Array {
  checkAlgorithm(key, algorithm);
  const hashed = digest(key.row.hash ?? "sha256", message);
  if (!isDigest) return hashed;
  if (message.length === hashed.length) return message;
  throw new AwsError("ValidationException", `Digest is invalid length for algorithm ${algorithm}.`);
}

function pairOf(key: KmsKey): KeyPair {
  if (key.secret.kind === "pair") return key.secret;
  // Source: AWS KMS API Reference, GetPublicKey, UnsupportedOperationException.
  throw new AwsError("UnsupportedOperationException", `${key.arn} has key spec ${key.spec}, which has no public key.`);
}

const sign: OperationRow = {
  kind: "key",
  action: "kms:Sign",
  members: ["KeyId", "Message", "MessageType", "SigningAlgorithm"],
  states: "enabled",
  usage: "SIGN_VERIFY",
  source: "AWS KMS API Reference, Sign",
  prepare: (input) => {
    const locate = byReference(input);
    const request = readRequest(input);
    return {
      locate,
      run: ({ key }) => {
        const { curve, scalar } = pairOf(key);
        const signature = signDigest(curve, scalar, digestOf(key, request));
        return { KeyId: key.arn, Signature: base64(signature), SigningAlgorithm: request.algorithm };
      },
    };
  },
};

const verify: OperationRow = {
  kind: "key",
  action: "kms:Verify",
  members: ["KeyId", "Message", "MessageType", "Signature", "SigningAlgorithm"],
  states: "enabled",
  usage: "SIGN_VERIFY",
  source: "AWS KMS API Reference, Verify",
  prepare: (input) => {
    const locate = byReference(input);
    const request = readRequest(input);
    const signature = input.requiredBytes("Signature", LIMITS.signatureBytes);
    return {
      locate,
      run: ({ key }) => {
        if (!verifyDigest(pairOf(key), digestOf(key, request), signature)) {
          // Never `SignatureValid: false` (provider facts, "Traps at a glance", T12).
          throw new AwsError("KMSInvalidSignatureException", "The signature is not valid for this message and key.");
        }
        return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: request.algorithm };
      },
    };
  },
};

const getPublicKey: OperationRow = {
  kind: "key",
  action: "kms:GetPublicKey",
  members: ["KeyId"],
  states: "enabled",
  source: "AWS KMS API Reference, GetPublicKey",
  prepare: (input) => ({
    locate: byReference(input),
    run: ({ key }) => ({
      KeyId: key.arn,
      PublicKey: base64(pairOf(key).publicKey),
      CustomerMasterKeySpec: key.spec,
      KeySpec: key.spec,
      KeyUsage: key.row.usage,
      [key.row.algorithmsMember]: key.row.algorithms,
    }),
  }),
};

/** Sign, Verify and GetPublicKey. */
export const SIGNING_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  Sign: sign,
  Verify: verify,
  GetPublicKey: getPublicKey,
};
