import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { p256 } from "@noble/curves/nist.js";
import { describe, expect, it } from "vitest";
import { derToP1363, p1363ToDer } from "../../src/encoding/der.ts";
import type { Algorithm } from "../../src/contract/words.ts";
import { codeOf } from "../codes.ts";

const curves = [
  ["ECDSA-P256-SHA256", "P-256", 32, "sha256"],
  ["ECDSA-P384-SHA384", "P-384", 48, "sha384"],
  ["ECDSA-P521-SHA512", "P-521", 66, "sha512"],
  ["ECDSA-secp256k1-SHA256", "secp256k1", 32, "sha256"],
] as const;
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const p256Algorithm: Algorithm = "ECDSA-P256-SHA256";

describe.each(curves)("signatures of %s", (algorithm, namedCurve, width, digest) => {
  it("turn from r and s into DER and back to the same bytes", () => {
    const signature = fc.oneof(
      fc.uint8Array({ minLength: 2 * width, maxLength: 2 * width }),
      fc
        .tuple(fc.nat({ max: width }), fc.uint8Array({ minLength: 2 * width, maxLength: 2 * width }))
        .map(([zeros, bytes]) => bytes.fill(0, 0, zeros)),
    );
    fc.assert(
      fc.property(signature, (bytes) => {
        expect(derToP1363(algorithm, p1363ToDer(algorithm, bytes))).toEqual(bytes);
      }),
    );
  });

  it("made in DER by node:crypto turn into r and s and back to the same DER", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve });
    for (let round = 0; round < 40; round += 1) {
      const der = new Uint8Array(sign(digest, Buffer.from([round]), privateKey));
      expect(p1363ToDer(algorithm, derToP1363(algorithm, der))).toEqual(der);
    }
  });

  it("have no second DER form: a changed byte gives other numbers or is refused", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve });
    const der = new Uint8Array(sign(digest, Buffer.from("message"), privateKey));
    const whole = derToP1363(algorithm, der);
    for (let at = 0; at < der.length; at += 1) {
      for (const flip of [1, 0x80, 0xff]) {
        const edited = Uint8Array.from(der);
        edited[at] = (der[at] ?? 0) ^ flip;
        let converted: Uint8Array | undefined;
        try {
          converted = derToP1363(algorithm, edited);
        } catch {
          continue;
        }
        expect(converted).not.toEqual(whole);
        expect(p1363ToDer(algorithm, converted)).toEqual(edited);
      }
    }
  });

  it("of another length are refused", () => {
    for (const length of [0, 2 * width - 1, 2 * width + 1]) {
      expect(codeOf(() => p1363ToDer(algorithm, new Uint8Array(length)))).toBe("INVALID_ARGUMENT");
    }
  });
});

describe("derToP1363", () => {
  it("agrees with @noble/curves", () => {
    const { secretKey } = p256.keygen();
    for (let round = 0; round < 20; round += 1) {
      const signature = p256.sign(Uint8Array.of(round), secretKey);
      const der = p256.Signature.fromBytes(signature).toBytes("der");
      expect(derToP1363(p256Algorithm, der)).toEqual(signature);
      expect(p1363ToDer(p256Algorithm, signature)).toEqual(new Uint8Array(der));
    }
  });

  it("refuses everything but strict DER", () => {
    const wrong = {
      nothing: "",
      "no sequence": "0206020101020101",
      "a byte behind the end": "300602010102010100",
      "an indefinite length": "30800201010201010000",
      "a long length where a short one does": "308106020101020101",
      "a zero that nothing asks for": "30070202000102 0101".replace(" ", ""),
      "a negative number": "3006020181020101",
      "an empty integer": "30050200020101",
      "one integer": "3003020101",
      "three integers": "3009020101020101020101",
      "a truncated integer": "3006020101020201",
      "another type": "3006030101020101",
      "a number wider than the curve": `3026${"0221"}${"01".repeat(33)}020101`,
      "a long length that is not there": "3081",
    };
    for (const [what, hex] of Object.entries(wrong)) {
      expect(
        codeOf(() => derToP1363(p256Algorithm, bytesOf(hex))),
        what,
      ).toBe("INVALID_ARGUMENT");
    }
  });

  it("never throws anything but INVALID_ARGUMENT", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, isSequence) => {
        const given = isSequence ? Uint8Array.from([0x30, bytes.length, ...bytes]) : bytes;
        try {
          expect(derToP1363(p256Algorithm, given)).toHaveLength(64);
        } catch {
          expect(codeOf(() => derToP1363(p256Algorithm, given))).toBe("INVALID_ARGUMENT");
        }
      }),
    );
  });

  it("refuses algorithms whose signatures have one form", () => {
    for (const algorithm of ["Ed25519", "RSA-PSS-2048-SHA256", "ECDH-P256", "toString"]) {
      expect(codeOf(() => derToP1363(algorithm as Algorithm, bytesOf("3006020101020101")))).toBe("INVALID_ARGUMENT");
      expect(codeOf(() => p1363ToDer(algorithm as Algorithm, new Uint8Array(64)))).toBe("INVALID_ARGUMENT");
    }
  });
});
