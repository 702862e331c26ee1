import type { AuditEvent } from "@kms/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventBody } from "../src/event-body.ts";
import { deriveKeys } from "../src/primitives.ts";
import { codeOf, event, key, start } from "./fixture.ts";

const keys = deriveKeys(key);
const body = (details: Partial<AuditEvent>, form: "hmac" | "clear" = "hmac"): Record<string, unknown> =>
  JSON.parse(eventBody(event("c", details), keys, form)) as Record<string, unknown>;

describe("the body of an event", () => {
  it("has the members that are there, in canonical order, and no others", () => {
    const written = eventBody(Object.assign(event("c", { outcome: "done" }), { plaintext: "secret" }), keys, "hmac");
    expect(written).toBe(
      '{"at":"2030-01-01T00:00:00.000Z","correlation":"c","keyId":"store/orders","operation":"encrypt","outcome":"done","phase":"intent","provider":"own"}',
    );
  });

  it("holds associated data under names in clear, its values as HMACs unless told otherwise", () => {
    const associatedData = { tenant: "42", café: "x" };
    const hidden = body({ associatedData });
    expect(hidden["associatedData"]).toBeUndefined();
    expect(Object.keys(hidden["associatedDataHmac"] ?? {})).toEqual(["café", "tenant"]);
    expect(Object.values(hidden["associatedDataHmac"] ?? {}).every((value) => /^[\w-]{43}$/.test(String(value)))).toBe(
      true,
    );
    expect(body({ associatedData }, "clear")["associatedData"]).toEqual(associatedData);
  });

  it("takes names that objects have by themselves", () => {
    const associatedData = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}') as Record<string, string>;
    const written = eventBody(event("c", { associatedData }), keys, "clear");
    expect(written).toContain('"associatedData":{"__proto__":"a","constructor":"b","toString":"c"}');
  });

  it("sorts names by UTF-16 code units, as RFC 8785 does", () => {
    const written = eventBody(event("c", { associatedData: { "\u{FFFD}": "1", "\u{10000}": "2" } }), keys, "clear");
    expect(written.indexOf("\u{10000}")).toBeLessThan(written.indexOf("\u{FFFD}"));
  });

  it("is one line of well-formed JSON for any text", () => {
    const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 40 });
    fc.assert(
      fc.property(anyText, anyText, fc.dictionary(anyText, anyText), (actor, reason, associatedData) => {
        const written = eventBody(event("c", { actor, reason, associatedData }), keys, "clear");
        expect(written.includes("\n")).toBe(false);
        expect(written.isWellFormed()).toBe(true);
        const read = JSON.parse(written) as Record<string, unknown>;
        expect([read["actor"], read["reason"]]).toEqual([actor.toWellFormed(), reason.toWellFormed()]);
      }),
    );
  });

  it("ends a diagnostic after 4,096 characters, and is refused when no line can hold it", async () => {
    expect(String(body({ diagnostic: "x".repeat(10_000) })["diagnostic"])).toHaveLength(4_096);
    expect(await codeOf(() => body({ reason: "x".repeat(262_144) }))).toBe("TOO_LARGE");
    // The longest associated data that the contract takes: 8,000 bytes, each escaped to six.
    expect(await codeOf(() => body({ associatedData: { a: "\u0001".repeat(44_000) } }, "clear"))).toBe("TOO_LARGE");
    expect(body({ associatedData: { a: "\u0001".repeat(8_000) } }, "clear")["associatedData"]).toBeDefined();
  });

  it("is refused for members of another kind", async () => {
    for (const wrong of [
      { at: new Date(Number.NaN) },
      { at: start },
      { actor: 1 },
      { keyId: { toString: () => "x" } },
      { associatedData: { a: 1 } },
      { associatedData: "a" },
    ]) {
      expect(await codeOf(() => eventBody(Object.assign(event("c"), wrong), keys, "clear"))).toBe("INVALID_ARGUMENT");
    }
  });
});
