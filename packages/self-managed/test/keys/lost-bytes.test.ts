import { describe, expect, it, vi } from "vitest";
import { createSecretKey } from "node:crypto";
import { memoryStore, type StoredKey } from "../../src/index.ts";
import { codeOf, driverOver } from "../fixture.ts";
import { importInto, materialFor } from "../given-keys.ts";

// An engine that loads something else than what was stored: the last byte of every symmetric key is lost.
vi.mock("../../src/primitives.ts", async (original) => {
  const primitives = await original<Record<string, unknown>>();
  return {
    ...primitives,
    loadSecret: (_: unknown, material: Uint8Array) =>
      createSecretKey(Uint8Array.from(material, (byte, at) => (at === material.length - 1 ? 0 : byte))),
  };
});

describe("an engine that does not do what its reference does", () => {
  it.each(["AES-256-GCM", "AES-256-KWP", "HMAC-SHA256", "HMAC-SHA384", "HMAC-SHA512"] as const)(
    "%s: the import is refused, and nothing is stored",
    async (algorithm) => {
      const store = memoryStore();
      const driver = await driverOver(store);
      expect(await codeOf(() => importInto(driver, { algorithm }, materialFor(algorithm)))).toBe("INVALID_ARGUMENT");
      expect([...(store.list() as Iterable<StoredKey>)]).toEqual([]);
    },
  );
});
