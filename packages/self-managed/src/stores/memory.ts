import { KmsError, type DriverHealth } from "@kms/core/driver";
import { random } from "../primitives.ts";
import { lastWritten, type KeyMaterial, type StoredKey } from "../records/key-record.ts";
import type { KeyStore } from "./store.ts";

/**
 * A store in this process's memory: its keys end with the process, or with `close()`, which overwrites them.
 * It answers at once. Each call makes a new store with an id of its own.
 */
export function memoryStore(): KeyStore {
  const contents = new Contents();
  return Object.freeze<KeyStore>({
    storeId: Buffer.from(random(16)).toString("hex"),
    visibleWithinMs: 0,
    changeCounter: () => contents.changes,
    latestTime: () => contents.latest,
    advanceTime: (at) => contents.advance(at),
    create: (record) => {
      if (contents.records.has(record.id)) return false;
      contents.keep(record);
      return true;
    },
    get: (id) => contents.records.get(id),
    list: () => [...contents.records.values()],
    replace: (record, expectedRevision) => {
      const before = contents.records.get(record.id);
      if (before?.revision !== expectedRevision) return false;
      contents.keep(record);
      eraseDropped(before, record);
      return true;
    },
    health,
    close: () => contents.close(),
  });
}

class Contents {
  changes = 0;
  latest = 0;
  #isOpen = true;
  readonly #records = new Map<string, StoredKey>();

  /** `CLOSED` once closed. */
  get records(): ReadonlyMap<string, StoredKey> {
    if (this.#isOpen) return this.#records;
    throw new KmsError("CLOSED", "The memory store was closed and its keys were overwritten.");
  }

  keep(record: StoredKey): void {
    this.#records.set(record.id, record);
    this.advance(lastWritten(record));
  }

  advance(at: number): void {
    void this.records;
    this.latest = Math.max(this.latest, at);
    this.changes += 1;
  }

  close(): void {
    for (const record of this.#records.values()) for (const { material } of record.versions) material?.erase();
    this.#records.clear();
    this.changes += 1;
    this.#isOpen = false;
  }
}

const health = (): DriverHealth => ({
  notes: ["Memory store: keys end with this process, and nothing of them is on disk."],
  rollbackProtection: "none",
});

function eraseDropped(before: StoredKey, now: StoredKey): void {
  const kept = new Set<KeyMaterial | undefined>(now.versions.map((version) => version.material));
  for (const { material } of before.versions) if (!kept.has(material)) material?.erase();
}
