import { createPublicKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maximumPemCharacters, pemToSpki, spkiToPem } from "../../src/encoding/pem.ts";
import { codeOf } from "../codes.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const pem = String(publicKey.export({ format: "pem", type: "spki" }));
const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));

describe("public keys in PEM", () => {
  it("are written as node:crypto writes them, and read back", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
    for (const key of [publicKey, rsa]) {
      const der = new Uint8Array(key.export({ format: "der", type: "spki" }));
      expect(spkiToPem(der)).toBe(key.export({ format: "pem", type: "spki" }));
      expect(pemToSpki(spkiToPem(der))).toEqual(der);
    }
    expect(createPublicKey(spkiToPem(spki)).equals(publicKey)).toBe(true);
  });

  it("are read with the line ends of Windows, without a last line end, and in one long line", () => {
    expect(pemToSpki(pem.replaceAll("\n", "\r\n"))).toEqual(spki);
    expect(pemToSpki(pem.trimEnd())).toEqual(spki);
  });

  it("are refused for other labels, more than one block, surroundings, and base64 that is not canonical", () => {
    const certificate = pem.replaceAll("PUBLIC KEY", "CERTIFICATE");
    const wrong: unknown[] = [
      "",
      "x",
      pem + pem,
      `note\n${pem}`,
      ` ${pem}`,
      `${pem}\n`,
      `${pem}x`,
      certificate,
      String(privateKey.export({ format: "pem", type: "pkcs8" })),
      pem.replace("PUBLIC KEY-----\n", "PUBLIC KEY-----\nVersion: 1\n\n"),
      pem.replace("\n", "\n "),
      pem.replace("\n", "\n\n"),
      pem.replaceAll("=", ""),
      "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
      "-----BEGIN PUBLIC KEY-----\nAB==\n-----END PUBLIC KEY-----\n",
      undefined,
      spki,
      7,
    ];
    for (const given of wrong) expect(codeOf(() => pemToSpki(given as string))).toBe("INVALID_ARGUMENT");
  });

  it("are refused above the bound, and hostile text is refused in linear time", () => {
    const long = `-----BEGIN PUBLIC KEY-----\n${"A\n".repeat(maximumPemCharacters)}`;
    expect(codeOf(() => pemToSpki(long))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => pemToSpki(long.slice(0, maximumPemCharacters)))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => pemToSpki("-".repeat(10_000_000)))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => pemToSpki(spkiToPem(new Uint8Array(12_500).fill(7))))).toBe("INVALID_ARGUMENT");
  });

  it("read back whatever bytes were written", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), (bytes) => {
        expect(pemToSpki(spkiToPem(bytes))).toEqual(bytes);
      }),
    );
  });
});
