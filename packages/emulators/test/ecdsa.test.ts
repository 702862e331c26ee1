import { p256 } from "@noble/curves/nist.js";
import { describe, expect, it } from "vitest";
import { signDigest, verifyDigest } from "../src/ecdsa.ts";
import { digest, generateEcKeyPair, randomBytes } from "../src/primitives.ts";

const curve = "prime256v1";

function fixture(): { scalar: Uint8Array; point: Uint8Array; hashed: Uint8Array; signature: Uint8Array } {
  const { scalar, publicKey } = generateEcKeyPair(curve);
  const hashed = digest("sha256", randomBytes(40));
  return { scalar, point: publicKey.subarray(-65), hashed, signature: signDigest(curve, scalar, hashed) };
}

const isGenuineElsewhere = ({ signature, hashed, point }: ReturnType<typeof fixture>): boolean =>
  p256.verify(signature, hashed, point, { prehash: false, lowS: false, format: "der" });

describe("signDigest", () => {
  it("makes signatures that an independent implementation accepts, 100 of 100 under fresh keys", () => {
    const accepted = Array.from({ length: 100 }, fixture).filter(isGenuineElsewhere);
    expect(accepted).toHaveLength(100);
  });

  it("signs the same digest differently each time", () => {
    const { scalar, hashed } = fixture();
    const signatures = Array.from({ length: 20 }, () => Buffer.from(signDigest(curve, scalar, hashed)).toString("hex"));
    expect(new Set(signatures).size).toBe(20);
  });
});

describe("verifyDigest", () => {
  it("accepts what an independent implementation signs", () => {
    const { scalar, hashed } = fixture();
    for (const lowS of [true, false]) {
      const signature = p256.sign(hashed, scalar, { prehash: false, lowS, format: "der" });
      expect(verifyDigest({ curve, scalar }, hashed, signature)).toBe(true);
    }
  });

  it("refuses a signature with any one bit of any byte changed", () => {
    const { scalar, hashed, signature } = fixture();
    for (let index = 0; index < signature.length; index += 1) {
      const changed = Uint8Array.from(signature, (byte, at) => (at === index ? byte ^ 1 : byte));
      expect(verifyDigest({ curve, scalar }, hashed, changed)).toBe(false);
    }
  });

  it("refuses another digest and another key", () => {
    const { scalar, hashed, signature } = fixture();
    expect(verifyDigest({ curve, scalar }, digest("sha256", hashed), signature)).toBe(false);
    expect(verifyDigest({ curve, scalar: fixture().scalar }, hashed, signature)).toBe(false);
  });

  it("refuses r or s of zero or not below the group order, and DER that is not canonical", () => {
    const { scalar, hashed, signature } = fixture();
    const order = Buffer.from(`00${p256.Point.Fn.ORDER.toString(16)}`, "hex");
    const genuine = p256.Signature.fromBytes(signature, "der");
    const beyond = Buffer.from((genuine.s + p256.Point.Fn.ORDER).toString(16).padStart(66, "0"), "hex");
    const first = signature.subarray(4, 4 + (signature[3] ?? 0));
    const sequence = (...parts: readonly Uint8Array[]): Uint8Array => {
      const body = Buffer.concat(parts.map((part) => Buffer.concat([Buffer.from([2, part.length]), part])));
      return Buffer.concat([Buffer.from([0x30, body.length]), body]);
    };
    const forged = [
      sequence(first, beyond[0] === 0 && (beyond[1] ?? 0) < 0x80 ? beyond.subarray(1) : beyond),
      sequence(Buffer.from([0]), Buffer.from([1])),
      sequence(Buffer.from([1]), Buffer.from([0])),
      sequence(order, Buffer.from([1])),
      sequence(Buffer.from([1]), order),
      Buffer.concat([signature, Buffer.from([0])]),
      Buffer.concat([Buffer.from([0x30, 0x81, signature.length - 2]), signature.subarray(2)]),
      signature.subarray(0, -1),
      new Uint8Array(),
      randomBytes(70),
    ];
    expect(forged.map((bytes) => verifyDigest({ curve, scalar }, hashed, bytes))).toEqual(forged.map(() => false));
  });
});
