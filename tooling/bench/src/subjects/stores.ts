import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createSqliteStore, keyRoot, memoryStore, type KeyStore } from "@kms/self-managed";
import type { Place } from "../place.ts";

/** Memory for pages of the file: what `design.md` §8 states for look-ups. */
export const cacheBytes: number = 64 * 1024 * 1024;

/** Where this process's file of a place stands. */
export const storePath = ({ scratch }: Place): string => join(scratch, `store-${process.pid}.db`);

/** A new store at a place; a file is removed with the place's scratch directory. */
export async function newStore(place: Place): Promise<KeyStore> {
  if (place.store === "memory") return memoryStore();
  return createSqliteStore(storePath(place), keyRoot(new Uint8Array(randomBytes(32))), { cacheBytes });
}
