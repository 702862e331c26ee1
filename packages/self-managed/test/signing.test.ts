import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { describe, expect, it } from "vitest";
import { selfManagedAlgorithms, recipes } from "../src/algorithms.ts";
import { call, codeOf, driverOver, failure, makeKey, type Driver } from "./fixture.ts";
import { readRsa, verifyPkcs1, verifyPss } from "./rsa-reference.ts";

const message = new TextEncoder().encode("a message to sign");
const curves = {
  "ECDSA-P256-SHA256": { curve: p256, pointBytes: 65 },
  "ECDSA-P384-SHA384": { curve: p384, pointBytes: 97 },
  "ECDSA-P521-SHA512": { curve: p521, pointBytes: 133 },
  "ECDSA-secp256k1-SHA256": { curve: secp256k1, pointBytes: 65 },
} as const;

async function signed(
  driver: Driver,
  algorithm: Parameters<typeof makeKey>[1],
): Promise<{ spki: Uint8Array; signatures: Uint8Array[] }> {
  const key = await makeKey(driver, algorithm);
  const { bytes: spki } = await driver.getPublicKey(key, call());
  const signatures: Uint8Array[] = [];
  for (let count = 0; count < 20; count += 1) {
    const answer = await driver.sign(key, { kind: "message", bytes: message }, call());
    expect([answer.id, answer.version]).toEqual([key.id, "1"]);
    signatures.push(answer.bytes);
  }
  return { spki, signatures };
}

describe("signing, verified by implementations that share no library with it", () => {
  it.each(Object.entries(curves))(
    "%s signatures are DER over the whole message",
    async (algorithm, { curve, pointBytes }) => {
      const { spki, signatures } = await signed(await driverOver(), algorithm as keyof typeof curves);
      for (const signature of signatures) {
        expect(curve.verify(signature, message, spki.slice(-pointBytes), { format: "der", lowS: false })).toBe(true);
        expect(curve.verify(signature, message.slice(1), spki.slice(-pointBytes), { format: "der", lowS: false })).toBe(
          false,
        );
      }
    },
  );

  it("secp256k1 signatures have their s in the lower half (crypto-rules 12)", async () => {
    const { signatures } = await signed(await driverOver(), "ECDSA-secp256k1-SHA256");
    expect(signatures.map((signature) => secp256k1.Signature.fromBytes(signature, "der").hasHighS())).not.toContain(
      true,
    );
  });

  it("Ed25519 signatures are 64 bytes", async () => {
    const { spki, signatures } = await signed(await driverOver(), "Ed25519");
    for (const signature of signatures) {
      expect(signature).toHaveLength(64);
      expect(ed25519.verify(signature, message, spki.slice(-32), { zip215: false })).toBe(true);
    }
  });

  const rsa = selfManagedAlgorithms.filter((algorithm) => ["pss", "pkcs1"].includes(recipes[algorithm].kind));
  it.each(rsa)("%s signatures are as long as the modulus, under e = 65537", { timeout: 60_000 }, async (algorithm) => {
    const recipe = recipes[algorithm];
    if (recipe.kind !== "pss" && recipe.kind !== "pkcs1") return expect.unreachable();
    const { spki, signatures } = await signed(await driverOver(), algorithm);
    const hash = recipe.hash === "sha512" ? "sha512" : "sha256";
    const check = recipe.kind === "pss" ? verifyPss : verifyPkcs1;
    expect(readRsa(spki)).toMatchObject({ e: 65537n, sizeBytes: recipe.modulusBits / 8 });
    for (const signature of signatures) {
      expect(signature).toHaveLength(recipe.modulusBits / 8);
      expect(check(spki, hash, message, signature)).toBe(true);
      expect(check(spki, hash, message.slice(1), signature)).toBe(false);
    }
  });

  it("takes messages, never digests", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "ECDSA-P256-SHA256");
    const digest = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;
    expect(await codeOf(() => driver.sign(key, digest, call()))).toBe("INVALID_ARGUMENT");
  });

  it("is refused under a key of another purpose, and under a handle that names another algorithm", async () => {
    const driver = await driverOver();
    const input = { kind: "message", bytes: message } as const;
    const aes = await makeKey(driver, "AES-256-GCM");
    expect(await codeOf(() => driver.sign(aes, input, call()))).toBe("UNSUPPORTED");
    const key = await makeKey(driver, "ECDSA-P256-SHA256");
    const error = await failure(() => driver.sign({ ...key, algorithm: "ECDSA-P384-SHA384" }, input, call()));
    expect([error.code, error.keyId]).toEqual(["INVALID_ARGUMENT", key.id]);
  });
});
