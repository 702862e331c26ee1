import { describe, expect, test } from "vitest";
import type { Operation } from "@kms/core/driver";
import { awsKms, permissions } from "../src/index.ts";
import { bytes, call, context, rejection, stand, target, version1 } from "./setup.ts";

const { capabilities, algorithms } = awsKms();

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
  generateDataKey: "generateDataKey",
  wrapDataKey: "wrapDataKey",
  unwrapDataKey: "unwrapDataKey",
  rotateKey: "rotate",
  disableKey: "setEnabled",
  enableKey: "setEnabled",
  scheduleDestruction: "scheduleDestruction",
  cancelDestruction: "cancelDestruction",
};

describe("the manifest", () => {
  test("has one row for each algorithm, all in hardware, generated, bound by the handle", () => {
    expect(capabilities.rows.map((row) => row.algorithm)).toEqual(algorithms);
    for (const row of capabilities.rows) {
      expect(row).toMatchObject({
        protection: "hsm",
        origin: "generated",
        algorithmBinding: "handle",
        importForms: [],
      });
    }
  });

  test("claims nothing that the driver has no member for", () => {
    const driver = awsKms();
    const claimed = new Set(capabilities.rows.flatMap((row) => Object.keys(row.operations)));
    const lacking = Object.entries(members)
      .filter(([operation]) => claimed.has(operation))
      .filter(([, member]) => typeof Reflect.get(driver, member) !== "function");
    expect(lacking).toEqual([]);
  });

  test("does not claim what AWS has no such thing of, or what this adapter does not have yet", () => {
    const absent: readonly Operation[] = [
      "importKey",
      "exportKey",
      "revokeKey",
      "wrapKey",
      "unwrapKey",
      "deriveSharedSecret",
    ];
    const claimed = capabilities.rows.flatMap(({ operations }) => Object.keys(operations));
    expect(absent.filter((operation) => claimed.includes(operation))).toEqual([]);
    const rotating = capabilities.rows.filter(({ operations }) => operations.rotateKey !== undefined);
    expect(rotating.map((row) => row.algorithm)).toEqual(["AES-256-GCM"]);
    expect(capabilities.rows.every(({ operations }) => operations.replaceKey === "native")).toBe(true);
    expect(capabilities.states).toEqual({
      "pre-activation": "unsupported",
      active: "native",
      suspended: "native",
      deactivated: "unsupported",
      compromised: "unsupported",
    });
  });

  test("verifies signatures here and asks AWS for everything else", () => {
    const ways = capabilities.rows.flatMap(({ operations }) => Object.entries(operations));
    expect(ways.filter(([, how]) => how !== "native")).toEqual([["verify", "local"]]);
  });

  test("names its limits: 1 to 4096 bytes of plaintext, or of a message for a MAC; signatures take digests", () => {
    const limits = Object.fromEntries(capabilities.rows.map((row) => [row.algorithm, row.limits]));
    expect(limits).toMatchObject({
      "AES-256-GCM": { minimumPlaintextBytes: 1, maximumPlaintextBytes: 4096 },
      "ECDSA-P256-SHA256": {},
      "HMAC-SHA256": { minimumMessageBytes: 1, maximumMessageBytes: 4096 },
    });
  });

  test("is frozen", () => {
    expect(Object.isFrozen(capabilities) && Object.isFrozen(capabilities.rows)).toBe(true);
  });
});

test("answersName says what the answers say", async () => {
  const { driver } = await stand();
  const record = await driver.createKey({ algorithm: "AES-256-GCM" }, call());
  const symmetric = target(record, "AES-256-GCM");
  const signing = version1(await driver.createKey({ algorithm: "ECDSA-P256-SHA256" }, call()), "ECDSA-P256-SHA256");
  const encrypted = await driver.encrypt(symmetric, bytes("x"), context(), call());
  const opened = await driver.decrypt(symmetric, encrypted.bytes, context(), call());
  const signed = await driver.sign(signing, { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) }, call());
  const named = ({ id, version }: { id: string | undefined; version: string | undefined }) =>
    [id === undefined ? [] : ["id"], version === undefined ? [] : ["version"]].flat();
  const [aes, ecdsa] = capabilities.rows;
  expect(aes?.answersName).toEqual({ encrypt: named(encrypted), decrypt: named(opened) });
  expect(ecdsa?.answersName).toEqual({ sign: named(signed) });
});

describe("the table of permissions", () => {
  test("has a row for each claimed operation but those that ask nothing", () => {
    const claimed = new Set(capabilities.rows.flatMap((row) => Object.keys(row.operations)));
    claimed.delete("replaceKey"); // generateKey, and nothing of its own
    claimed.delete("getPublicKey"); // the handle pins it
    expect(new Set(Object.keys(permissions))).toEqual(claimed);
  });

  test("lets every use run with the one action of its row, and names it when it is denied", async () => {
    const { driver, emulator } = await stand();
    const symmetric = target(await driver.createKey({ algorithm: "AES-256-GCM" }, call()), "AES-256-GCM");
    const signing = version1(await driver.createKey({ algorithm: "ECDSA-P256-SHA256" }, call()), "ECDSA-P256-SHA256");
    const hmac = version1(await driver.createKey({ algorithm: "HMAC-SHA256" }, call()), "HMAC-SHA256");
    const ciphertext = (await driver.encrypt(symmetric, bytes("x"), context(), call())).bytes;
    const wrapped = (await driver.wrapDataKey(symmetric, bytes("x"), context(), call())).encrypted;
    const mac = (await driver.generateMac(hmac, bytes("x"), call())).bytes;
    const digest = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;
    const uses: readonly (readonly [Operation, () => unknown])[] = [
      ["encrypt", () => driver.encrypt(symmetric, bytes("x"), context(), call())],
      ["decrypt", () => driver.decrypt(symmetric, ciphertext, context(), call())],
      ["generateDataKey", () => driver.generateDataKey(symmetric, 32, context(), call())],
      ["wrapDataKey", () => driver.wrapDataKey(symmetric, bytes("x"), context(), call())],
      ["unwrapDataKey", () => driver.unwrapDataKey(symmetric, wrapped, context(), call())],
      ["sign", () => driver.sign(signing, digest, call())],
      ["generateMac", () => driver.generateMac(hmac, bytes("x"), call())],
      ["verifyMac", () => driver.verifyMac(hmac, bytes("x"), mac, call())],
      ["generateRandom", () => driver.generateRandom(8, call())],
    ];
    for (const [operation, use] of uses) {
      const [action = "", ...others] = permissions[operation]?.always ?? [];
      expect(others).toEqual([]);
      emulator.permissions.reset();
      emulator.permissions.allowOnly([action]);
      await use();
      emulator.permissions.deny(action);
      expect(driver.classify(await rejection(use()), operation)).toMatchObject({
        code: "PERMISSION_DENIED",
        permission: action,
      });
    }
  });

  test("lists what managing a key asks, exactly", async () => {
    const { driver, emulator } = await stand();
    const record = await driver.createKey({ algorithm: "AES-256-GCM" }, call());
    const key = target(record, "AES-256-GCM");
    const works: readonly (readonly [Operation, () => Promise<unknown>])[] = [
      ["describeKey", () => driver.describeKey(record.id, call())],
      ["rotateKey", () => driver.rotate(key, call())],
      ["disableKey", () => driver.setEnabled(key, undefined, false, call())],
      ["enableKey", () => driver.setEnabled(key, undefined, true, call())],
      ["scheduleDestruction", () => driver.scheduleDestruction(key, undefined, 7, call())],
      ["cancelDestruction", () => driver.cancelDestruction(key, undefined, call())],
    ];
    for (const [operation, work] of works) {
      const { always = [], when = {} } = permissions[operation] ?? {};
      emulator.requests.clear();
      await work();
      const asked = new Set(emulator.requests.list().map((request) => `kms:${request.operation}`));
      expect(asked).toEqual(new Set([...always, ...Object.keys(when)]));
    }
  });
});
