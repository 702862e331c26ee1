/**
 * The table of operations: one row each, and nothing that `Kms` does with a key is done outside of it. The uses that
 * applications repeat stand here ready; the rest is loaded when it is first called.
 */
import type { KeyHandle } from "../../contract/key.ts";
import type * as results from "../../contract/results.ts";
import type { OwnedBytes } from "../../contract/words.ts";
import type { LaterRow } from "../pipeline.ts";
import type { KeyTask, Task } from "../task.ts";
import type { Derived } from "./agreement.ts";
import type { WithEntries } from "./data-keys.ts";
import type { Adoption } from "./keys.ts";
import type { OneVersion } from "./lifecycle.ts";
import type { Configured } from "./making.ts";

export { decrypt, decryptNative, encrypt } from "./encryption.ts";
export { generateMac, verifyMac } from "./mac.ts";
export { sign, verify } from "./signing.ts";

type KeyRow<I, R> = LaterRow<KeyTask, I, R>;
type ProviderRow<I, R> = LaterRow<Task, I, R>;
type Encapsulated = { readonly secret: OwnedBytes; readonly ciphertext: OwnedBytes };

export const generateDataKey: KeyRow<WithEntries & { readonly lengthBytes: number }, results.DataKey> = {
  operation: "generateDataKey",
  load: async () => (await import("./data-keys.ts")).generateDataKey,
};
export const wrapDataKey: KeyRow<WithEntries & { readonly plaintext: OwnedBytes }, results.EncryptedDataKey> = {
  operation: "wrapDataKey",
  load: async () => (await import("./data-keys.ts")).wrapDataKey,
};
export const unwrapDataKey: KeyRow<WithEntries & { readonly encrypted: results.EncryptedDataKey }, OwnedBytes> = {
  operation: "unwrapDataKey",
  load: async () => (await import("./data-keys.ts")).unwrapDataKey,
};
export const wrapKey: KeyRow<{ readonly material: OwnedBytes }, OwnedBytes> = {
  operation: "wrapKey",
  load: async () => (await import("./wrapping.ts")).wrapKey,
};
export const unwrapKey: KeyRow<{ readonly wrapped: OwnedBytes }, OwnedBytes> = {
  operation: "unwrapKey",
  load: async () => (await import("./wrapping.ts")).unwrapKey,
};
export const deriveSharedSecret: KeyRow<Derived & { readonly peerSpki: OwnedBytes }, OwnedBytes> = {
  operation: "deriveSharedSecret",
  load: async () => (await import("./agreement.ts")).deriveSharedSecret,
};
export const encapsulate: KeyRow<Derived, Encapsulated> = {
  operation: "encapsulate",
  load: async () => (await import("./agreement.ts")).encapsulate,
};
export const decapsulate: KeyRow<Derived & { readonly ciphertext: OwnedBytes }, OwnedBytes> = {
  operation: "decapsulate",
  load: async () => (await import("./agreement.ts")).decapsulate,
};

export const generateKey: ProviderRow<Configured, KeyHandle> = {
  operation: "generateKey",
  load: async () => (await import("./keys.ts")).generateKey,
};
export const getKey: ProviderRow<Adoption, KeyHandle> = {
  operation: "getKey",
  load: async () => (await import("./keys.ts")).getKey,
};
export const refreshHandle: KeyRow<undefined, KeyHandle> = {
  operation: "refreshHandle",
  load: async () => (await import("./keys.ts")).refreshHandle,
};
export const generateRandom: ProviderRow<{ readonly lengthBytes: number }, OwnedBytes> = {
  operation: "generateRandom",
  load: async () => (await import("./keys.ts")).generateRandom,
};
export const importKey: ProviderRow<Configured & { readonly material: OwnedBytes }, KeyHandle> = {
  operation: "importKey",
  load: async () => (await import("./replacing.ts")).importKey,
};
export const exportKey: KeyRow<OneVersion, OwnedBytes> = {
  operation: "exportKey",
  load: async () => (await import("./exporting.ts")).exportKey,
};
export const describeKey: KeyRow<undefined, results.KeyDescription> = {
  operation: "describeKey",
  load: async () => (await import("./describing.ts")).describeKey,
};
export const getPublicKey: KeyRow<OneVersion, results.PublicKey> = {
  operation: "getPublicKey",
  load: async () => (await import("./describing.ts")).getPublicKey,
};

export const rotateKey: KeyRow<undefined, KeyHandle> = {
  operation: "rotateKey",
  load: async () => (await import("./rotation.ts")).rotateKey,
};
export const replaceKey: KeyRow<undefined, KeyHandle> = {
  operation: "replaceKey",
  load: async () => (await import("./replacing.ts")).replaceKey,
};
export const disableKey: KeyRow<OneVersion, results.Transition> = {
  operation: "disableKey",
  load: async () => (await import("./lifecycle.ts")).disableKey,
};
export const enableKey: KeyRow<OneVersion, results.Transition> = {
  operation: "enableKey",
  load: async () => (await import("./lifecycle.ts")).enableKey,
};
export const revokeKey: KeyRow<OneVersion & { readonly revocation: results.Revocation }, results.Transition> = {
  operation: "revokeKey",
  load: async () => (await import("./lifecycle.ts")).revokeKey,
};
export const scheduleDestruction: KeyRow<OneVersion & { readonly windowDays: number | undefined }, results.Transition> =
  {
    operation: "scheduleDestruction",
    load: async () => (await import("./lifecycle.ts")).scheduleDestruction,
  };
export const cancelDestruction: KeyRow<OneVersion, results.Transition> = {
  operation: "cancelDestruction",
  load: async () => (await import("./lifecycle.ts")).cancelDestruction,
};
export const getDestructionReceipt: KeyRow<OneVersion, results.DestructionReceipt> = {
  operation: "getDestructionReceipt",
  load: async () => (await import("./receipts.ts")).getDestructionReceipt,
};
