import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, maximumJsonDepth, parseCanonicalJson } from "../../src/encoding/canonical-json.ts";
import type { Json } from "../../src/contract/words.ts";
import { codeOf } from "../codes.ts";

const nested = (depth: number): Json => {
  let value: Json = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
};
const { tree } = fc.letrec<{ tree: Json; leaf: Json }>((tie) => ({
  leaf: fc.oneof(fc.string({ unit: "grapheme" }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)),
  tree: fc.oneof(
    { maxDepth: 4 },
    tie("leaf"),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ unit: "grapheme" }).filter((name) => name !== "__proto__"),
      tie("tree"),
      { maxKeys: 4 },
    ),
  ),
}));
const wrong = (value: unknown): Json => value as Json;

describe("canonicalJson", () => {
  it("sorts members by UTF-16 units, as the example of RFC 8785 section 3.2.3 has it", () => {
    const members = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    expect(Object.values(JSON.parse(canonicalJson(members)) as object)).toEqual([4, 2, 6, 7, 1, 5, 3]);
    expect(canonicalJson({ b: [true, null], a: '\u0001"\\\n' })).toBe('{"a":"\\u0001\\"\\\\\\n","b":[true,null]}');
  });

  it("writes minus zero as 0", () => expect(canonicalJson(-0)).toBe("0"));

  it("refuses what has no canonical form", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const values: unknown[] = [
      undefined,
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      1n,
      "\ud800",
      Symbol("s"),
      () => 1,
      new Date(0),
      new Map(),
      /x/,
      [undefined],
      Array(1),
      { a: undefined },
      { "\udc00": 1 },
      { [Symbol("s")]: 1 },
      JSON.parse('{"__proto__":1}'),
      cycle,
      Object.defineProperty({}, "hidden", { value: 1 }),
      new (class Point {
        x = 1;
      })(),
      Uint8Array.of(1),
    ];
    for (const value of values) expect(codeOf(() => canonicalJson(wrong(value)))).toBe("INVALID_ARGUMENT");
  });

  it("does not call toJSON", () =>
    expect(canonicalJson(wrong({ a: { b: 1, toJSON: 2 } }))).toBe('{"a":{"b":1,"toJSON":2}}'));

  it("writes nesting up to the bound and refuses one level more", () => {
    expect(canonicalJson(nested(maximumJsonDepth))).toHaveLength(2 * maximumJsonDepth + 1);
    expect(codeOf(() => canonicalJson(nested(maximumJsonDepth + 1)))).toBe("INVALID_ARGUMENT");
  });
});

describe("parseCanonicalJson", () => {
  it("reads what canonicalJson writes, to the same value", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const written = canonicalJson(value);
        const read = parseCanonicalJson(written);
        expect(read).toEqual(JSON.parse(written));
        expect(read !== undefined && canonicalJson(read)).toBe(written);
      }),
    );
  });

  it("refuses every other spelling", () => {
    const texts = [
      "",
      " 1",
      "1 ",
      "1.0",
      "1e2",
      "-0",
      "01",
      "0.5",
      "9007199254740992",
      '{"b":1,"a":2}',
      '{"a":1,"a":1}',
      '{"a":1,"a":2}',
      '{ "a":1}',
      '"\\u0041"',
      '"\\/"',
      '"\\ud800"',
      '"\ud800"',
      '{"__proto__":{}}',
      '{"a":{"__proto__":1}}',
      "[1,]",
      "{",
      "nul",
      "undefined",
      "NaN",
      "\uFEFF1",
      "[1]\n",
    ];
    for (const source of texts) expect(parseCanonicalJson(source), source).toBeUndefined();
  });

  it("never accepts text that it would write otherwise", () => {
    fc.assert(
      fc.property(tree, fc.nat(), fc.string({ unit: "grapheme-ascii", maxLength: 2 }), (value, at, inserted) => {
        const written = canonicalJson(value);
        const place = at % (written.length + 1);
        const edited = written.slice(0, place) + inserted + written.slice(place + (at % 2));
        const read = parseCanonicalJson(edited);
        if (read !== undefined) expect(canonicalJson(read)).toBe(edited);
      }),
    );
  });

  it("answers objects that inherit nothing", () => {
    const read = parseCanonicalJson('{"a":{"b":1}}') as { readonly a: object };
    expect(Object.getPrototypeOf(read)).toBeNull();
    expect(Object.getPrototypeOf(read.a)).toBeNull();
    expect("toString" in read).toBe(false);
  });

  it("answers nothing for nesting of a hundred thousand levels, without running out of stack", () => {
    expect(parseCanonicalJson("[".repeat(100_000) + "]".repeat(100_000))).toBeUndefined();
    expect(parseCanonicalJson('{"a":'.repeat(100_000) + "1" + "}".repeat(100_000))).toBeUndefined();
  });
});
