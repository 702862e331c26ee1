import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KmsError } from "../../src/errors.ts";
import { readKeyReference, shown } from "../../src/keys/key-id.ts";
import { codeOf } from "../codes.ts";

describe("a key reference", () => {
  it.each([
    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
    "alias/orders_2026",
    "https://vault-name.vault.azure.net/keys/orders/0123456789abcdef0123456789abcdef",
    "https://hsm.managedhsm.azure.net:443/keys/orders",
    "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1",
    "projects/example.com:p/locations/global/keyRings/r/cryptoKeys/k",
    "6f1ed002ab5595859014ebf0951522d9/orders",
    "a".repeat(2048),
  ])("is what the known providers have: %s", (reference) => {
    expect(readKeyReference(reference)).toBe(reference);
  });

  it.each([
    ["empty", ""],
    ["dots that climb", "projects/../p"],
    ["a leading dot", "./x"],
    ["a leading slash", "/keys/x"],
    ["a leading dash", "-x"],
    ["NUL", "a\u0000"],
    ["a newline", "a\nb"],
    ["a newline at the end", "a\n"],
    ["a percent sign", "a%2e%2e"],
    ["a question mark", "a?x=1"],
    ["a fragment", "a#b"],
    ["a backslash", "a\\b"],
    ["a space", "a b"],
    ["a letter beyond ASCII", "é"],
    ["a lone surrogate", "a\ud800"],
    ["2,049 characters", "a".repeat(2049)],
    ["10 MB", "a".repeat(10_000_000)],
    ["a number", 1],
    ["null", null],
    ["undefined", undefined],
    ["an object that reads as text", { toString: () => "alias/x" }],
    ["a boxed text", Object("alias/x")],
  ])("is refused when it is %s", (_what, value) => {
    expect(codeOf(() => readKeyReference(value))).toBe("INVALID_ARGUMENT");
  });

  it("is answered as it stands or refused, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.webUrl()), (value) => {
        try {
          expect(readKeyReference(value)).toBe(value);
          expect(value).toMatch(/^[\w/:.@+=-]+$/);
          expect(value.includes("..")).toBe(false);
        } catch (error) {
          expect(KmsError.isInstance(error) && error.code === "INVALID_ARGUMENT").toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("is shown in errors at most 64 characters long, escaped", () => {
    expect(shown("a\u0000\n\u001b[31m")).toBe('"a\\u0000\\n\\u001b[31m"');
    expect(shown("x".repeat(1_000)).length).toBeLessThan(100);
    expect(shown({ secret: 1 })).toBe("object");
    expect(shown("\ud800")).toBe('"\\ud800"');
  });
});
