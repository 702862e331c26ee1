import type { Operation } from "@kms/core/driver";
import { describe, expect, test } from "vitest";
import { managedHsmAlgorithms, vaultAlgorithms } from "../src/algorithms.ts";
import { azureCapabilities } from "../src/capabilities.ts";
import type { AzureTier } from "../src/index.ts";
import { bytes, call, context, freshName, keyOf, refusal, stand } from "./setup.ts";

const tiers: readonly AzureTier[] = ["standard", "premium", "managed-hsm"];

describe.each(tiers)("the manifest of %s", (tier) => {
  const manifest = azureCapabilities(tier);
  const operations = manifest.rows.flatMap((row) => Object.keys(row.operations));

  test("has one row for each algorithm, protection and origin", () => {
    const expected = (tier === "managed-hsm" ? managedHsmAlgorithms : vaultAlgorithms).flatMap((algorithm) =>
      (tier === "premium" ? ["software", "hsm"] : [tier === "standard" ? "software" : "hsm"]).flatMap((protection) =>
        ["generated", "unknown"].map((origin) => `${algorithm} ${protection} ${origin}`),
      ),
    );
    expect(manifest.rows.map((row) => `${row.algorithm} ${row.protection} ${row.origin}`)).toEqual(expected);
    expect(manifest.rows.every((row) => row.algorithmBinding === "handle" && row.version === "caller")).toBe(true);
  });

  test("claims Pre-activation and Deactivated, which dates bring about, and not Compromised", () => {
    expect(manifest.states).toEqual({
      "pre-activation": "native",
      active: "native",
      suspended: "native",
      deactivated: "native",
      compromised: "unsupported",
    });
    expect(manifest.unit).toEqual({ disable: "version", revoke: "version", destroy: "key" });
  });

  test("does not claim what Azure has no such thing of, what is not established, or what is not there yet", () => {
    const absent: readonly Operation[] = [
      ...(["importKey", "exportKey", "generateMac", "verifyMac"] as const),
      ...(["deriveSharedSecret", "encapsulate", "decapsulate"] as const),
    ];
    expect(absent.filter((operation) => operations.includes(operation))).toEqual([]);
    for (const operation of ["generateRandom", "wrapKey"] as const) {
      expect(operations.includes(operation)).toBe(tier === "managed-hsm");
    }
  });

  test("makes every algorithm in every protection, and it is what was asked for", async () => {
    const here = await stand({ flavour: tier });
    for (const { algorithm, protection, origin, native } of manifest.rows) {
      if (origin !== "generated" || algorithm.includes("4096") || algorithm.includes("3072")) continue;
      const narrow = here.driver.checkConf({ algorithm, protection, name: freshName() });
      const made = await here.driver.createKey(narrow, call());
      expect(made).toMatchObject({ native, protection, exportable: false, versionsComplete: true });
      expect(made.algorithms).toEqual(expect.arrayContaining([algorithm]));
      expect(await here.driver.describeKey(made.id, call())).toEqual(made);
    }
  });
});

test("the default protection is the tier's first: software in a vault, hsm in a Managed HSM", async () => {
  for (const tier of tiers) {
    const here = await stand({ flavour: tier });
    const { protection } = await here.driver.createKey({ algorithm: "ECDSA-P256-SHA256", name: "k" }, call());
    expect(protection).toBe(tier === "managed-hsm" ? "hsm" : "software");
  }
});

test("AES-256-GCM takes 4,096 bytes of plaintext and 8,000 of associated data with their header", async () => {
  const here = await stand({ flavour: "managed-hsm" });
  const key = await keyOf(here, "AES-256-GCM");
  const aad = context("x".repeat(8_057));
  const { bytes: ciphertext } = await here.driver.encrypt(key, new Uint8Array(4_096), aad, call());
  const { bytes: plaintext } = await here.driver.decrypt(key, ciphertext, aad, call());
  expect(new Uint8Array(plaintext)).toEqual(new Uint8Array(4_096));
});

test.each(["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"] as const)(
  "a key of another purpose is INVALID_ARGUMENT to %s, before any call",
  async (operation) => {
    const here = await stand({ flavour: "managed-hsm" });
    const signs = operation === "sign" || operation === "verify";
    const wrong = await keyOf(here, signs ? "AES-256-GCM" : "ECDSA-P256-SHA256");
    here.emulator.requests.clear();
    const digest = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;
    const attempts = {
      encrypt: () => here.driver.encrypt(wrong, bytes("x"), context(), call()),
      decrypt: () => here.driver.decrypt(wrong, bytes("x"), context(), call()),
      sign: () => here.driver.sign(wrong, digest, call()),
      verify: () => here.driver.verify(wrong, digest, bytes("x"), call()),
      wrapKey: () => here.driver.wrapKey(wrong, bytes("x"), call()),
      unwrapKey: () => here.driver.unwrapKey(wrong, bytes("x"), call()),
    };
    expect(await refusal((async () => attempts[operation]())())).toMatchObject({
      code: "INVALID_ARGUMENT",
      keyId: wrong.id,
    });
    expect(here.emulator.requests.count()).toBe(0);
  },
);
