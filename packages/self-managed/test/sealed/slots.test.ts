import type { Json } from "@kms/core/driver";
import { describe, expect, it, vi } from "vitest";
import { keyRoot } from "../../src/roots/key.ts";
import { passphraseRoot } from "../../src/roots/passphrase.ts";
import type { Root, RootKind } from "../../src/roots/root.ts";
import { digestOfSlots, openSlot, sealSlot, type SlotRow } from "../../src/sealed/slots.ts";
import { codeOf, flipped } from "../fixture.ts";
import { canary, identity, slotsDigest, storeKey } from "./fixture.ts";

const root = keyRoot(canary(1));
const row = await sealSlot(root, identity, storeKey);
const codes = async (rows: readonly SlotRow[]): Promise<string[]> => [
  ...new Set(await Promise.all(rows.map(async (one) => codeOf(async () => openSlot(root, identity, one))))),
];
const flips = (member: "sealed" | "parameters", from = 0, to: number = row[member].length): SlotRow[] =>
  Array.from({ length: to - from }, (_, index) => ({ ...row, [member]: flipped(row[member], from + index) }));

describe("a slot", () => {
  it("opens to the store key, in memory of its own, as often as asked", async () => {
    const before = Uint8Array.from(storeKey);
    const [one, other] = [await openSlot(root, identity, row), await openSlot(root, identity, row)];
    expect([Uint8Array.from(one), Uint8Array.from(other)]).toEqual([before, before]);
    one.fill(0);
    expect(Uint8Array.from(other)).toEqual(before);
    expect(storeKey).toEqual(before);
  });

  it("is another for the same root each time", async () => {
    const again = await sealSlot(root, identity, storeKey);
    for (const member of ["id", "parameters", "sealed"] as const) expect(again[member]).not.toEqual(row[member]);
    expect(row.id).toMatch(/^[0-9a-f]{16}$/);
    expect(row.sealed).toHaveLength(112);
  });

  it("shows nothing of the store key or the root's", () => {
    const written = Buffer.concat([Buffer.from(row.id), row.parameters, row.sealed]);
    const runs = [storeKey, canary(1)].flatMap((secret) =>
      Array.from({ length: 24 }, (_, at) => Buffer.from(secret.subarray(at, at + 8))),
    );
    expect(runs.filter((run) => written.includes(run))).toEqual([]);
  });

  it("is WRONG_ROOT_KEY for another key and for a root of another kind", async () => {
    for (const wrong of [keyRoot(canary(2)), keyRoot(canary(1, 33)), passphraseRoot("another passphrase")]) {
      expect(await codeOf(async () => openSlot(wrong, identity, row))).toBe("WRONG_ROOT_KEY");
    }
  });

  it("is refused with any byte changed: as the wrong root in salts and commitment, as tampered elsewhere", async () => {
    expect(await codes(flips("sealed", 0, 64))).toEqual(["WRONG_ROOT_KEY"]);
    expect(await codes(flips("sealed", 64))).toEqual(["TAMPERED"]);
    expect((await codes(flips("parameters"))).toSorted()).toEqual(["TAMPERED", "WRONG_ROOT_KEY"]);
  });

  it("is refused under another id, kind, store or generation", async () => {
    const wrong: SlotRow[] = [
      { ...row, id: flippedId(row.id) },
      { ...row, id: "" },
      { ...row, id: `${row.id}\n` },
      { ...row, kind: "toString" as RootKind },
    ];
    expect(await codes(wrong)).toEqual(["TAMPERED"]);
    expect(await codes([{ ...row, kind: "passphrase" }])).toEqual(["WRONG_ROOT_KEY"]);
    for (const other of [{ storeId: "e".repeat(32) }, { generation: 2 }]) {
      expect(await codeOf(async () => openSlot(root, { ...identity, ...other }, row))).toBe("TAMPERED");
    }
  });

  it("is refused in another length, and with parameters in another spelling", async () => {
    const text = Buffer.from(row.parameters).toString();
    const wrong = [
      { ...row, sealed: row.sealed.subarray(1) },
      { ...row, sealed: Buffer.concat([row.sealed, new Uint8Array(1)]) },
      { ...row, sealed: new Uint8Array(0) },
      ...[
        text.replace(":", ": "),
        text.replace("{", '{"salt":"",'),
        "",
        "null",
        "{}",
        "[".repeat(900),
        text + " ".repeat(1024),
      ].map((parameters) => ({ ...row, parameters: Buffer.from(parameters) })),
    ];
    expect(await codes(wrong)).toEqual(["TAMPERED"]);
  });

  it("erases the slot key that a root made", async () => {
    const made: Uint8Array[] = [];
    const watched: Root = {
      ...root,
      slotKey: async (parameters: Json) => {
        const bytes = await root.slotKey(parameters);
        made.push(bytes);
        return bytes;
      },
    };
    await openSlot(watched, identity, await sealSlot(watched, identity, storeKey));
    expect(made.map((bytes) => bytes.every((byte) => byte === 0))).toEqual([true, true]);
  });

  it("is not made for roots that are none", async () => {
    const slotKey = vi.fn<Root["slotKey"]>(async () => new Uint8Array(16));
    const wrong: Root[] = [
      { ...root, kind: "pin" as RootKind },
      { ...root, newParameters: () => ({ long: "x".repeat(1024) }) },
      { ...root, slotKey },
    ];
    for (const one of wrong) {
      expect(await codeOf(async () => sealSlot(one, identity, storeKey))).toBe("INVALID_ARGUMENT");
    }
    expect(slotKey).toHaveBeenCalledOnce();
  });
});

describe("the digest of slots", () => {
  it("is SHA-256 over all of them, sorted by id", async () => {
    const rows = [row, await sealSlot(root, identity, storeKey), await sealSlot(root, identity, storeKey)];
    const parts = rows
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .flatMap(({ id, kind, parameters, sealed }) => [id, kind, parameters, sealed]);
    expect(digestOfSlots(rows)).toBe(slotsDigest(parts));
    expect(digestOfSlots(rows.toReversed())).toBe(digestOfSlots(rows));
  });

  it("changes with every byte of a slot, and with a slot more or less", async () => {
    const other = await sealSlot(root, identity, storeKey);
    const changed = [
      ...flips("sealed"),
      ...flips("parameters"),
      { ...row, id: flippedId(row.id) },
      { ...row, kind: "passphrase" as const },
    ];
    const digests = [[], [row], [row, other], [row, row], ...changed.map((one) => [one])].map(digestOfSlots);
    expect(new Set(digests).size).toBe(digests.length);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});

const flippedId = (id: string): string => (id.startsWith("0") ? "1" : "0") + id.slice(1);
