import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { describe, expect, it } from "vitest";
import { signDigest, verifyDigest } from "../src/ecdsa.ts";
import { digest, generateEcKeyPair, randomBytes } from "../src/primitives.ts";

/** Each curve with the hash that the service pairs it with, and an implementation that shares no code with ours. */
const CURVES = [
  { curve: "prime256v1", hash: "sha256", independent: p256 },
  { curve: "secp384r1", hash: "sha384", independent: p384 },
  { curve: "secp521r1", hash: "sha512", independent: p521 },
  { curve: "secp256k1", hash: "sha256", independent: secp256k1 },
] as const;
type Curve = (typeof CURVES)[number];

interface Fixture {
  readonly scalar: Uint8Array;
  readonly point: Uint8Array;
  readonly hashed: Uint8Array;
  readonly signature: Uint8Array;
}

function fixture({ curve, hash, independent }: Curve): Fixture {
  const { scalar, publicKey } = generateEcKeyPair(curve);
  const hashed = digest(hash, randomBytes(40));
  const point = publicKey.subarray(-(2 * independent.Point.Fp.BYTES + 1));
  return { scalar, point, hashed, signature: signDigest(curve, scalar, hashed) };
}

const isGenuineElsewhere = ({ independent }: Curve, { signature, hashed, point }: Fixture): boolean =>
  independent.verify(signature, hashed, point, { prehash: false, lowS: false, format: "der" });

describe("signDigest", () => {
  it.each(CURVES)("makes signatures on $curve that an independent implementation accepts, 50 of 50", (row) => {
    const accepted = Array.from({ length: 50 }, () => fixture(row)).filter((made) => isGenuineElsewhere(row, made));
    expect(accepted).toHaveLength(50);
  });

  it.each(CURVES)("signs the same digest on $curve differently each time", (row) => {
    const { scalar, hashed } = fixture(row);
    const signatures = Array.from({ length: 20 }, () =>
      Buffer.from(signDigest(row.curve, scalar, hashed)).toString("hex"),
    );
    expect(new Set(signatures).size).toBe(20);
  });
});

describe("verifyDigest", () => {
  it.each(CURVES)("accepts what an independent implementation signs on $curve", ({ curve, hash, independent }) => {
    const { scalar } = generateEcKeyPair(curve);
    for (let index = 0; index < 20; index += 1) {
      const hashed = digest(hash, randomBytes(40));
      const signature = independent.sign(hashed, scalar, { prehash: false, lowS: index % 2 === 0, format: "der" });
      expect(verifyDigest({ curve, scalar }, hashed, signature)).toBe(true);
    }
  });

  it.each(CURVES)("refuses a signature on $curve with a bit of any byte changed", (row) => {
    const { scalar, hashed, signature } = fixture(row);
    const accepted = Array.from(signature, (_, at) =>
      verifyDigest(
        { curve: row.curve, scalar },
        hashed,
        signature.map((byte, index) => (index === at ? byte ^ 1 : byte)),
      ),
    );
    expect(accepted.filter(Boolean)).toEqual([]);
  });

  it.each(CURVES)("refuses another digest and another key on $curve", (row) => {
    const { scalar, hashed, signature } = fixture(row);
    expect(verifyDigest({ curve: row.curve, scalar }, digest(row.hash, hashed), signature)).toBe(false);
    expect(verifyDigest({ curve: row.curve, scalar: fixture(row).scalar }, hashed, signature)).toBe(false);
  });

  it("refuses r or s of zero or not below the group order, and DER that is not canonical", () => {
    const curve = "prime256v1";
    const { scalar, hashed, signature } = fixture(CURVES[0]);
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
