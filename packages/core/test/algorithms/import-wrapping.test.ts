import { constants, createDecipheriv, generateKeyPairSync, privateDecrypt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { wrapForImport } from "../../src/algorithms/primitives.ts";
import { codeOf } from "../codes.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
const unwrap = (ciphertext: Uint8Array, oaepHash: string): Buffer =>
  privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, ciphertext);

describe("wrapForImport", () => {
  it("wraps short material by RSA-OAEP with SHA-256", () => {
    const material = new Uint8Array(32).fill(7);
    expect(new Uint8Array(unwrap(wrapForImport("RSA-OAEP-SHA256", spki, material), "sha256"))).toEqual(material);
    expect(codeOf(() => wrapForImport("RSA-OAEP-SHA256", spki, new Uint8Array(191)))).toBe("TOO_LARGE");
    expect(wrapForImport("RSA-OAEP-SHA256", spki, new Uint8Array(190))).toHaveLength(256);
  });

  it.each([
    ["RSA-AES-KWP-SHA1", "sha1"],
    ["RSA-AES-KWP-SHA256", "sha256"],
  ] as const)("wraps material of any length by %s", (wrap, hash) => {
    for (const length of [1, 7, 8, 32, 1_217]) {
      const material = Uint8Array.from({ length }, (_, index) => index & 255);
      const wrapped = wrapForImport(wrap, spki, material);
      const wrapping = unwrap(wrapped.subarray(0, 256), hash);
      expect(wrapping).toHaveLength(32);
      const decipher = createDecipheriv("id-aes256-wrap-pad", wrapping, Buffer.from("A65959A6", "hex"));
      expect(new Uint8Array(Buffer.concat([decipher.update(wrapped.subarray(256)), decipher.final()]))).toEqual(
        material,
      );
    }
  });

  it("makes a new wrapping key for each", () => {
    const first = wrapForImport("RSA-AES-KWP-SHA256", spki, new Uint8Array(32));
    expect(wrapForImport("RSA-AES-KWP-SHA256", spki, new Uint8Array(32)).subarray(256)).not.toEqual(
      first.subarray(256),
    );
  });

  it("refuses wrapping keys that are no RSA keys or too short", () => {
    const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    const short = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
    for (const key of [p256, short]) {
      expect(
        codeOf(() =>
          wrapForImport(
            "RSA-OAEP-SHA256",
            new Uint8Array(key.export({ format: "der", type: "spki" })),
            new Uint8Array(32),
          ),
        ),
      ).toBe("INVALID_ARGUMENT");
    }
    expect(codeOf(() => wrapForImport("RSA-OAEP-SHA256", new Uint8Array(10), new Uint8Array(32)))).toBe(
      "INVALID_ARGUMENT",
    );
  });
});
