import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/index.ts";
import { KmsError } from "../../src/errors.ts";
import { confFromJson, confToJson, digestOf, readKeyConf, readLabels } from "../../src/keys/configuration.ts";
import { codeOf } from "../codes.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const day = (date: string): Date => new Date(`${date}T00:00:00.000Z`);

describe("a key configuration", () => {
  it("is read once, deeply frozen, and without what was left out", () => {
    const given = {
      ...aes,
      name: "orders-1",
      protection: "hsm",
      labels: { app: "orders" },
      exportable: false,
      activateAt: day("2026-07-01"),
      deactivateAt: day("2027-07-01"),
      rotateEveryDays: 90,
      destructionWindowDays: 30,
      options: { list: [{ deep: true }], none: undefined },
    };
    const read = readKeyConf(given);
    expect(read).toEqual({ ...given, options: { list: [{ deep: true }] } });
    const { list } = read.options as { readonly list: readonly object[] };
    expect([read, read.labels, read.options, list, list[0]].map((part) => Object.isFrozen(part))).toEqual(
      Array(5).fill(true),
    );
    given.activateAt.setTime(0);
    given.labels.app = "billing";
    expect(read).toMatchObject({ activateAt: day("2026-07-01"), labels: { app: "orders" } });
    expect(Object.keys(readKeyConf({ ...aes, name: undefined, options: undefined }))).toEqual(["algorithm"]);
  });

  it.each<readonly [string, object]>([
    ["an unknown member", { keySize: 256 }],
    ["an unknown algorithm", { algorithm: "AES-128-GCM" }],
    ["an inherited name as algorithm", { algorithm: "constructor" }],
    ["an empty name", { name: "" }],
    ["a name in capitals", { name: "Orders" }],
    ["a name that climbs", { name: "../x" }],
    ["a name with a newline at its end", { name: "a\n" }],
    ["a name of 64", { name: "a".repeat(64) }],
    ["unknown protection", { protection: "tpm" }],
    ["nine labels", { labels: Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`l${at}`, "x"])) }],
    ["a label's value in capitals", { labels: { app: "Orders" } }],
    ["a label that is a number", { labels: { app: 1 } }],
    ["a label named __proto__", { labels: JSON.parse('{"__proto__":"x"}') as object }],
    ["labels as a list", { labels: ["a"] }],
    ["exportable as text", { exportable: "false" }],
    ["a date as text", { activateAt: "2026-07-01" }],
    ["a date that is none", { activateAt: new Date(Number.NaN) }],
    ["a date before 1970", { activateAt: new Date(-1) }],
    ["a date after 9999", { deactivateAt: new Date(253_402_300_800_000) }],
    ["dates in the wrong order", { activateAt: day("2027-01-01"), deactivateAt: day("2026-01-01") }],
    ["dates that are the same", { activateAt: day("2027-01-01"), deactivateAt: day("2027-01-01") }],
    ["rotation every 0 days", { rotateEveryDays: 0 }],
    ["half a day's rotation", { rotateEveryDays: 1.5 }],
    ["a window of 36,501 days", { destructionWindowDays: 36_501 }],
    ["null as a member", { rotateEveryDays: null }],
    ["options as a list", { options: [1] }],
    ["options with a function", { options: { a: () => 1 } }],
    ["options with a date", { options: { a: new Date() } }],
    ["options with a lone surrogate", { options: { a: "\ud800" } }],
    ["options with a float", { options: { a: 1.5 } }],
  ])("is refused with %s", (_what, change) => {
    expect(codeOf(() => readKeyConf({ ...aes, ...change }))).toBe("INVALID_ARGUMENT");
  });

  it("is refused when it holds itself, without hanging", () => {
    const options: Record<string, unknown> = {};
    options["self"] = options;
    expect(codeOf(() => readKeyConf({ ...aes, options }))).toBe("INVALID_ARGUMENT");
  });

  it("is INVALID_ARGUMENT or frozen for any value, and comes through JSON unchanged", () => {
    const date = fc.date({ noInvalidDate: true, min: new Date(0), max: day("9999-12-31") });
    const label = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/);
    const conf = fc.record(
      {
        algorithm: fc.constantFrom("AES-256-GCM", "Ed25519", "HMAC-SHA256"),
        name: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,30}$/),
        protection: fc.constantFrom("software", "hsm", "external"),
        labels: fc.dictionary(label, label, { maxKeys: 8 }),
        exportable: fc.boolean(),
        activateAt: date,
        rotateEveryDays: fc.integer({ min: 1, max: 36_500 }),
        destructionWindowDays: fc.integer({ min: 1, max: 36_500 }),
        options: fc.dictionary(label, fc.jsonValue({ maxDepth: 2 }).map(onlySafe)),
      },
      { requiredKeys: ["algorithm"] },
    );
    fc.assert(
      fc.property(conf, (value) => {
        const read = readKeyConf(value);
        const json = JSON.parse(JSON.stringify(confToJson(read))) as { readonly [name: string]: Json };
        expect(confToJson(confFromJson(json))).toEqual(confToJson(read));
        expect(digestOf(confToJson(confFromJson(json)))).toBe(digestOf(confToJson(read)));
      }),
    );
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const read of [() => readKeyConf(value), () => readKeyConf({ ...aes, options: value, labels: value })]) {
          try {
            expect(Object.isFrozen(read())).toBe(true);
          } catch (error) {
            expect(KmsError.isInstance(error) && error.code === "INVALID_ARGUMENT").toBe(true);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("has a digest that depends on every member and on no order", () => {
    const base = confToJson(readKeyConf({ ...aes, labels: { a: "1", b: "2" }, exportable: false }));
    const same = confToJson(readKeyConf({ exportable: false, labels: { b: "2", a: "1" }, ...aes }));
    expect(digestOf(same)).toBe(digestOf(base));
    const others = [
      { ...aes },
      { ...aes, exportable: false },
      { ...aes, labels: { a: "1" } },
      { algorithm: "Ed25519" },
    ];
    const digests = others.map((other) => digestOf(confToJson(readKeyConf(other))));
    expect(new Set([...digests, digestOf(base)]).size).toBe(5);
  });
});

describe("labels", () => {
  it("may be 8, with names of 63 and empty values", () => {
    const eight = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`${"n".repeat(62)}${at}`, ""]));
    expect(readLabels(eight)).toEqual(eight);
  });
});

// Numbers that canonical JSON does not take, and the name that it refuses, are another test's business.
function onlySafe(value: unknown): unknown {
  const safe = (name: string, member: unknown): unknown => {
    if (name === "__proto__") return undefined;
    return typeof member === "number" ? Math.trunc(member % 1e6) : member;
  };
  return JSON.parse(JSON.stringify(value, safe));
}
