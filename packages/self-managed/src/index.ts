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
export { createKeyFile, keyFileRoot } from "./roots/key-file.ts";
export { keyRoot, newRootKey } from "./roots/key.ts";
export { passphraseRoot, type PassphraseCost, type PassphraseOptions } from "./roots/passphrase.ts";
export type { Root, RootKind } from "./roots/root.ts";
export { memoryStore } from "./stores/memory.ts";
export type { KeyStore } from "./stores/store.ts";
export {
  createSqliteStore,
  findDatabase,
  openSqliteStore,
  type Database,
  type OpenDatabase,
  type Row,
  type SlotDescription,
  type SqliteOptions,
  type SqliteStore,
  type SqlValue,
} from "./stores/sqlite/index.ts";
