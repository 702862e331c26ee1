import { createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { recipes, selfManagedAlgorithms, type SelfManagedAlgorithm } from "../../src/algorithms.ts";
import { agreesWithReference } from "../../src/keys/reference.ts";
import type { GeneratedMaterial } from "../../src/primitives.ts";
import { flipped } from "../fixture.ts";
import { given, keyFor, materialFor, quickAlgorithms } from "../given-keys.ts";

const spki = (key: ReturnType<typeof given>): Uint8Array =>
  createPublicKey(key).export({ type: "spki", format: "der" });
const pairs = selfManagedAlgorithms.filter((algorithm) => !/^(AES|HMAC)/.test(algorithm));
const material = (algorithm: SelfManagedAlgorithm): GeneratedMaterial => ({
  material: materialFor(algorithm),
  publicKey: pairs.includes(algorithm) ? spki(keyFor(algorithm)) : undefined,
});

describe("the one use before a key is Active", () => {
  it.each(quickAlgorithms)("%s: the engine does what its reference does", (algorithm) => {
    expect(agreesWithReference(recipes[algorithm], material(algorithm))).toBe(true);
  });

  it.each([
    ["ECDSA-P256-SHA256", "P-256"],
    ["ECDSA-secp256k1-SHA256", "secp256k1"],
    ["ECDH-P384", "P-384"],
    ["Ed25519", "ed25519"],
  ] as const)("%s: the public half of another key is noticed", (algorithm, kind) => {
    const other = given(kind, 1); // another name, so another key
    expect(agreesWithReference(recipes[algorithm], { ...material(algorithm), publicKey: spki(other) })).toBe(false);
  });

  it.each(["RSA-OAEP-2048-SHA256", "RSA-PSS-2048-SHA256", "RSA-PKCS1-2048-SHA256"] as const)(
    "%s: a modulus with one bit changed is noticed, and a public half that cannot be read or is missing",
    (algorithm) => {
      const good = material(algorithm);
      const publicKey = good.publicKey ?? new Uint8Array();
      for (const changed of [flipped(publicKey, 100), new Uint8Array(), undefined]) {
        expect(agreesWithReference(recipes[algorithm], { ...good, publicKey: changed })).toBe(false);
      }
    },
  );
});
