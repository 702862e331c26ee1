import type { Json } from "@kms/core/driver";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, parseJson } from "../../src/sealed/canonical-json.ts";
import { codeOf } from "../fixture.ts";
import { sorted } from "./fixture.ts";

describe("canonical JSON", () => {
  it("sorts members by UTF-16 code units at every depth, and spells numbers and text one way", () => {
    const value = { "\u{10000}": 1, "\ufffd": [{ b: -0, a: null }], a: "é\n\u0001", B: true };
    expect(canonicalJson(value)).toBe('{"B":true,"a":"é\\n\\u0001","\u{10000}":1,"\ufffd":[{"a":null,"b":0}]}');
  });

  it("refuses lone surrogates, and numbers that are no safe integers", async () => {
    for (const value of ["\ud800", { "\udc00": 1 }, [0.5], Number.NaN, Infinity, 2 ** 53]) {
      expect(await codeOf(() => canonicalJson(value))).toBe("INVALID_ARGUMENT");
    }
  });

  it("comes back as the same value", () => {
    const { json } = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { depthSize: "small" },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger().map((number) => number + 0),
        fc.string({ unit: "grapheme" }),
        fc.array(tie("json")),
        fc.dictionary(fc.string(), tie("json"), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        expect(parseJson(Buffer.from(canonicalJson(value)))).toEqual(value);
        expect(canonicalJson(JSON.parse(sorted(value)) as Json)).toBe(canonicalJson(value));
      }),
    );
  });

  it("is undefined out of bytes that are no UTF-8 or no JSON", () => {
    for (const bytes of [Uint8Array.of(0x22, 0xff, 0x22), Buffer.from(""), Buffer.from("\ufeff1"), Buffer.from("{")]) {
      expect(parseJson(bytes)).toBeUndefined();
    }
  });
});
