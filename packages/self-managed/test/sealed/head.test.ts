import { KmsError } from "@kms/core/driver";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { identityIn, openHead, sealHead, type Head } from "../../src/sealed/head.ts";
import { codeOf, flipped } from "../fixture.ts";
import { headMac, identity, keysOf, sorted } from "./fixture.ts";

const keys = keysOf();
const head: Head = { revision: 7, latestTime: 1_893_456_000_000, records: 12, slots: "5d".repeat(32) };
const row = sealHead(keys, head);
const source = Buffer.from(row.body).toString();
const opened = (text: string | Uint8Array): Head => {
  const body = Buffer.from(text);
  return openHead(keys, { body, mac: headMac(body) });
};

describe("the head of a store", () => {
  it("opens to what was sealed, whatever its members are", () => {
    const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const heads = fc.record({
      revision: count,
      latestTime: fc.nat({ max: 8_640_000_000_000_000 }),
      records: count,
      slots: fc.stringMatching(/^[0-9a-f]{64}$/),
    });
    fc.assert(
      fc.property(heads, (one) => {
        const sealed = sealHead(keys, one);
        expect(openHead(keys, sealed)).toEqual(one);
        expect(identityIn(sealed.body)).toEqual(identity);
        expect(Buffer.from(sealed.body).toString()).toBe(sorted(JSON.parse(Buffer.from(sealed.body).toString())));
      }),
    );
  });

  it("has places for what a later format holds, and takes nothing in them", async () => {
    for (const name of ["digest", "journal", "tombstones"]) {
      expect(source).toContain(`"${name}":null`);
      expect(await codeOf(() => opened(source.replace(`"${name}":null`, `"${name}":"x"`)))).toBe("TAMPERED");
    }
  });

  it.each<Partial<Head>>([{ revision: -1 }, { latestTime: 0.5 }, { records: Number.NaN }, { slots: "x" }])(
    "is not sealed out of its range: %o",
    async (change) => {
      expect(await codeOf(() => sealHead(keys, { ...head, ...change }))).toBe("INVALID_ARGUMENT");
    },
  );

  it("is refused with any byte changed, added or missing", async () => {
    const codes = new Set<string>();
    for (let at = 0; at < row.body.length; at += 1) {
      codes.add(await codeOf(() => openHead(keys, { ...row, body: flipped(row.body, at) })));
      codes.add(await codeOf(() => openHead(keys, { ...row, body: row.body.subarray(0, at) })));
    }
    for (let at = 0; at < row.mac.length; at += 1) {
      codes.add(await codeOf(() => openHead(keys, { ...row, mac: flipped(row.mac, at) })));
      codes.add(await codeOf(() => openHead(keys, { ...row, mac: row.mac.subarray(0, at) })));
    }
    codes.add(await codeOf(() => openHead(keys, { ...row, body: Buffer.concat([row.body, Buffer.from(" ")]) })));
    expect([...codes]).toEqual(["TAMPERED"]);
  });

  it.each([{ storeId: "e".repeat(32) }, { lineage: "e".repeat(32) }, { generation: 2 }])(
    "is refused by another store, lineage or generation, even under the same store key: %o",
    async (other) => {
      expect(await codeOf(() => openHead(keysOf(other), row))).toBe("TAMPERED");
    },
  );

  it("is refused where a right MAC covers anything but its form", async () => {
    const bodies = [
      "",
      "null",
      "{}",
      source.replace('"format":1', '"format":2'),
      source.replace('"records":12', '"records":-1'),
      source.replace('"records":12', '"records":12.0'),
      source.replace(":", " :"),
      source.replace(identity.storeId, "e".repeat(32)),
      source.replace('"generation":1', '"generation":2'),
      `${source.slice(0, -1)},"zebra":1}`,
      source + " ".repeat(4096),
    ];
    for (const body of bodies) expect(await codeOf(() => opened(body))).toBe("TAMPERED");
    expect(opened(source)).toEqual(head);
  });

  it("altered anywhere is, before it is verified, refused as tampered or names an identity of its grammar", () => {
    const change = fc.tuple(fc.nat(source.length), fc.nat(4), fc.string({ unit: "binary", maxLength: 4 }));
    const read = (text: string): string => {
      try {
        return sorted(identityIn(Buffer.from(text)));
      } catch (error) {
        return KmsError.isInstance(error) ? error.code : "another error";
      }
    };
    fc.assert(
      fc.property(change, ([at, drop, add]) => {
        expect(read(source.slice(0, at) + add + source.slice(at + drop))).toMatch(
          /^(TAMPERED|\{"generation":[1-9]\d*,"lineage":"[0-9a-f]{32}","storeId":"[0-9a-f]{32}"\})$/,
        );
      }),
      { numRuns: 500 },
    );
    expect(read(`${"[".repeat(2_000_000)}`)).toBe("TAMPERED");
  });
});
