import type { Operation } from "../contract/words.ts";

// A record, so that the compiler misses none.
const names: Readonly<Record<Operation, true>> = {
  encrypt: true,
  decrypt: true,
  sign: true,
  verify: true,
  generateMac: true,
  verifyMac: true,
  wrapKey: true,
  unwrapKey: true,
  generateDataKey: true,
  wrapDataKey: true,
  unwrapDataKey: true,
  deriveSharedSecret: true,
  encapsulate: true,
  decapsulate: true,
  generateKey: true,
  getKey: true,
  refreshHandle: true,
  importKey: true,
  exportKey: true,
  describeKey: true,
  listKeys: true,
  getPublicKey: true,
  generateRandom: true,
  rotateKey: true,
  replaceKey: true,
  disableKey: true,
  enableKey: true,
  revokeKey: true,
  scheduleDestruction: true,
  cancelDestruction: true,
  getDestructionReceipt: true,
};

/** Whether there is an operation of this name. */
export const isOperation = (name: unknown): name is Operation => typeof name === "string" && Object.hasOwn(names, name);
