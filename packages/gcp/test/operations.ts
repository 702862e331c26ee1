import type { Algorithm, KeyHandle, Kms } from "@kms/core";
import type { GcpOperation } from "../src/index.ts";
import type { Guarded } from "./guarded.ts";
import { bytes, freshName } from "./setup.ts";

/** Something to do, made ready by somebody with all rights and all the time, and then done by another `Kms`. */
export interface Work {
  readonly operation: GcpOperation;
  readonly what: string;
  /** The method of Google's that does it; none where it is done here. */
  readonly request: string | undefined;
  readonly prepare: (here: Guarded) => Promise<(kms: Kms) => Promise<unknown>>;
}

interface Given<T> {
  readonly operation: GcpOperation;
  readonly request?: string;
  readonly algorithm?: Algorithm;
  readonly before?: (kms: Kms, key: KeyHandle) => Promise<T>;
  readonly run: (kms: Kms, key: KeyHandle, made: Awaited<T>) => Promise<unknown>;
  readonly rotateEveryDays?: number;
}

/** Work on a fresh key, whose handle travels as a token. */
const onKey = <T = undefined>(given: Given<T>): Work => {
  const { operation, request, algorithm = "AES-256-GCM", before, run, rotateEveryDays } = given;
  return {
    operation,
    what: `${operation} with ${algorithm}${rotateEveryDays === undefined ? "" : " that rotates by itself"}`,
    request,
    prepare: async ({ kms: wide }) => {
      const key: KeyHandle = await (wide as Kms).generateKey("gcp", { algorithm, rotateEveryDays });
      const made = await before?.(wide, key);
      const token = await wide.sealHandle(key);
      return async (kms) => run(kms, await kms.openHandle(token), made as Awaited<T>);
    },
  };
};

const atGoogle = (
  operation: GcpOperation,
  what: string,
  request: string,
  run: (kms: Kms) => Promise<unknown>,
): Work => ({
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
    request: "AsymmetricDecrypt",
    ...rsa,
    before: encrypted,
    run: (kms, key, made) => kms.decrypt(key, made),
  }),
  onKey({ operation: "generateDataKey", request: "Encrypt", run: (kms, key) => kms.generateDataKey(key, 32) }),
  onKey({ operation: "generateDataKey", ...rsa, run: (kms, key) => kms.generateDataKey(key, 32) }),
  onKey({ operation: "wrapDataKey", request: "Encrypt", run: wrapped }),
  onKey({ operation: "wrapDataKey", ...rsa, run: wrapped }),
  onKey({
    operation: "unwrapDataKey",
    request: "Decrypt",
    before: wrapped,
    run: (kms, key, made) => kms.unwrapDataKey(key, made),
  }),
  onKey({
    operation: "unwrapDataKey",
    request: "AsymmetricDecrypt",
    ...rsa,
    before: wrapped,
    run: (kms, key, made) => kms.unwrapDataKey(key, made),
  }),
  onKey({ operation: "sign", request: "AsymmetricSign", ...ecdsa, run: signed }),
  onKey({ operation: "sign", request: "AsymmetricSign", algorithm: "Ed25519", run: signed }),
  onKey({ operation: "verify", ...ecdsa, before: signed, run: (kms, key, made) => kms.verify(key, message, made) }),
  onKey({ operation: "generateMac", request: "MacSign", ...mac, run: maced }),
  onKey({
    operation: "verifyMac",
    request: "MacVerify",
    ...mac,
    before: maced,
    run: (kms, key, made) => kms.verifyMac(key, message, made),
  }),
];

/** What reads keys and asks the service. */
export const readings: readonly Work[] = [
  onKey({
    operation: "getKey",
    request: "GetCryptoKey",
    run: (kms, { keyId, algorithm }) => kms.getKey("gcp", keyId, { algorithm }),
  }),
  onKey({
    operation: "getKey",
    request: "GetPublicKey",
    ...ecdsa,
    run: (kms, { keyId, algorithm }) => kms.getKey("gcp", keyId, { algorithm }),
  }),
  onKey({ operation: "describeKey", request: "ListCryptoKeyVersions", run: (kms, key) => kms.describeKey(key) }),
  onKey({ operation: "refreshHandle", request: "GetCryptoKey", run: (kms, key) => kms.refreshHandle(key) }),
  atGoogle("listKeys", "listKeys", "ListCryptoKeys", async (kms) => {
    for await (const { keyId } of kms.listKeys("gcp")) void keyId;
  }),
  atGoogle("generateRandom", "generateRandom", "GenerateRandomBytes", (kms) => kms.generateRandom("gcp", 8)),
];

/** What makes and changes keys. */
export const changes: readonly Work[] = [
  atGoogle(
    "generateKey",
    "generateKey of a symmetric key with a name and a rotation period",
    "CreateCryptoKey",
    (kms) => kms.generateKey("gcp", { algorithm: "AES-256-GCM", name: freshName(), rotateEveryDays: 90 }),
  ),
  atGoogle("generateKey", "generateKey of a key pair", "CreateCryptoKey", (kms) => kms.generateKey("gcp", ecdsa)),
  onKey({ operation: "rotateKey", request: "CreateCryptoKeyVersion", run: (kms, key) => kms.rotateKey(key) }),
  onKey({ operation: "rotateKey", request: "CreateCryptoKeyVersion", ...ecdsa, run: (kms, key) => kms.rotateKey(key) }),
  onKey({ operation: "rotateKey", request: "CreateCryptoKeyVersion", ...mac, run: (kms, key) => kms.rotateKey(key) }),
  onKey({ operation: "disableKey", request: "UpdateCryptoKeyVersion", run: (kms, key) => kms.disableKey(key) }),
  onKey({
    operation: "enableKey",
    request: "UpdateCryptoKeyVersion",
    before: (kms, key) => kms.disableKey(key),
    run: (kms, key) => kms.enableKey(key),
  }),
  onKey({
    operation: "scheduleDestruction",
    request: "DestroyCryptoKeyVersion",
    ...mac,
    run: (kms, key) => kms.scheduleDestruction(key),
  }),
  onKey({
    operation: "scheduleDestruction",
    request: "UpdateCryptoKey",
    rotateEveryDays: 90,
    run: (kms, key) => kms.scheduleDestruction(key),
  }),
  onKey({
    operation: "cancelDestruction",
    request: "RestoreCryptoKeyVersion",
    before: (kms, key) => kms.scheduleDestruction(key),
    run: (kms, key) => kms.cancelDestruction(key),
  }),
];
