import { KmsError } from "@kms/core/driver";
import { random } from "../primitives.ts";
import { lastWritten, type KeyMaterial, type StoredKey } from "../records/key-record.ts";
import type { KeyStore } from "./store.ts";

/**
 * A store in this process's memory: its keys end with the process, or with `close()`, which overwrites them.
 * It answers at once. Each call makes a new store with an id of its own.
 */
export function memoryStore(): KeyStore {
  const records = new Map<string, StoredKey>();
  let changes = 0;
  let latest = 0;
  let isOpen = true;
  const open = (): Map<string, StoredKey> => {
    if (isOpen) return records;
    throw new KmsError("CLOSED", "The memory store was closed and its keys were overwritten.");
  };
  const keep = (record: StoredKey): void => {
    records.set(record.id, record);
    latest = Math.max(latest, lastWritten(record));
    changes += 1;
  };
  return Object.freeze<KeyStore>({
    storeId: Buffer.from(random(16)).toString("hex"),
    visibleWithinMs: 0,
    changeCounter: () => changes,
    latestTime: () => latest,
    advanceTime: (at) => {
      open();
      latest = Math.max(latest, at);
      changes += 1;
    },
    create: (record) => {
      if (open().has(record.id)) return false;
      keep(record);
      return true;
    },
    get: (id) => open().get(id),
    list: () => [...open().values()],
    replace: (record, expectedRevision) => {
      const before = open().get(record.id);
      if (before?.revision !== expectedRevision) return false;
      keep(record);
      eraseDropped(before, record);
      return true;
    },
    health: () => ({
      notes: ["Memory store: keys end with this process, and nothing of them is on disk."],
      rollbackProtection: "none",
    }),
    close: () => {
      for (const record of records.values()) for (const { material } of record.versions) material?.erase();
      records.clear();
      changes += 1;
      isOpen = false;
    },
  });
}

function eraseDropped(before: StoredKey, now: StoredKey): void {
  const kept = new Set<KeyMaterial | undefined>(now.versions.map((version) => version.material));
  for (const { material } of before.versions) if (!kept.has(material)) material?.erase();
}
