import { KmsError } from "@kms/core/driver";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encode } from "../../src/sealed/format.ts";
import { decodeRecord, recordBody } from "../../src/sealed/record-body.ts";
import { openRecord, sealRecord } from "../../src/sealed/records.ts";
import { codeOf } from "../fixture.ts";
import { anyKey, bodyOf, idOf, key, keysOf, rowOf, sorted, type OpenBody } from "./fixture.ts";

const keys = keysOf();
const id = idOf("a");
const row = sealRecord(keys, key());
const source = Buffer.from(row.body).toString();

/** Refused as tampered, or a record whose bytes are the ones that were read. Anything else is thrown on. */
function verdict(body: Uint8Array): "refused" | "same" | "other" {
  try {
    return Buffer.compare(encode(recordBody, decodeRecord(body), "record"), body) === 0 ? "same" : "other";
  } catch (error) {
    if (KmsError.isInstance(error) && error.code === "TAMPERED") return "refused";
    throw error;
  }
}

/** Every place in a JSON value, as the names on the way to it. */
const places = (value: unknown, way: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value === "object" && value !== null
    ? [way, ...Object.entries(value).flatMap(([name, member]) => places(member, [...way, name]))]
    : [way];

/** A copy with the value at a place replaced, or left out where it is undefined. */
const put = (value: unknown, [name, ...way]: readonly string[], found: unknown): unknown =>
  name === undefined
    ? found
    : Array.isArray(value)
      ? value.map((one: unknown, index) => (String(index) === name ? put(one, way, found) : one))
      : { ...(value as object), [name]: put(Reflect.get(value as object, name), way, found) };

describe("the body of a record under a right MAC", () => {
  it("that is altered anywhere is refused as tampered or is a record in canonical form", () => {
    const change = fc.record({
      at: fc.nat(source.length),
      drop: fc.nat(4),
      add: fc.string({ unit: "binary", maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let text = source;
        for (const { at, drop, add } of changes) text = text.slice(0, at) + add + text.slice(at + drop);
        expect(["refused", "same"]).toContain(verdict(Buffer.from(text)));
      }),
      { numRuns: 1500 },
    );
  });

  it("with any byte changed to any other is refused as tampered or is a record in canonical form", () => {
    fc.assert(
      fc.property(fc.nat(row.body.length - 1), fc.nat(255), (at, byte) => {
        const body = Uint8Array.from(row.body);
        body[at] = byte;
        expect(["refused", "same"]).toContain(verdict(body));
      }),
      { numRuns: 1500 },
    );
  });

  it("with any value in the place of any other is refused as tampered or is a record in canonical form", () => {
    const all = places(bodyOf(row));
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.jsonValue(), (place, value) => {
        const body = put(bodyOf(row), place, value);
        expect(["refused", "same"]).toContain(verdict(Buffer.from(sorted(body))));
      }),
      { numRuns: 2000 },
    );
  });

  it("that is arbitrary bytes or arbitrary JSON is refused", () => {
    const arbitrary = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(arbitrary, (body) => {
        expect(verdict(body)).toBe("refused");
      }),
    );
  });

  it("without any one of its members, or with one more anywhere, is refused", () => {
    const all = places(bodyOf(row));
    const objects = all.filter((place) => /^(|versions,\d|versions,\d,history,\d|)$/.test(place.join(",")));
    const less = all
      .filter((place) => place.length > 0 && !/\d$/.test(place.join()) && place[0] !== "labels")
      .map((place) => sorted(put(bodyOf(row), place, undefined)));
    const more = objects.map((place) => sorted(put(bodyOf(row), [...place, "more"], null)));
    const hidden = source.replace('{"algorithm"', '{"__proto__":null,"algorithm"');
    expect(less.length + more.length).toBeGreaterThan(40);
    expect([...less, ...more, hidden].filter((text) => verdict(Buffer.from(text)) !== "refused")).toEqual([]);
  });

  const spelt: readonly (readonly [string, (text: string) => string])[] = [
    ["white space", (text) => text.replace(":", ": ")],
    ["a byte order mark", (text) => `\ufeff${text}`],
    ["a duplicate member", (text) => text.replace('"createdAt"', '"algorithm":"HMAC-SHA256","createdAt"')],
    ["another order of members", (text) => text.replace(/("createdAt":\d+),("createdBy":"[^"]+")/, "$2,$1")],
    ["a float", (text) => text.replace('"revision":3', '"revision":3.0')],
    ["an exponent", (text) => text.replace('"revision":3', '"revision":3e0')],
    ["minus zero", (text) => text.replace('"createdAt":1893456000000', '"createdAt":-0')],
    ["an escape", (text) => text.replace("call-1", "call\\u002d1")],
    ["a lone surrogate", (text) => text.replace("call-1", "\\ud800")],
    ["base64 without padding", (text) => text.replace('=="', '"')],
    ["base64 with unused bits", (text) => text.replace(/[AQgw]=="/, 'B=="')],
    ["base64url", (text) => text.replace('"AQID"', '"A_-D"')],
    ["an empty public key", (text) => text.replace('"AQID"', '""')],
    ["a short wrap", (text) => text.replace(/"material":"[^"]+"/, `"material":"${"A".repeat(104)}"`)],
    ["another format", (text) => text.replace('"format":1', '"format":2')],
    ["versions out of order", (text) => text.replace('"version":"2"', '"version":"1"')],
    ["a current version that is not there", (text) => text.replace('"currentVersion":"2"', '"currentVersion":"3"')],
    ["a destroyed version with material", (text) => text.replace('"native":"enabled"', '"native":"destroyed"')],
    ["a state of other providers", (text) => text.replace('"native":"enabled"', '"native":"pending"')],
    ["a name of Object.prototype for a value", (text) => text.replace('"native":"enabled"', '"native":"toString"')],
    ["a key id with a line end", (text) => text.replace('/a"', '/a\\n"')],
  ];
  it.each(spelt)("with %s is refused", (_, change) => {
    expect(change(source)).not.toBe(source);
    expect(verdict(Buffer.from(change(source)))).toBe("refused");
  });

  it("that nests deeply, or holds long lists, is refused without a crash", () => {
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    const long = `{"versions":[${"{},".repeat(200_000)}{}]}`;
    const longs: OpenBody = { ...bodyOf(row), versions: Array.from({ length: 65_537 }, () => ({})) };
    const bodies = [deep, long, JSON.stringify(longs), "[".repeat(200_000)];
    expect(bodies.map((text) => verdict(Buffer.from(text)))).toEqual(bodies.map(() => "refused"));
  });

  it("is refused with the key's id by whoever opens the record", async () => {
    for (const body of ["", "null", "{}", "[]", source.replace('"format":1', '"format":2')]) {
      expect(await codeOf(() => openRecord(keys, id, rowOf(id, 3, body)))).toBe("TAMPERED");
    }
  });

  it("is canonical JSON for every record", () => {
    fc.assert(
      fc.property(anyKey, (record) => {
        const { body } = sealRecord(keys, record);
        expect(Buffer.from(body).toString()).toBe(sorted(JSON.parse(Buffer.from(body).toString())));
      }),
    );
  });
});
