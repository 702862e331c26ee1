/** Bytes that an earlier run of this code wrote. They must open for good: the form on disk is a format. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { keyRoot } from "../../src/roots/key.ts";
import { passphraseRoot } from "../../src/roots/passphrase.ts";
import { identityIn, openHead } from "../../src/sealed/head.ts";
import { openRecord, sealRecord } from "../../src/sealed/records.ts";
import { digestOfSlots, openSlot, type SlotRow } from "../../src/sealed/slots.ts";
import { scrypt } from "@noble/hashes/scrypt.js";
import {
  bodyOf,
  canary,
  headMac,
  identity,
  key,
  keysOf,
  materialIn,
  recordMac,
  rootSlotKey,
  shown,
  slotsDigest,
  storeKey,
  storeKeyIn,
} from "./fixture.ts";

interface Vector {
  readonly storeKey: string;
  readonly identity: unknown;
  readonly rootKey: string;
  readonly passphrase: string;
  readonly record: { readonly id: string; readonly revision: number; readonly body: string; readonly mac: string };
  readonly head: { readonly body: string; readonly mac: string };
  readonly slots: readonly (Record<"id" | "parameters" | "sealed", string> & Pick<SlotRow, "kind">)[];
}

const vector = JSON.parse(readFileSync(new URL("fixtures/store.json", import.meta.url), "utf8")) as Vector;
const bytes = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));
const { id, revision } = vector.record;
const row = { id, revision, body: Buffer.from(vector.record.body), mac: bytes(vector.record.mac) };
const head = { body: Buffer.from(vector.head.body), mac: bytes(vector.head.mac) };
const slots = vector.slots.map((slot): SlotRow => ({
  ...slot,
  parameters: Buffer.from(slot.parameters),
  sealed: bytes(slot.sealed),
}));
const [keySlot, passphraseSlot] = slots as [SlotRow, SlotRow];
const saltIn = (slot: SlotRow): Uint8Array =>
  bytes((JSON.parse(Buffer.from(slot.parameters).toString()) as { salt: string }).salt);

describe("the store of the vector", () => {
  it("opens: head, record and material", () => {
    expect([bytes(vector.storeKey), vector.identity]).toEqual([storeKey, identity]);
    expect(identityIn(head.body)).toEqual(identity);
    expect(openHead(keysOf(), head)).toEqual({
      revision: 7,
      latestTime: 1_893_456_000_000,
      records: 1,
      slots: digestOfSlots(slots),
    });
    expect(shown(openRecord(keysOf(), id, row))).toEqual(shown(key()));
  });

  it("opens through each of its slots, the passphrase in whatever form of Unicode", async () => {
    expect(Uint8Array.from(await openSlot(keyRoot(bytes(vector.rootKey)), identity, keySlot))).toEqual(storeKey);
    const root = passphraseRoot("A\u030angstro\u0308m five horses");
    expect(vector.passphrase).not.toContain("five");
    expect(Uint8Array.from(await openSlot(root, identity, passphraseSlot))).toEqual(storeKey);
  });

  it("is written again, byte for byte, when nothing has changed", () => {
    expect(sealRecord(keysOf(), openRecord(keysOf(), id, row)).id).toBe(id);
    const keys = keysOf();
    const again = sealRecord(keys, openRecord(keys, id, row));
    expect([Buffer.from(again.body).toString(), Uint8Array.from(again.mac)]).toEqual([vector.record.body, row.mac]);
  });

  it("is what another implementation, by @noble alone, computes", () => {
    expect([recordMac(row), headMac(head.body)]).toEqual([row.mac, head.mac]);
    expect([0, 1].map((index) => materialIn(bodyOf(row), index))).toEqual([canary(1), canary(2)]);
    const parts = slots.flatMap((slot) => [slot.id, slot.kind, slot.parameters, slot.sealed]);
    expect(slotsDigest(parts)).toBe((JSON.parse(vector.head.body) as { slots: string }).slots);
    expect(storeKeyIn(rootSlotKey(bytes(vector.rootKey), saltIn(keySlot)), keySlot)).toEqual(storeKey);
    const passphrase = Buffer.from(vector.passphrase.normalize("NFKC"));
    const stretched = scrypt(passphrase, saltIn(passphraseSlot), {
      N: 131_072,
      r: 8,
      p: 1,
      dkLen: 32,
      maxmem: 2 ** 28,
    });
    expect(storeKeyIn(stretched, passphraseSlot)).toEqual(storeKey);
  });

  it("so does what is written now", () => {
    const written = sealRecord(keysOf(), key());
    expect(Uint8Array.from(written.mac)).toEqual(recordMac(written));
    expect([0, 1].map((index) => materialIn(bodyOf(written), index))).toEqual([canary(1), canary(2)]);
  });
});
