import { signDigest, verifyDigest } from "../../ecdsa.ts";
import { digest, type HashName, signEd25519, verifyEd25519 } from "../../primitives.ts";
import { type RsaScheme, signRsa, verifyRsa } from "../../rsa.ts";
import { ENUMERATIONS } from "../enumerations.ts";
import { AwsError, notImplemented } from "../errors.ts";
import type { Input } from "../input.ts";
import type { KmsKey } from "../kms-key.ts";
import { LIMITS } from "../limits.ts";
import { checkAlgorithm } from "./checks.ts";

/** What is signed, and how. */
export interface SigningRequest {
  readonly message: Uint8Array;
  readonly messageType: "RAW" | "DIGEST";
  readonly algorithm: string;
}

interface AlgorithmRow {
  readonly hash: HashName;
  /** For RSA keys; ECDSA has one scheme. */
  readonly scheme?: RsaScheme | undefined;
}

/**
 * Hash and padding by signing algorithm. Source: AWS KMS API Reference, Sign, MessageType ("Signing algorithms that end
 * in SHA_256 use the SHA_256 hashing algorithm") and SigningAlgorithm.
 */
const ALGORITHMS: Readonly<Record<string, AlgorithmRow>> = {
  RSASSA_PSS_SHA_256: { scheme: "pss", hash: "sha256" },
  RSASSA_PSS_SHA_384: { scheme: "pss", hash: "sha384" },
  RSASSA_PSS_SHA_512: { scheme: "pss", hash: "sha512" },
  RSASSA_PKCS1_V1_5_SHA_256: { scheme: "pkcs1", hash: "sha256" },
  RSASSA_PKCS1_V1_5_SHA_384: { scheme: "pkcs1", hash: "sha384" },
  RSASSA_PKCS1_V1_5_SHA_512: { scheme: "pkcs1", hash: "sha512" },
  ECDSA_SHA_256: { hash: "sha256" },
  ECDSA_SHA_384: { hash: "sha384" },
  ECDSA_SHA_512: { hash: "sha512" },
  ED25519_SHA_512: { hash: "sha512" },
  ED25519_PH_SHA_512: { hash: "sha512" },
};

/** Reads message, message type and algorithm. */
export function readSigningRequest(input: Input): SigningRequest {
  const message = input.requiredBytes("Message", LIMITS.messageBytes);
  const type = input.choice("MessageType", ENUMERATIONS.MessageType) ?? "RAW";
  if (type === "EXTERNAL_MU") throw notImplemented("the message type EXTERNAL_MU");
  return {
    message,
    messageType: type === "DIGEST" ? "DIGEST" : "RAW",
    algorithm: input.requiredChoice("SigningAlgorithm", ENUMERATIONS.SigningAlgorithm),
  };
}

/** A signature by a key whose usage was checked. ECDSA signatures are DER, the others raw. */
export function signWith(key: KmsKey, request: SigningRequest): Uint8Array {
  const { secret } = key.is;
  const { scheme = "pss", hash } = algorithmOf(key, request);
  if (secret.kind === "ed25519") return signEd25519(secret.pair, pureMessage(request));
  const hashed = digestOf(hash, request);
  if (secret.kind === "rsa") return signRsa(secret.pair, secret.bits, { scheme, hash }, hashed);
  if (secret.kind === "ec") return signDigest(secret.curve, secret.scalar, hashed);
  throw new TypeError("a key of usage SIGN_VERIFY has a key pair");
}

/** Whether a signature is genuine. */
export function verifyWith(key: KmsKey, request: SigningRequest, signature: Uint8Array): boolean {
  const { secret } = key.is;
  const { scheme = "pss", hash } = algorithmOf(key, request);
  if (secret.kind === "ed25519") return verifyEd25519(secret.pair, pureMessage(request), signature);
  const hashed = digestOf(hash, request);
  if (secret.kind === "rsa") return verifyRsa(secret.pair, secret.bits, { scheme, hash }, { hashed, signature });
  if (secret.kind === "ec") return verifyDigest(secret, hashed, signature);
  throw new TypeError("a key of usage SIGN_VERIFY has a key pair");
}

function algorithmOf(key: KmsKey, { algorithm }: SigningRequest): AlgorithmRow {
  checkAlgorithm(key, algorithm);
  const row = ALGORITHMS[algorithm];
  if (row === undefined) throw notImplemented(`the signing algorithm ${algorithm}`);
  return row;
}

// A digest is not hashed again, and must be as long as the algorithm's hash.
// Source: AWS KMS API Reference, Sign, MessageType; the words as recorded in localstack's test_kms.snapshot.json.
function digestOf(hash: HashName, { message, messageType, algorithm }: SigningRequest): Uint8Array {
  const hashed = digest(hash, message);
  if (messageType === "RAW") return hashed;
  if (message.length === hashed.length) return message;
  throw new AwsError("ValidationException", `Digest is invalid length for algorithm ${algorithm}.`);
}

// ED25519_SHA_512 takes RAW alone and ED25519_PH_SHA_512 DIGEST alone. Source: AWS KMS API Reference, Sign, MessageType;
// the words as recorded from the service in floci-io/floci pull request 2930.
function pureMessage({ message, messageType, algorithm }: SigningRequest): Uint8Array {
  const expected = algorithm === "ED25519_SHA_512" ? "RAW" : "DIGEST";
  if (messageType !== expected) {
    const found = `Message type ${messageType} is incompatible with algorithm ${algorithm}.`;
    throw new AwsError("ValidationException", found);
  }
  if (messageType === "RAW") return message;
  throw notImplemented(`the signing algorithm ${algorithm}`); // node:crypto has no Ed25519ph
}
