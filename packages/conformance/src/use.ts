import type { CryptoOperation, DataKey, KeyHandle, Kms, Mac, ProcessOptions, Signature, StringMap } from "@kms/core";
import { check, sameBytes } from "./assertions.ts";
import { fits } from "./algorithms.ts";
import { random } from "./bytes.ts";
import type { Context } from "./context.ts";
import { newDataKey } from "./data-key.ts";
import { rowOf } from "./rows.ts";
import { peerKey } from "./verify/agreement.ts";

/** What a key has protected while it could, for reading back later. */
export interface Protected {
  readonly message: Uint8Array<ArrayBuffer>;
  readonly associatedData: StringMap | undefined;
  readonly ciphertext: Uint8Array | undefined;
  readonly dataKey: DataKey | undefined;
  readonly signature: Signature | undefined;
  readonly mac: Mac | undefined;
  readonly wrapped: Uint8Array | undefined;
}

/** What makes the input of each use that reads. */
const makers: Readonly<Partial<Record<CryptoOperation, readonly CryptoOperation[]>>> = {
  decrypt: ["encrypt"],
  verify: ["sign"],
  verifyMac: ["generateMac"],
  unwrapKey: ["wrapKey"],
  unwrapDataKey: ["generateDataKey", "wrapDataKey"],
  decapsulate: ["encapsulate"],
};

/**
 * The uses that the key's row claims and that can be tried here: those that read are left out where the row claims nothing
 * that makes their input.
 */
export const claimedUses = (context: Context, key: KeyHandle): readonly CryptoOperation[] => {
  const claimed = rowOf(context, key)?.operations ?? {};
  return (Object.keys(claimed) as CryptoOperation[]).filter(
    (name) => isUse(name) && fits(key.algorithm, name) && (makers[name]?.some((maker) => maker in claimed) ?? true),
  );
};

const isUse = (name: string): boolean => name in attempts;

/** Associated data that suits the key: none where its row takes none. */
export const associatedDataFor = (context: Context, key: KeyHandle): StringMap | undefined => {
  const row = rowOf(context, key);
  return row === undefined || row.associatedData === "none" ? undefined : { tenant: "42", purpose: "conformance" };
};

/** Protects 24 bytes in every way that the key claims. */
export async function protectAll(context: Context, key: KeyHandle, kms: Kms = context.kms): Promise<Protected> {
  const claimed = new Set(claimedUses(context, key));
  const message = random(24);
  const associatedData = associatedDataFor(context, key);
  return {
    message,
    associatedData,
    ciphertext: claimed.has("encrypt") ? await kms.encrypt(key, message, associatedData) : undefined,
    dataKey: claimed.has("unwrapDataKey") ? await newDataKey(context, key, associatedData, kms) : undefined,
    signature: claimed.has("sign") ? await kms.sign(key, message) : undefined,
    mac: claimed.has("generateMac") ? await kms.generateMac(key, message) : undefined,
    wrapped: claimed.has("wrapKey") ? await kms.wrapKey(key, message) : undefined,
  };
}

/** Runs the work with the shared key of every row, and what it has protected. */
export async function forEachProtected(
  context: Context,
  work: (key: KeyHandle, earlier: Protected) => Promise<void>,
): Promise<void> {
  for (const row of context.rows()) {
    const key = await context.key(row);
    await work(key, await protectAll(context, key));
  }
}

/** Tries one operation with well-formed input, meaningful or not, for showing that it is refused. */
export const attempt = (
  kms: Kms,
  key: KeyHandle,
  operation: CryptoOperation,
  options?: ProcessOptions,
): Promise<unknown> => attempts[operation](kms, key, options);

type Attempt = (kms: Kms, key: KeyHandle, options?: ProcessOptions) => Promise<unknown>;

const some = new Uint8Array(32).fill(7);
const kdf = { info: some, lengthBytes: 32 };
const attempts: Readonly<Record<CryptoOperation, Attempt>> = {
  encrypt: (kms, key, options) => kms.encrypt(key, some, undefined, options),
  decrypt: (kms, key, options) => kms.decrypt(key, some, undefined, options),
  sign: (kms, key, options) => kms.sign(key, some, options),
  verify: (kms, key, options) => kms.verify(key, some, some, options),
  generateMac: (kms, key, options) => kms.generateMac(key, some, options),
  verifyMac: (kms, key, options) => kms.verifyMac(key, some, some, options),
  wrapKey: (kms, key, options) => kms.wrapKey(key, some, options),
  unwrapKey: (kms, key, options) => kms.unwrapKey(key, some, options),
  generateDataKey: (kms, key, options) => kms.generateDataKey(key, 32, undefined, options),
  wrapDataKey: (kms, key, options) => kms.wrapDataKey(key, some, undefined, options),
  unwrapDataKey: (kms, key, options) =>
    kms.unwrapDataKey(key, { providerId: "none", providerInfo: some, ciphertext: some }, undefined, options),
  deriveSharedSecret: (kms, key, options) => kms.deriveSharedSecret(key, peerKey(key.algorithm).spki, kdf, options),
  encapsulate: (kms, key, options) => kms.encapsulate(key, kdf, options),
  decapsulate: (kms, key, options) => kms.decapsulate(key, some, kdf, options),
};

/** Reads one thing back and compares it with what was protected; protecting operations protect anew. */
export async function perform(
  kms: Kms,
  use: { readonly key: KeyHandle; readonly operation: CryptoOperation; readonly earlier: Protected },
  options?: ProcessOptions,
): Promise<void> {
  const { key, operation, earlier } = use;
  const { message, associatedData, ciphertext, dataKey, signature, mac, wrapped } = earlier;
  if (operation === "decrypt" && ciphertext !== undefined) {
    sameBytes(await kms.decrypt(key, ciphertext, associatedData, options), message, "what was decrypted");
  } else if (operation === "unwrapDataKey" && dataKey !== undefined) {
    const plaintext = await kms.unwrapDataKey(key, dataKey.encrypted, associatedData, options);
    sameBytes(plaintext, dataKey.plaintext, "the data key");
  } else if (operation === "verify" && signature !== undefined) {
    check(await kms.verify(key, message, signature, options), "a good signature was not verified");
  } else if (operation === "verifyMac" && mac !== undefined) {
    check(await kms.verifyMac(key, message, mac, options), "a good MAC was not verified");
  } else if (operation === "unwrapKey" && wrapped !== undefined) {
    sameBytes(await kms.unwrapKey(key, wrapped, options), message, "what was unwrapped");
  } else {
    await attempt(kms, key, operation, options);
  }
}
