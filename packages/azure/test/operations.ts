import type { Algorithm, KeyHandle, Kms } from "@kms/core";
import { purgeAzureKey, type AzureOperation, type AzureTier } from "../src/index.ts";
import type { Guarded } from "./guarded.ts";
import { bytes, freshName } from "./setup.ts";

/** Something to do, made ready by somebody with all rights and all the time, and then done by another `Kms`. */
export interface Work {
  readonly operation: AzureOperation;
  readonly what: string;
  readonly tier: AzureTier;
  /** The operation of Azure's that does it; none where it is done here. */
  readonly request: string | undefined;
  readonly prepare: (here: Guarded) => Promise<(kms: Kms) => Promise<unknown>>;
}

interface Given<T> {
  readonly operation: AzureOperation;
  readonly request?: string;
  readonly tier?: AzureTier;
  readonly algorithm?: Algorithm;
  readonly rotateEveryDays?: number;
  readonly before?: (kms: Kms, key: KeyHandle) => Promise<T>;
  readonly run: (kms: Kms, key: KeyHandle, made: Awaited<T>) => Promise<unknown>;
}

/** Work on a fresh key, whose handle travels as a token. */
const onKey = <T = undefined>(given: Given<T>): Work => {
  const {
    operation,
    request,
    tier = "standard",
    algorithm = "ECDSA-P256-SHA256",
    before,
    run,
    rotateEveryDays,
  } = given;
  return {
    operation,
    what: `${operation} with ${algorithm}${rotateEveryDays === undefined ? "" : " that rotates by itself"} (${tier})`,
    tier,
    request,
    prepare: async ({ kms: wide }) => {
      const key: KeyHandle = await (wide as Kms).generateKey("azure", { algorithm, rotateEveryDays });
      const made = await before?.(wide, key);
      const token = await wide.sealHandle(key);
      return async (kms) => run(kms, await kms.openHandle(token), made as Awaited<T>);
    },
  };
};

const atAzure = (given: Omit<Work, "prepare"> & { readonly run: (kms: Kms) => Promise<unknown> }): Work => ({
  ...given,
  prepare: async () => given.run,
});

const message = bytes("message");
const dataKey = new Uint8Array(32).fill(7);
const rsa = { algorithm: "RSA-OAEP-2048-SHA256" } as const;
const aes = { algorithm: "AES-256-GCM", tier: "managed-hsm" } as const;
const kwp = { algorithm: "AES-256-KWP", tier: "managed-hsm" } as const;

const encrypted = (kms: Kms, key: KeyHandle) => kms.encrypt(key, message);
const decrypted = (kms: Kms, key: KeyHandle, made: Uint8Array) => kms.decrypt(key, made);
const wrapped = (kms: Kms, key: KeyHandle) => kms.wrapDataKey(key, dataKey);
const unwrapped = (kms: Kms, key: KeyHandle, made: Awaited<ReturnType<typeof wrapped>>) => kms.unwrapDataKey(key, made);
const signed = (kms: Kms, key: KeyHandle) => kms.sign(key, message);

/** Every use of a key. */
export const uses: readonly Work[] = [
  onKey({ operation: "encrypt", request: "Encrypt", ...aes, run: encrypted }),
  onKey({ operation: "encrypt", ...rsa, run: encrypted }),
  onKey({ operation: "decrypt", request: "Decrypt", ...aes, before: encrypted, run: decrypted }),
  onKey({ operation: "decrypt", request: "Decrypt", ...rsa, before: encrypted, run: decrypted }),
  onKey({ operation: "generateDataKey", request: "Encrypt", ...aes, run: (kms, key) => kms.generateDataKey(key, 32) }),
  onKey({ operation: "generateDataKey", ...rsa, run: (kms, key) => kms.generateDataKey(key, 32) }),
  onKey({ operation: "wrapDataKey", request: "Encrypt", ...aes, run: wrapped }),
  onKey({ operation: "wrapDataKey", ...rsa, run: wrapped }),
  onKey({ operation: "unwrapDataKey", request: "Decrypt", ...aes, before: wrapped, run: unwrapped }),
  onKey({ operation: "unwrapDataKey", request: "UnwrapKey", ...rsa, before: wrapped, run: unwrapped }),
  onKey({ operation: "sign", request: "Sign", run: signed }),
  onKey({ operation: "sign", request: "Sign", tier: "managed-hsm", algorithm: "RSA-PSS-2048-SHA256", run: signed }),
  onKey({ operation: "verify", before: signed, run: (kms, key, made) => kms.verify(key, message, made) }),
  onKey({
    operation: "verify",
    request: "Verify",
    before: signed,
    run: (kms, key, made) => kms.verify(kms.restrictKey(key, { verifyAt: "provider" }), message, made),
  }),
  onKey({ operation: "wrapKey", request: "WrapKey", ...kwp, run: (kms, key) => kms.wrapKey(key, dataKey) }),
  onKey({
    operation: "unwrapKey",
    request: "UnwrapKey",
    ...kwp,
    before: (kms, key) => kms.wrapKey(key, dataKey),
    run: (kms, key, made) => kms.unwrapKey(key, made),
  }),
];

const read = (kms: Kms, { keyId, algorithm }: KeyHandle) => kms.getKey("azure", keyId, { algorithm });

/** What reads keys and asks the service. */
export const readings: readonly Work[] = [
  onKey({ operation: "getKey", request: "GetKey", run: read }),
  onKey({ operation: "getKey", request: "GetKeyVersions", ...aes, run: read }),
  onKey({ operation: "describeKey", request: "GetKeyVersions", run: (kms, key) => kms.describeKey(key) }),
  onKey({
    operation: "describeKey",
    request: "GetDeletedKey",
    tier: "managed-hsm",
    before: (kms, key) => kms.scheduleDestruction(key),
    run: (kms, key) => kms.describeKey(key),
  }),
  onKey({ operation: "refreshHandle", request: "GetKey", run: (kms, key) => kms.refreshHandle(key) }),
  ...(["GetKeys", "GetDeletedKeys"] as const).map((request) =>
    atAzure({
      operation: "listKeys",
      what: `listKeys by ${request}`,
      tier: "managed-hsm",
      request,
      run: async (kms) => {
        for await (const { keyId } of kms.listKeys("azure")) void keyId;
      },
    }),
  ),
  atAzure({
    operation: "generateRandom",
    what: "generateRandom",
    tier: "managed-hsm",
    request: "GetRandomBytes",
    run: (kms) => kms.generateRandom("azure", 8),
  }),
];

const made = (tier: AzureTier, algorithm: Algorithm, rotateEveryDays?: number): Work =>
  atAzure({
    operation: "generateKey",
    what: `generateKey of ${algorithm}${rotateEveryDays === undefined ? "" : " that rotates by itself"} (${tier})`,
    tier,
    request: "CreateKey",
    run: (kms) => kms.generateKey("azure", { algorithm, name: freshName(), rotateEveryDays }),
  });
const suspended = (kms: Kms, key: KeyHandle) => kms.disableKey(key);
const scheduled = (kms: Kms, key: KeyHandle) => kms.scheduleDestruction(key);

/** What makes and changes keys. */
export const changes: readonly Work[] = [
  made("standard", "RSA-OAEP-2048-SHA256", 90),
  made("managed-hsm", "AES-256-GCM"),
  onKey({ operation: "rotateKey", request: "RotateKey", run: (kms, key) => kms.rotateKey(key) }),
  onKey({ operation: "rotateKey", request: "CreateKey", ...aes, run: (kms, key) => kms.rotateKey(key) }),
  onKey({
    operation: "rotateKey",
    request: "RotateKey",
    ...aes,
    rotateEveryDays: 90,
    run: (kms, key) => kms.rotateKey(key),
  }),
  onKey({ operation: "disableKey", request: "UpdateKey", run: suspended }),
  onKey({ operation: "enableKey", request: "UpdateKey", before: suspended, run: (kms, key) => kms.enableKey(key) }),
  onKey({
    operation: "revokeKey",
    request: "UpdateKey",
    run: (kms, key) => kms.revokeKey(key, "cessation-of-operation"),
  }),
  onKey({ operation: "revokeKey", request: "UpdateKey", ...aes, run: (kms, key) => kms.revokeKey(key, "superseded") }),
  onKey({ operation: "scheduleDestruction", request: "DeleteKey", before: suspended, run: scheduled }),
  onKey({ operation: "scheduleDestruction", request: "UpdateKey", ...aes, run: scheduled }),
  onKey({
    operation: "cancelDestruction",
    request: "RecoverDeletedKey",
    tier: "managed-hsm",
    before: scheduled,
    run: (kms, key) => kms.cancelDestruction(key),
  }),
  onKey({
    operation: "purgeAzureKey",
    request: "PurgeDeletedKey",
    tier: "managed-hsm",
    before: scheduled,
    run: (kms, key) => purgeAzureKey(kms, key),
  }),
];
