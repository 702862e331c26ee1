import { createPublicKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  gcmCipher,
  gcmDecipher,
  hkdf,
  readRsaKey,
  rsaDecrypt,
  updateWith,
  verificationKey,
  verifier,
  verifies,
} from "../src/primitives.ts";
import { readVectorFile, titled, vectorsMissing } from "./vectors.ts";

// Project Wycheproof (C2SP/wycheproof dac1dd4, Apache-2.0), through the primitives that messages are made and opened with.
type Case = Readonly<Record<"key" | "iv" | "aad" | "msg" | "ct" | "tag" | "sig" | "ikm" | "salt" | "info", string>> & {
  readonly tcId: number;
  readonly result: string;
  readonly label: string;
  readonly size: number;
  readonly okm: string;
};
interface Group {
  readonly ivSize: number;
  readonly tagSize: number;
  readonly keySize: number;
  readonly privateKeyPkcs8: string;
  readonly publicKey: { readonly uncompressed: string };
  readonly tests: readonly Case[];
}
const groups = (name: string): readonly Group[] =>
  (JSON.parse(String(readVectorFile("wycheproof", `${name}_test.json`))) as { testGroups: Group[] }).testGroups;
const hex = (text: string): Buffer => Buffer.from(text, "hex");

/** What a ciphertext opens to; `undefined` where its tag does not hold. */
function opened(keyBytes: number, { key, iv, aad, ct, tag }: Case): string | undefined {
  const decipher = gcmDecipher(keyBytes, hex(key), hex(iv), hex(aad));
  const plaintext = decipher.update(hex(ct));
  try {
    decipher.setAuthTag(hex(tag));
    decipher.final();
    return plaintext.toString("hex");
  } catch {
    return undefined;
  }
}

function sealed(keyBytes: number, { key, iv, aad, msg }: Case): string {
  const cipher = gcmCipher(keyBytes, hex(key), hex(iv), hex(aad));
  const ciphertext = cipher.update(hex(msg));
  cipher.final();
  return Buffer.concat([ciphertext, cipher.getAuthTag()]).toString("hex");
}

describe.skipIf(vectorsMissing !== undefined)(titled("Wycheproof vectors"), () => {
  test("of AES-GCM with the format's lengths seal and open as they say", () => {
    const cases = groups("aes_gcm").filter(({ ivSize, tagSize }) => ivSize === 96 && tagSize === 128);
    let seen = 0;
    for (const { keySize, tests } of cases) {
      for (const one of tests) {
        const isValid = one.result === "valid";
        expect([one.tcId, opened(keySize / 8, one)]).toEqual([one.tcId, isValid ? one.msg : undefined]);
        if (isValid) expect(sealed(keySize / 8, one)).toBe(one.ct + one.tag);
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(150);
  });

  test("of HKDF without salt give what they say", () => {
    const cases = groups("hkdf_sha256").flatMap(({ tests }) => tests);
    const saltless = cases.filter(({ salt, result }) => salt === "" && result === "valid");
    for (const { ikm, info, size, okm } of saltless) {
      expect(hkdf("sha256", hex(ikm), hex(info), size)).toEqual(hex(okm));
    }
    expect(saltless.length).toBeGreaterThan(10);
  });

  test("of ECDSA over P-256 verify when valid, and only then, under a compressed point", () => {
    let seen = 0;
    for (const { publicKey, tests } of groups("ecdsa_secp256r1_sha256")) {
      const point = hex(publicKey.uncompressed);
      const compressed = Buffer.concat([Buffer.of(2 + ((point.at(-1) ?? 0) % 2)), point.subarray(1, 33)]);
      const key = verificationKey("P-256", compressed);
      expect(key?.export({ type: "spki", format: "der" })).toEqual(spki(point));
      for (const { msg, sig, result, tcId } of tests) {
        const verify = verifier("P-256");
        updateWith(verify, hex(msg));
        expect([tcId, key !== undefined && verifies(verify, key, hex(sig))]).toEqual([tcId, result === "valid"]);
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(400);
  });

  test("of RSA-OAEP open when valid and without a label, and only then", () => {
    let seen = 0;
    for (const { privateKeyPkcs8, tests } of groups("rsa_oaep_2048_sha256_mgf1sha256")) {
      const key = readRsaKey("private", hex(privateKeyPkcs8));
      for (const { msg, ct, label, result, tcId } of tests) {
        const plaintext = key === undefined ? undefined : rsaDecrypt(key, "oaep-sha256", hex(ct));
        const expected = result === "invalid" || label !== "" ? undefined : msg;
        expect([tcId, plaintext && Buffer.from(plaintext).toString("hex")]).toEqual([tcId, expected]);
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(30);
  });
});

const spki = (point: Buffer): Buffer => {
  const [x = "", y = ""] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
  const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
  return key.export({ type: "spki", format: "der" });
};
