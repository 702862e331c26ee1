import { describe, expect, test } from "vitest";
import type { Algorithm } from "@kms/core";
import type { Operation } from "@kms/core/driver";
import { awsKms } from "../src/index.ts";
import { bytes, call, context, stand, target, version1 } from "./setup.ts";

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
  deriveSharedSecret: "deriveSharedSecret",
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
    const absent: readonly Operation[] = ["importKey", "exportKey", "revokeKey", "wrapKey", "unwrapKey", "encapsulate"];
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

  test("works here where the public key is enough, and asks AWS for everything else", () => {
    const local = new Map<string, string[]>();
    for (const { algorithm, operations } of capabilities.rows) {
      for (const [operation, how] of Object.entries(operations)) {
        if (how !== "native") local.set(operation, [...(local.get(operation) ?? []), algorithm]);
      }
    }
    const oaep = algorithms.filter((name) => name.startsWith("RSA-OAEP"));
    const signing = algorithms.filter((name) => /^(?:RSA-PSS|RSA-PKCS1|ECDSA|Ed25519)/.test(name));
    expect(Object.fromEntries(local)).toEqual({
      encrypt: oaep,
      generateDataKey: oaep,
      wrapDataKey: oaep,
      verify: signing,
    });
  });

  test("names its limits: 1 to 4096 bytes of plaintext, or of a message that AWS hashes; digests have none", () => {
    const limits = Object.fromEntries(capabilities.rows.map((row) => [row.algorithm, row.limits]));
    expect(limits).toMatchObject({
      "AES-256-GCM": { minimumPlaintextBytes: 1, maximumPlaintextBytes: 4096 },
      "RSA-OAEP-2048-SHA256": { minimumPlaintextBytes: 1, maximumPlaintextBytes: 190 },
      "RSA-OAEP-4096-SHA256": { minimumPlaintextBytes: 1, maximumPlaintextBytes: 446 },
      "HMAC-SHA256": { minimumMessageBytes: 1, maximumMessageBytes: 4096 },
      Ed25519: { minimumMessageBytes: 1, maximumMessageBytes: 4096 },
    });
    expect(limits["ECDSA-P256-SHA256"]).toEqual({});
  });

  test("is given digests to sign, and for Ed25519 the message", () => {
    const inputs = capabilities.rows
      .filter(({ operations }) => operations.sign)
      .map((row) => [row.algorithm, row.signInput]);
    expect(inputs).toContainEqual(["Ed25519", "message"]);
    expect(inputs.filter(([, input]) => input === "digest")).toHaveLength(inputs.length - 1);
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
  const rowOf = (name: Algorithm) => capabilities.rows.find(({ algorithm }) => algorithm === name);
  const [aes, ecdsa] = [rowOf("AES-256-GCM"), rowOf("ECDSA-P256-SHA256")];
  expect(aes?.answersName).toEqual({ encrypt: named(encrypted), decrypt: named(opened) });
  expect(ecdsa?.answersName).toEqual({ sign: named(signed) });
});
