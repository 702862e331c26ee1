export { createSqliteStore } from "./create-store.ts";
export type { Database, OpenDatabase, Row, SqlValue } from "./database.ts";
export { findDatabase } from "./open-database.ts";
export { openSqliteStore } from "./open-store.ts";
export type { SqliteOptions } from "./options.ts";
export type { SlotDescription } from "./slots.ts";
export type { SqliteStore } from "./store.ts";
