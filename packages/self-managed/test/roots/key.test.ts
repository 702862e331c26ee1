import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { keyRoot, newRootKey } from "../../src/roots/key.ts";
import { codeOf } from "../fixture.ts";
import { canary, rootSlotKey } from "../sealed/fixture.ts";

const saltOf = (parameters: unknown): Uint8Array =>
  Uint8Array.from(Buffer.from((parameters as { salt: string }).salt, "base64"));

describe("a key as root", () => {
  it("derives another key for each slot, the same each time, by HKDF-SHA-512", async () => {
    const root = keyRoot(canary(3));
    const [one, other] = [root.newParameters(), root.newParameters()];
    const slotKey = await root.slotKey(one);
    expect(Uint8Array.from(slotKey)).toEqual(rootSlotKey(canary(3), saltOf(one)));
    expect(await root.slotKey(one)).toEqual(slotKey);
    expect(await root.slotKey(other)).not.toEqual(slotKey);
    expect(await keyRoot(canary(4)).slotKey(one)).not.toEqual(slotKey);
    expect(saltOf(one)).toHaveLength(32);
    expect(root.kind).toBe("key");
  });

  it("keeps a copy of its bytes", async () => {
    const bytes = canary(3);
    const root = keyRoot(bytes);
    const parameters = root.newParameters();
    const before = await root.slotKey(parameters);
    bytes.fill(0);
    expect(await root.slotKey(parameters)).toEqual(before);
  });

  it("has 32 to 1,024 bytes", async () => {
    for (const length of [32, 33, 1024]) expect(keyRoot(new Uint8Array(length)).kind).toBe("key");
    const wrong: unknown[] = ["x".repeat(32), Array.from({ length: 32 }, () => 1), new Uint16Array(32), undefined];
    for (const bytes of [...wrong, new Uint8Array(0), new Uint8Array(31), new Uint8Array(1025)]) {
      expect(await codeOf(() => keyRoot(bytes as Uint8Array))).toBe("INVALID_ARGUMENT");
    }
  });

  it("refuses malformed parameters", async () => {
    const root = keyRoot(canary(3));
    const salt = Buffer.alloc(32).toString("base64");
    const wrong = [
      null,
      {},
      [],
      { salt: 1 },
      { salt: "" },
      { salt: salt.slice(0, -1) },
      { salt, more: 1 },
      { salt: `${salt.slice(0, -2)}B=` },
    ];
    for (const json of wrong) expect(await codeOf(async () => root.slotKey(json))).toBe("TAMPERED");
    expect(await root.slotKey({ salt })).toHaveLength(32);
  });

  it("shows nowhere", () => {
    const root = keyRoot(canary(3));
    const printed = inspect(root, { showHidden: true, depth: 9, getters: true }) + JSON.stringify(root);
    for (const encoding of ["hex", "base64"] as const) {
      expect(printed).not.toContain(Buffer.from(canary(3)).toString(encoding).slice(0, 12));
    }
    expect(JSON.parse(JSON.stringify(root))).toEqual({ kind: "key" });
  });

  it("is made of 32 random bytes in memory of their own", () => {
    const [one, other] = [newRootKey(), newRootKey()];
    expect([one.length, one.buffer.byteLength]).toEqual([32, 32]);
    expect(one).not.toEqual(other);
  });
});
