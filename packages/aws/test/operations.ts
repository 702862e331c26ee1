import type { Algorithm, KeyHandle, Kms } from "@kms/core";
import { awsReEncrypt, type AwsOperation } from "../src/index.ts";
import type { Guarded } from "./guarded.ts";
import { bytes } from "./setup.ts";

/** Something to do, made ready by somebody with all rights and all the time, and then done by another `Kms`. */
export interface Work {
  readonly operation: AwsOperation;
  readonly what: string;
  /** The request of AWS's that does it; none where it is done here. */
  readonly request: string | undefined;
  readonly prepare: (here: Guarded) => Promise<(kms: Kms) => Promise<unknown>>;
}

interface Given<T> {
  readonly operation: AwsOperation;
  readonly request?: string;
  readonly algorithm?: Algorithm;
  readonly before?: (kms: Kms, key: KeyHandle) => Promise<T>;
  readonly run: (kms: Kms, key: KeyHandle, made: Awaited<T>) => Promise<unknown>;
}

/** Work on a fresh key, whose handle travels as a token. */
const onKey = <T = undefined>({ operation, request, algorithm = "AES-256-GCM", before, run }: Given<T>): Work => ({
  operation,
  what: `${operation} with ${algorithm}`,
  request,
  prepare: async ({ kms: wide }) => {
    const key: KeyHandle = await (wide as Kms).generateKey("aws", { algorithm });
    const made = await before?.(wide, key);
    const token = await wide.sealHandle(key);
    return async (kms) => run(kms, await kms.openHandle(token), made as Awaited<T>);
  },
});

const atAws = (operation: AwsOperation, what: string, request: string, run: (kms: Kms) => Promise<unknown>): Work => ({
  operation,
  what,
  request,
  prepare: async () => run,
});

const message = bytes("message");
const dataKey = new Uint8Array(32).fill(7);
const rsa = { algorithm: "RSA-OAEP-2048-SHA256" } as const;
const ecdsa = { algorithm: "ECDSA-P256-SHA256" } as const;
const mac = { algorithm: "HMAC-SHA256" } as const;

const encrypted = (kms: Kms, key: KeyHandle) => kms.encrypt(key, message);
const wrapped = (kms: Kms, key: KeyHandle) => kms.wrapDataKey(key, dataKey);
const signed = (kms: Kms, key: KeyHandle) => kms.sign(key, message);
const maced = (kms: Kms, key: KeyHandle) => kms.generateMac(key, message);

/** Every use of a key. */
export const uses: readonly Work[] = [
  onKey({ operation: "encrypt", request: "Encrypt", run: encrypted }),
  onKey({ operation: "encrypt", ...rsa, run: encrypted }),
  onKey({
    operation: "decrypt",
    request: "Decrypt",
    before: encrypted,
    run: (kms, key, made) => kms.decrypt(key, made),
  }),
  onKey({
    operation: "decrypt",
    request: "Decrypt",
    ...rsa,
    before: encrypted,
    run: (kms, key, made) => kms.decrypt(key, made),
  }),
  onKey({
    operation: "generateDataKey",
    request: "GenerateDataKey",
    run: (kms, key) => kms.generateDataKey(key, 32),
  }),
  onKey({ operation: "generateDataKey", ...rsa, run: (kms, key) => kms.generateDataKey(key, 32) }),
  onKey({ operation: "wrapDataKey", request: "Encrypt", run: wrapped }),
  onKey({ operation: "wrapDataKey", ...rsa, run: wrapped }),
  onKey({
    operation: "unwrapDataKey",
    request: "Decrypt",
    before: wrapped,
    run: (kms, key, made) => kms.unwrapDataKey(key, made),
  }),
  onKey({ operation: "sign", request: "Sign", ...ecdsa, run: signed }),
  onKey({ operation: "verify", ...ecdsa, before: signed, run: (kms, key, made) => kms.verify(key, message, made) }),
  onKey({
    operation: "verify",
    request: "Verify",
    algorithm: "Ed25519",
    before: signed,
    run: (kms, key, made) => kms.verify(kms.restrictKey(key, { verifyAt: "provider" }), message, made),
  }),
  onKey({ operation: "generateMac", request: "GenerateMac", ...mac, run: maced }),
  onKey({
    operation: "verifyMac",
    request: "VerifyMac",
    ...mac,
    before: maced,
    run: (kms, key, made) => kms.verifyMac(key, message, made),
  }),
  onKey({
    operation: "deriveSharedSecret",
    request: "DeriveSharedSecret",
    algorithm: "ECDH-P256",
    before: (kms, key) => kms.getPublicKey(key),
    run: (kms, key, { spki }) => kms.deriveSharedSecret(key, spki, { info: message, lengthBytes: 32 }),
  }),
  onKey({
    operation: "awsReEncrypt",
    request: "ReEncrypt",
    before: encrypted,
    run: (kms, key, ciphertext) => awsReEncrypt(kms, { ciphertext, from: key, to: key }),
  }),
];

/** What reads keys and asks the service. */
export const readings: readonly Work[] = [
  onKey({
    operation: "getKey",
    request: "DescribeKey",
    run: (kms, { keyId, algorithm }) => kms.getKey("aws", keyId, { algorithm }),
  }),
  onKey({ operation: "describeKey", request: "ListKeyRotations", run: (kms, key) => kms.describeKey(key) }),
  onKey({ operation: "refreshHandle", request: "ListResourceTags", run: (kms, key) => kms.refreshHandle(key) }),
  atAws("listKeys", "listKeys", "ListKeys", async (kms) => {
    for await (const { keyId } of kms.listKeys("aws")) void keyId;
  }),
  atAws("generateRandom", "generateRandom", "GenerateRandom", (kms) => kms.generateRandom("aws", 8)),
];

/** What makes and changes keys. */
export const changes: readonly Work[] = [
  atAws("generateKey", "generateKey of a symmetric key with a name and a rotation period", "CreateKey", (kms) =>
    kms.generateKey("aws", { algorithm: "AES-256-GCM", name: "orders", rotateEveryDays: 90 }),
  ),
  atAws("generateKey", "generateKey of a key pair", "CreateKey", (kms) => kms.generateKey("aws", ecdsa)),
  onKey({ operation: "rotateKey", request: "RotateKeyOnDemand", run: (kms, key) => kms.rotateKey(key) }),
  onKey({ operation: "disableKey", request: "DisableKey", run: (kms, key) => kms.disableKey(key) }),
  onKey({
    operation: "enableKey",
    request: "EnableKey",
    before: (kms, key) => kms.disableKey(key),
    run: (kms, key) => kms.enableKey(key),
  }),
  onKey({
    operation: "scheduleDestruction",
    request: "ScheduleKeyDeletion",
    run: (kms, key) => kms.scheduleDestruction(key),
  }),
  onKey({
    operation: "cancelDestruction",
    request: "CancelKeyDeletion",
    before: (kms, key) => kms.scheduleDestruction(key),
    run: (kms, key) => kms.cancelDestruction(key),
  }),
];
