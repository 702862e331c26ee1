import { describe, expect, it } from "vitest";
import { KeyMaterial, type KeyStore, type StoredKey, type StoredVersion } from "../../src/index.ts";
import { codeOf, dayMs, start } from "../fixture.ts";

const version = (number: string, material: KeyMaterial | undefined): StoredVersion => ({
  version: number,
  native: "enabled",
  createdAt: start,
  notBefore: undefined,
  notAfter: undefined,
  destroyAt: undefined,
  cancelTo: undefined,
  revocation: undefined,
  material,
  publicKey: undefined,
  history: [],
});

/** A record as the driver writes it, with one version of 32 bytes. */
export const record = (store: KeyStore, name: string, details: Partial<StoredKey> = {}): StoredKey => ({
  id: `${store.storeId}/${name}`,
  revision: 1,
  algorithm: "AES-256-GCM",
  origin: "generated",
  exportable: false,
  labels: {},
  createdAt: start,
  createdBy: "call",
  deactivateAt: undefined,
  destructionWindowDays: undefined,
  rotateEveryDays: undefined,
  currentVersion: "1",
  versions: [version("1", new KeyMaterial(new Uint8Array(32).fill(7)))],
  ...details,
});

/** What every `KeyStore` must do. */
export function describeKeyStore(name: string, open: () => Promise<KeyStore>): void {
  describe(`${name} as a key store`, () => {
    it("has an id of 128 bits that no other store has", async () => {
      const [one, other] = [await open(), await open()];
      expect(one.storeId).toMatch(/^[0-9a-f]{32}$/);
      expect(one.storeId).not.toBe(other.storeId);
    });

    it("creates a record once and reads it back", async () => {
      const store = await open();
      const made = record(store, "a");
      expect(await store.get(made.id)).toBeUndefined();
      expect(await store.create(made)).toBe(true);
      expect(await store.create({ ...made, labels: { other: "x" } })).toBe(false);
      expect(await store.get(made.id)).toEqual(made);
      expect((await store.get(made.id))?.versions[0]?.material?.use((bytes) => Uint8Array.from(bytes))).toEqual(
        new Uint8Array(32).fill(7),
      );
    });

    it("replaces a record only where the revision is the expected one", async () => {
      const store = await open();
      const made = record(store, "a");
      await store.create(made);
      const next = { ...made, revision: 2, labels: { app: "x" } };
      expect(await store.replace(next, 2)).toBe(false);
      expect(await store.replace({ ...next, id: `${store.storeId}/b` }, 1)).toBe(false);
      expect(await store.get(made.id)).toEqual(made);
      expect(await store.replace(next, 1)).toBe(true);
      expect(await store.replace({ ...next, labels: {} }, 1)).toBe(false);
      expect(await store.get(made.id)).toEqual(next);
    });

    it("lets one of several writers at the same revision win", async () => {
      const store = await open();
      const made = record(store, "a");
      await store.create(made);
      const wins = await Promise.all(
        [1, 2, 3].map(async (writer) => store.replace({ ...made, revision: 2, createdBy: `${writer}` }, 1)),
      );
      expect(wins.filter(Boolean)).toHaveLength(1);
    });

    it("moves its change counter with every write and with nothing else", async () => {
      const store = await open();
      const made = record(store, "a");
      const seen = [store.changeCounter()];
      await store.create(made);
      seen.push(store.changeCounter());
      await store.create(made);
      await store.replace(made, 9);
      await store.get(made.id);
      expect(store.changeCounter()).toBe(seen[1]);
      await store.replace({ ...made, revision: 2 }, 1);
      seen.push(store.changeCounter());
      expect(new Set(seen).size).toBe(3);
    });

    it("keeps the latest effective time that it was told of, and no earlier one", async () => {
      const store = await open();
      await store.create(record(store, "a"));
      const counter = store.changeCounter();
      await store.advanceTime(start + dayMs);
      expect(store.latestTime()).toBe(start + dayMs);
      expect(store.changeCounter()).not.toBe(counter);
      await store.advanceTime(start);
      await store.create(record(store, "b"));
      expect(store.latestTime()).toBe(start + dayMs);
    });

    it("lists every record, of the moment when the list began or later", async () => {
      const store = await open();
      for (const key of ["a", "b", "c"]) await store.create(record(store, key));
      const listed: string[] = [];
      for await (const { id } of store.list()) {
        listed.push(id);
        if (listed.length === 1) await store.create(record(store, "d"));
      }
      expect(listed.slice(0, 3)).toEqual(["a", "b", "c"].map((key) => `${store.storeId}/${key}`));
    });

    it("no longer has material that a replacement dropped, and keeps the rest", async () => {
      const store = await open();
      const kept = new KeyMaterial(new Uint8Array(32).fill(1));
      const dropped = new KeyMaterial(new Uint8Array(32).fill(2));
      const made = record(store, "a", { versions: [version("1", dropped), version("2", kept)] });
      await store.create(made);
      await store.replace({ ...made, revision: 2, versions: [version("1", undefined), version("2", kept)] }, 1);
      const [first, second] = (await store.get(made.id))?.versions ?? [];
      expect([first?.material, second?.material?.use((bytes) => Uint8Array.from(bytes))]).toEqual([
        undefined,
        new Uint8Array(32).fill(1),
      ]);
    });

    it("says what it does not protect against", async () => {
      const { notes, rollbackProtection } = await (await open()).health();
      expect(notes.length).toBeGreaterThan(0);
      expect(rollbackProtection).toBeDefined();
    });

    it("answers CLOSED once closed", async () => {
      const store = await open();
      const made = record(store, "a");
      await store.create(made);
      await store.close();
      await store.close();
      expect(await codeOf(() => store.get(made.id))).toBe("CLOSED");
      expect(await codeOf(() => store.create(record(store, "b")))).toBe("CLOSED");
      expect(await codeOf(() => store.advanceTime(start))).toBe("CLOSED");
      expect(await codeOf(() => store.replace({ ...made, revision: 2 }, 1))).toBe("CLOSED");
      expect(
        await codeOf(async () => {
          for await (const one of store.list()) expect(one).toBeUndefined();
        }),
      ).toBe("CLOSED");
    });
  });
}

/** What a `KeyStore` must do whose keys outlive the process. `reopen` closes a store and opens it anew. */
export function describeDurableKeyStore(
  name: string,
  open: () => Promise<KeyStore>,
  reopen: (store: KeyStore) => Promise<KeyStore>,
): void {
  describe(`${name} as a durable key store`, () => {
    it("has the same id, records, material and latest time when it is opened again", async () => {
      const store = await open();
      const made = record(store, "a");
      const next = { ...made, revision: 2, labels: { app: "x" } };
      await store.create(made);
      await store.replace(next, 1);
      const again = await reopen(store);
      expect(again.storeId).toBe(store.storeId);
      expect(await again.get(made.id)).toEqual(next);
      expect((await again.get(made.id))?.versions[0]?.material?.use((bytes) => Uint8Array.from(bytes))).toEqual(
        new Uint8Array(32).fill(7),
      );
      expect(again.latestTime()).toBe(start);
    });

    it("goes on writing where it was closed", async () => {
      const store = await open();
      const made = record(store, "a");
      await store.create(made);
      const again = await reopen(store);
      expect(await again.create(made)).toBe(false);
      expect(await again.replace({ ...made, revision: 2 }, 1)).toBe(true);
      expect(await again.create(record(again, "b"))).toBe(true);
      const listed: string[] = [];
      for await (const { id } of (await reopen(again)).list()) listed.push(id);
      expect(listed).toEqual([`${store.storeId}/a`, `${store.storeId}/b`]);
    });

    it("keeps every member of a record", async () => {
      const store = await open();
      const made = record(store, "a", everyMember);
      await store.create(made);
      expect(await (await reopen(store)).get(made.id)).toEqual(made);
    });
  });
}

/** Details that give every member of a record a value. */
const everyMember: Partial<StoredKey> = {
  algorithm: "ECDSA-P256-SHA256",
  origin: "imported",
  exportable: true,
  labels: { app: "orders", "cost-centre": "42" },
  deactivateAt: start + dayMs,
  destructionWindowDays: 7,
  rotateEveryDays: 90,
  versions: [
    {
      version: "1",
      native: "destruction-scheduled",
      createdAt: start,
      notBefore: start - dayMs,
      notAfter: start + dayMs,
      destroyAt: start + 7 * dayMs,
      cancelTo: "compromised",
      revocation: { reason: "key-compromise", revokedAt: start, occurredAt: start - dayMs },
      material: new KeyMaterial(new Uint8Array(64).fill(3)),
      publicKey: new Uint8Array(91).fill(4),
      history: [
        {
          at: start,
          actor: "Zoë",
          event: "compromise",
          from: "active",
          to: "compromised",
          revocation: "key-compromise",
          reason: "found in a log\n",
        },
      ],
    },
  ],
};
