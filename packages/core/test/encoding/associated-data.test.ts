import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  associatedData,
  callerEntries,
  carries,
  requiredEntries,
  serialise,
} from "../../src/encoding/associated-data.ts";
import { codeOf } from "../codes.ts";

/** The format again, written from its description with other means: Buffers compared, not strings. */
const reference = (map: Readonly<Record<string, string>>): Uint8Array => {
  const entries = Object.entries(map).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  if (entries.length === 0) return new Uint8Array(0);
  const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
  const sorted = entries.toSorted(([a], [b]) => Buffer.compare(a, b));
  const fields = sorted.flatMap(([name, value]) => [u16(name.length), name, u16(value.length), value]);
  return new Uint8Array(Buffer.concat([u16(entries.length), ...fields]));
};
const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((text) => !/^(kms-|aws-crypto-|aws:|__proto__$)/.test(text));
const entries = fc.dictionary(name, fc.string({ unit: "grapheme", maxLength: 20 }), { maxKeys: 12 });
const header = "A".repeat(43);

describe("the canonical form of associated data", () => {
  it("is the serialised encryption context of the AWS Encryption SDK, with and without the reserved entry", () => {
    fc.assert(
      fc.property(entries, (map) => {
        expect(associatedData(map, "data").bytes).toEqual(reference(map));
        expect(associatedData(map, "data", header).bytes).toEqual(reference({ ...map, "kms-header": header }));
      }),
    );
  });

  it("has these bytes", () => {
    const { bytes } = associatedData({ tenant: "42", key: "ü" }, "data");
    expect(Buffer.from(bytes).toString("hex")).toBe(
      "00020003" + "6b6579" + "0002c3bc" + "0006" + "74656e616e74" + "00023432",
    );
  });

  it("does not depend on the order of the entries", () => {
    const [one, other] = [associatedData({ b: "2", a: "1" }, "data"), associatedData({ a: "1", b: "2" }, "data")];
    expect(one.bytes).toEqual(other.bytes);
    expect({ ...one.map }).toEqual({ ...other.map });
  });

  it("sorts by UTF-8 bytes where UTF-16 units would say otherwise", () => {
    const map = { "\u{10000}": "after", "\uFFFD": "before" };
    expect(Object.keys(map).sort()[0]).toBe("\u{10000}");
    const { bytes } = associatedData(map, "data");
    expect(bytes).toEqual(reference(map));
    expect(Buffer.from(bytes.subarray(4, 7)).toString()).toBe("\uFFFD");
  });

  it("normalises nothing", () => {
    expect(associatedData({ a: "\u00e9" }, "data").bytes).not.toEqual(associatedData({ a: "e\u0301" }, "data").bytes);
  });

  it("is empty for no entries and for none given", () => {
    for (const map of [undefined, {}]) {
      expect(associatedData(map, "data").bytes).toEqual(new Uint8Array(0));
      expect(associatedData(map, "data", header).bytes).toEqual(reference({ "kms-header": header }));
    }
  });

  it("is not shared: each answer keeps its bytes while others are made", () => {
    const first = associatedData({ a: "first" }, "data", header);
    const copy = Uint8Array.from(first.bytes);
    for (let round = 0; round < 2_000; round += 1) associatedData({ b: String(round) }, "data", header);
    expect(first.bytes).toEqual(copy);
  });
});

describe("the caller's entries", () => {
  it("are copied at once, frozen, and inherit nothing", () => {
    const given = { tenant: "42" };
    const copied = callerEntries(given, "data");
    given.tenant = "43";
    const { map } = serialise(copied, header);
    expect(copied.map).toEqual({ tenant: "42" });
    expect({ ...map }).toEqual({ tenant: "42", "kms-header": header });
    for (const made of [copied.map, map]) {
      expect(Object.isFrozen(made)).toBe(true);
      expect("toString" in made || "constructor" in made || "__proto__" in made).toBe(false);
    }
  });

  it("are read once each", () => {
    let reads = 0;
    const map = {
      get tenant(): string {
        return `${(reads += 1)}`;
      },
    };
    expect(callerEntries(map, "data").map).toEqual({ tenant: "1" });
    expect(reads).toBe(1);
  });

  it("are refused when the map is no plain object", () => {
    class Tenant {
      readonly tenant = "42";
    }
    for (const map of [
      null,
      "a=b",
      7,
      true,
      [],
      [["a", "b"]],
      new Map([["a", "b"]]),
      new Tenant(),
      new Date(0),
      Object.create({ a: "b" }),
      () => 1,
      Symbol("s"),
    ]) {
      expect(codeOf(() => callerEntries(map, "data"))).toBe("INVALID_ARGUMENT");
    }
  });

  it("are taken from objects without a prototype and from what was copied before", () => {
    const bare: Record<string, string> = Object.create(null) as Record<string, string>;
    bare["tenant"] = "42";
    const copied = callerEntries(bare, "data");
    expect(copied.map).toEqual({ tenant: "42" });
    expect(callerEntries(copied.map, "data")).toEqual(copied);
  });

  it("are refused for values that are no text, empty names, symbols, lone surrogates and __proto__", () => {
    const maps: unknown[] = [
      { a: 1 },
      { a: null },
      { a: undefined },
      { a: {} },
      { a: ["b"] },
      { a: new String("b") },
      { "": "b" },
      { a: "b", [Symbol("s")]: "c" },
      { a: "\uD800" },
      { "\uDC00": "b" },
      { a: "x\uDC00\uD800" },
      JSON.parse('{"__proto__":"b"}'),
    ];
    for (const map of maps) {
      expect(
        codeOf(() => callerEntries(map, "data")),
        JSON.stringify(map),
      ).toBe("INVALID_ARGUMENT");
    }
  });

  it("are refused with a typed error when a getter or a proxy throws", () => {
    const thrower = {
      get a(): string {
        throw new TypeError("canary");
      },
    };
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new TypeError("canary");
        },
      },
    );
    for (const map of [thrower, proxy]) expect(codeOf(() => callerEntries(map, "data"))).toBe("INVALID_ARGUMENT");
  });

  it("are refused under kms- for every use, under the prefixes of AWS for data alone", () => {
    for (const use of ["data", "data-key", "native"] as const) {
      for (const reserved of ["kms-header", "kms-", "kms-x"]) {
        expect(codeOf(() => callerEntries({ [reserved]: "x" }, use))).toBe("INVALID_ARGUMENT");
      }
      for (const reserved of ["aws-crypto-public-key", "aws:rds:db-id"]) {
        if (use === "data") expect(codeOf(() => callerEntries({ [reserved]: "x" }, use))).toBe("INVALID_ARGUMENT");
        else expect(callerEntries({ [reserved]: "x" }, use).map).toEqual({ [reserved]: "x" });
      }
    }
    expect(callerEntries({ kms: "x", aws: "y", "KMS-x": "z" }, "data").map).toEqual({
      kms: "x",
      aws: "y",
      "KMS-x": "z",
    });
  });

  it("take 8,000 bytes of canonical form and refuse 8,001", () => {
    expect(callerEntries({ a: "x".repeat(7_993) }, "data").sizeBytes).toBe(8_000);
    expect(codeOf(() => callerEntries({ a: "x".repeat(7_994) }, "data"))).toBe("TOO_LARGE");
    expect(callerEntries({ ü: "ü".repeat(3_996) }, "data").sizeBytes).toBe(8_000);
    expect(codeOf(() => callerEntries({ ü: "ü".repeat(3_997) }, "data"))).toBe("TOO_LARGE");
    expect(codeOf(() => callerEntries({ a: "x".repeat(5_000), b: "x".repeat(5_000) }, "data"))).toBe("TOO_LARGE");
  });

  it("are refused as too large without being read through", () => {
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`n${index}`, "v"]));
    const long = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => ["x".repeat(20_000) + String(index), "v"]),
    );
    expect(codeOf(() => callerEntries(many, "data"))).toBe("TOO_LARGE");
    expect(codeOf(() => callerEntries(long, "data"))).toBe("TOO_LARGE");
    expect(codeOf(() => callerEntries({ a: "x".repeat(10_000_000) }, "data"))).toBe("TOO_LARGE");
  });
});

describe("the entries that a restriction demands", () => {
  it("are carried when each is there with its value, or with any where null stands", () => {
    const required = requiredEntries({ tenant: "42", purpose: null });
    expect(carries({ tenant: "42", purpose: "", more: "x" }, required)).toBe(true);
    for (const map of [{}, { tenant: "42" }, { tenant: "43", purpose: "x" }, { purpose: "x" }]) {
      expect(carries(map, required)).toBe(false);
    }
    expect(carries({}, requiredEntries({}))).toBe(true);
  });

  it("are not carried by what a map inherits", () => {
    expect(carries({}, requiredEntries({ toString: null }))).toBe(false);
    expect(carries({}, requiredEntries({ constructor: null }))).toBe(false);
  });

  it("are checked like the caller's entries, and frozen", () => {
    for (const map of [null, { a: 1 }, { a: undefined }, { "kms-header": null }, { "": null }]) {
      expect(codeOf(() => requiredEntries(map))).toBe("INVALID_ARGUMENT");
    }
    expect(Object.isFrozen(requiredEntries({ a: null }))).toBe(true);
  });
});
