import { describe, expect, test } from "vitest";
import type { Operation } from "@kms/core/driver";
import { algorithms as table, levelFor } from "../src/algorithms.ts";
import { gcpKms } from "../src/index.ts";
import { bytes, call, context, freshName, keyOf, rejection, stand, target, told } from "./setup.ts";

const keyRing = "projects/some-project/locations/global/keyRings/r";
const { capabilities, algorithms } = gcpKms({ keyRing });

/** Where a claim of a row lives in the driver; the rest is the guard's own work. */
const members: Readonly<Partial<Record<Operation, string>>> = {
  listKeys: "listKeys",
  getPublicKey: "getPublicKey",
  generateRandom: "generateRandom",
  encrypt: "encrypt",
  decrypt: "decrypt",
  sign: "sign",
  generateMac: "generateMac",
  verifyMac: "verifyMac",
  generateDataKey: "wrapDataKey",
  wrapDataKey: "wrapDataKey",
  unwrapDataKey: "unwrapDataKey",
  rotateKey: "rotate",
  disableKey: "setEnabled",
  enableKey: "setEnabled",
  scheduleDestruction: "scheduleDestruction",
  cancelDestruction: "cancelDestruction",
};

describe("the manifest", () => {
  test("has one row for each algorithm and protection level that is established, bound by Google", () => {
    const rows = capabilities.rows.map(({ algorithm, protection }) => `${algorithm} ${protection}`);
    const expected = algorithms.flatMap((algorithm) =>
      table[algorithm].levels.map((level) => `${algorithm} ${level === "HSM" ? "hsm" : "software"}`),
    );
    expect(rows).toEqual(expected);
    expect(rows).toContain("ECDSA-secp256k1-SHA256 hsm");
    expect(rows).not.toContain("ECDSA-secp256k1-SHA256 software");
    expect(rows).not.toContain("Ed25519 hsm");
    for (const row of capabilities.rows) {
      expect(row).toMatchObject({ origin: "generated", algorithmBinding: "provider", importForms: [] });
    }
  });

  test("claims nothing that the driver has no member for", () => {
    const driver = gcpKms({ keyRing });
    const claimed = new Set(capabilities.rows.flatMap((row) => Object.keys(row.operations)));
    const lacking = Object.entries(members)
      .filter(([operation]) => claimed.has(operation))
      .filter(([, member]) => typeof Reflect.get(driver, member) !== "function");
    expect(lacking).toEqual([]);
  });

  test("does not claim what Google has no such thing of, or what this adapter does not have yet", () => {
    const absent: readonly Operation[] = ["importKey", "exportKey", "revokeKey", "wrapKey", "unwrapKey", "encapsulate"];
    const claimed = capabilities.rows.flatMap(({ operations }) => Object.keys(operations));
    expect([...absent, "deriveSharedSecret", "decapsulate"].filter((operation) => claimed.includes(operation))).toEqual(
      [],
    );
    expect(capabilities.rows.every(({ operations }) => operations.rotateKey === "native")).toBe(true);
    expect(capabilities.rows.some(({ operations }) => operations.verify === "native")).toBe(false);
    expect(capabilities.states).toEqual({
      "pre-activation": "unsupported",
      active: "native",
      suspended: "native",
      deactivated: "unsupported",
      compromised: "unsupported",
    });
  });
});

describe("limits", () => {
  test("are Google's: 64 KiB each under software keys, 8 KiB together under HSM keys", async () => {
    const here = await stand();
    const { driver } = here;
    const encrypt = async (protection: "software" | "hsm", plaintext: number, aad: number): Promise<unknown> => {
      const record = await driver.createKey({ algorithm: "AES-256-GCM", name: freshName(), protection }, call());
      const key = target(record, "AES-256-GCM");
      return driver.encrypt(key, new Uint8Array(plaintext), context("x".repeat(aad)), call());
    };
    for (const [protection, plaintext, aad] of [
      ["software", 65_536, 65_536],
      ["hsm", 8_000, 192],
    ] as const) {
      expect(await encrypt(protection, plaintext, aad)).toMatchObject({ version: "1" });
      for (const more of [
        [1, 0],
        [0, 1],
      ] as const) {
        const cause = await rejection(encrypt(protection, plaintext + more[0], aad + more[1]));
        expect(told(here, cause, "encrypt").code).toBe("INVALID_ARGUMENT");
      }
    }
  });
});

test("the default protection is Google's: software where there is a choice", async () => {
  expect(levelFor("AES-256-GCM", undefined)).toBe("SOFTWARE");
  expect(levelFor("ECDSA-secp256k1-SHA256", undefined)).toBe("HSM");
  expect(levelFor("Ed25519", "hsm")).toBeUndefined();
});

test.each(algorithms)("a key for %s is made and is what was asked for", async (algorithm) => {
  const here = await stand();
  const key = await keyOf(here, algorithm);
  expect(key.native).toBe(table[algorithm].name);
  expect(await here.driver.describeKey(key.id, call())).toMatchObject({
    algorithms: [algorithm],
    origin: "generated",
    exportable: false,
    currentVersion: "1",
    versionsComplete: true,
    destructionWindowDays: 30,
  });
});

test.each(["encrypt", "decrypt", "sign", "generateMac", "verifyMac"] as const)(
  "a key of another purpose is INVALID_ARGUMENT to %s, before any call",
  async (operation) => {
    const here = await stand();
    const wrong = await keyOf(here, operation === "sign" ? "HMAC-SHA256" : "ECDSA-P256-SHA256");
    here.emulator.requests.clear();
    const digest = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;
    const attempts = {
      encrypt: () => here.driver.encrypt(wrong, bytes("x"), context(), call()),
      decrypt: () => here.driver.decrypt(wrong, bytes("x"), context(), call()),
      sign: () => here.driver.sign(wrong, digest, call()),
      generateMac: () => here.driver.generateMac(wrong, bytes("x"), call()),
      verifyMac: () => here.driver.verifyMac(wrong, bytes("x"), bytes("x"), call()),
    };
    expect(await rejection(attempts[operation]())).toMatchObject({ code: "INVALID_ARGUMENT", keyId: wrong.id });
    expect(here.emulator.requests.count()).toBe(0);
  },
);
