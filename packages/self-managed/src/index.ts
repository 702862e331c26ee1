export { selfManagedKms } from "./driver.ts";
export type { SelfManagedAlgorithm } from "./algorithms.ts";
export type { SelfManagedDriver, SelfManagedOptions } from "./options.ts";
export type {
  CancelledState,
  StoredKey,
  StoredRevocation,
  StoredState,
  StoredTransition,
  StoredVersion,
} from "./records/key-record.ts";
export { KeyMaterial } from "./records/key-record.ts";
export { memoryStore } from "./stores/memory.ts";
export type { KeyStore } from "./stores/store.ts";
