import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKeyInput } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { recipes, type HashName } from "../src/algorithms.ts";
import { agree, decryptOaep, equalBytes, hmac } from "../src/primitives.ts";

// Project Wycheproof (C2SP/wycheproof dac1dd4, Apache-2.0), by the exposed algorithms. KMS_VECTORS names the folder.
const folder = process.env["KMS_VECTORS"];
const isThere = folder !== undefined;

interface Test {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly flags: readonly string[];
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
  readonly ct: string;
  readonly label: string;
  readonly shared: string;
  readonly public: JsonWebKeyInput["key"];
  readonly private: JsonWebKeyInput["key"];
}
interface Group {
  readonly tests: readonly Test[];
  readonly tagSize: number;
  readonly keySize: number;
  readonly privateKeyPkcs8: string;
}
const groups = (file: string): readonly Group[] => {
  const text = readFileSync(join(folder ?? "", "wycheproof", file), "utf8");
  return (JSON.parse(text) as { readonly testGroups: readonly Group[] }).testGroups;
};
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

describe("Wycheproof vectors (KMS_VECTORS)", () => {
  beforeEach(({ skip }) => skip(!isThere, "KMS_VECTORS names no folder of test vectors"));

  it.each([
    ["hmac_sha256_test.json", "sha256"],
    ["hmac_sha384_test.json", "sha384"],
  ] as const)("%s: full-length codes verify when valid and only then", (file, hash: HashName) => {
    let seen = 0;
    for (const { tests, tagSize } of groups(file)) {
      for (const { key, msg, tag, result, tcId } of tests) {
        const made = hmac(hash, createSecretKey(hex(key)), hex(msg));
        expect([tcId, equalBytes(made, hex(tag))]).toEqual([tcId, result === "valid" && tagSize === made.length * 8]);
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(100);
  });

  it.each([
    ["ecdh_secp256r1_webcrypto_test.json", "prime256v1"],
    ["ecdh_secp384r1_webcrypto_test.json", "secp384r1"],
    ["ecdh_secp521r1_webcrypto_test.json", "secp521r1"],
  ] as const)("%s: shared secrets agree, wrong points and curves are refused", (file, curve) => {
    let seen = 0;
    for (const test of groups(file).flatMap(({ tests }) => tests)) {
      const spki = spkiOf(test.public);
      const secret = secretOf(test.private);
      const shared = spki === undefined || secret === undefined ? undefined : agree(secret, curve, spki);
      if (test.result === "valid") expect([test.tcId, hexOf(shared)]).toEqual([test.tcId, test.shared]);
      else if (test.result === "invalid") expect([test.tcId, shared]).toEqual([test.tcId, undefined]);
      // acceptable: refusing is allowed, another secret is not.
      else if (shared !== undefined) expect([test.tcId, hexOf(shared)]).toEqual([test.tcId, test.shared]);
      seen += 1;
    }
    expect(seen).toBeGreaterThan(300);
  });

  it("rsa_oaep_2048_sha256_mgf1sha256_test.json: opens what is valid under an empty label, and nothing else", () => {
    const recipe = recipes["RSA-OAEP-2048-SHA256"];
    if (recipe.kind !== "oaep") return expect.unreachable();
    let seen = 0;
    for (const { tests, privateKeyPkcs8 } of groups("rsa_oaep_2048_sha256_mgf1sha256_test.json")) {
      const secret = createPrivateKey({ key: Buffer.from(privateKeyPkcs8, "hex"), format: "der", type: "pkcs8" });
      for (const { ct, label, msg, result, tcId } of tests) {
        const opened = decryptOaep(secret, recipe, hex(ct));
        expect([tcId, hexOf(opened)]).toEqual([tcId, result === "valid" && label === "" ? msg : undefined]);
        seen += 1;
      }
    }
    expect(seen).toBe(37);
  });
});

const hexOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString("hex");

/** What a peer would send. Node itself refuses to make a key of points off the curve. */
function spkiOf(key: JsonWebKeyInput["key"]): Uint8Array | undefined {
  try {
    return createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "der" });
  } catch {
    return undefined;
  }
}

function secretOf(key: JsonWebKeyInput["key"]): ReturnType<typeof createPrivateKey> | undefined {
  try {
    return createPrivateKey({ key, format: "jwk" });
  } catch {
    return undefined;
  }
}
