/** The table of operations: one row each, and nothing that `Kms` does with a key is done outside of it. */
export { decapsulate, deriveSharedSecret, encapsulate } from "./agreement.ts";
export { generateDataKey, unwrapDataKey, wrapDataKey } from "./data-keys.ts";
export { describeKey, getPublicKey } from "./describing.ts";
export { decrypt, decryptNative, encrypt } from "./encryption.ts";
export { exportKey } from "./exporting.ts";
export { generateKey, generateRandom, getKey, refreshHandle } from "./keys.ts";
export { cancelDestruction, disableKey, enableKey, revokeKey, scheduleDestruction } from "./lifecycle.ts";
export { listKeys } from "./listing.ts";
export { generateMac, verifyMac } from "./mac.ts";
export { getDestructionReceipt } from "./receipts.ts";
export { importKey, replaceKey } from "./replacing.ts";
export { rotateKey } from "./rotation.ts";
export { sign, verify } from "./signing.ts";
export { unwrapKey, wrapKey } from "./wrapping.ts";
