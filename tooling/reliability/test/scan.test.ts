import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { scannerFor } from "../src/canary/scan.ts";

// Begins with what base64url spells otherwise than base64, at whatever place it stands.
const secret = new Uint8Array([...Buffer.from("fbffbffeffefbffbfffbefff", "hex"), ...randomBytes(20)]);
const scan = scannerFor({ key: secret });
const around = (bytes: Uint8Array | string, before: number): Buffer =>
  Buffer.concat([randomBytes(before), Buffer.from(bytes), randomBytes(5)]);

describe("the scan for secrets", () => {
  it.each([0, 1, 2, 3, 7])("finds eight bytes of one after %i others", (before) => {
    expect(scan(around(secret.subarray(9, 17), before))).toEqual([{ secret: "key", spelling: "raw" }]);
  });

  it("finds the last eight bytes of what it looks through", () => {
    expect(scan(secret.subarray(20, 28))).toEqual([{ secret: "key", spelling: "raw" }]);
  });

  it.each(["", "a", "4e"])("finds one in hexadecimal behind the digits %j", (digits) => {
    const hex = Buffer.from(secret).toString("hex");
    expect(scan(Buffer.from(`"${digits}${hex}"`))).toContainEqual({ secret: "key", spelling: "hex" });
    expect(scan(Buffer.from(`"${digits}${hex.toUpperCase()}"`))).toContainEqual({ secret: "key", spelling: "hex" });
  });

  it.each([0, 1, 2, 3, 4])("finds one in base64 of more, %i bytes in, behind any characters", (before) => {
    const whole = around(secret.subarray(0, 12), before);
    for (const encoding of ["base64", "base64url"] as const) {
      for (const front of ["", "x", "xy", "xyz"]) {
        const found = scan(Buffer.from(`{"a":"${front}${whole.toString(encoding)}"}`));
        expect(found).toContainEqual({ secret: "key", spelling: "base64" });
      }
    }
  });

  it("finds nothing in what holds none", () => {
    expect(scan(randomBytes(20_000))).toEqual([]);
    expect(scan(Buffer.from(randomBytes(20_000).toString("base64")))).toEqual([]);
  });

  it("takes no secret that is too short to be told from chance", () => {
    expect(() => scannerFor({ key: secret.subarray(0, 7) })).toThrow("too short");
  });
});
