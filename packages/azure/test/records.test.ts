import { createPublicKey, generateKeyPairSync } from "node:crypto";
import type { KeyVaultKey } from "@azure/keyvault-keys";
import { expect, test } from "vitest";
import { shapeIn } from "../src/records.ts";
import { emptyMemory } from "../src/records/memory.ts";

test("what is remembered of keys is bounded: of more than 1,000 the one set first goes, unless it was set again", () => {
  const { underWay } = emptyMemory();
  const entry = { record: {} as never, to: "deleted", purgeAtMs: 0 } as const;
  for (let count = 0; count < 1_000; count += 1) underWay.set(`key-${count}`, entry);
  underWay.set("key-0", entry);
  underWay.set("key-1000", entry);
  expect(["key-0", "key-1", "key-2", "key-1000"].map((key) => underWay.get(key) !== undefined)).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

test("coordinates with zero bytes before them, or without those that belong there, are the same public key", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = publicKey.export({ format: "jwk" });
  const [x, y] = [Buffer.from(jwk.x ?? "", "base64url"), Buffer.from(jwk.y ?? "", "base64url")];
  const zero = Uint8Array.of(0);
  const firstDigit = x.findIndex(Boolean);
  for (const written of [x, Buffer.concat([zero, x]), x.subarray(firstDigit)]) {
    const key = { name: "k", key: { kty: "EC", crv: "P-256", x: written, y: Buffer.concat([zero, y]) } };
    const { publicKey: spki } = shapeIn({ ...key, keyType: "EC", properties: {} } as unknown as KeyVaultKey);
    const read = createPublicKey({ key: Buffer.from(spki ?? []), format: "der", type: "spki" });
    expect(read.equals(publicKey)).toBe(true);
  }
});
