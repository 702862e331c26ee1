import { describe, expect, it } from "vitest";
import { equalSecrets, hkdf, hmacSha256, macKey, publicKeyOf, verifyLocally } from "../../src/algorithms/primitives.ts";
import { jwkToSpki } from "../../src/algorithms/public-key.ts";
import { algorithmRow } from "../../src/algorithms/registry.ts";
import type { Algorithm } from "../../src/contract/words.ts";
import { p1363ToDer } from "../../src/encoding/der.ts";
import { KmsError } from "../../src/errors.ts";
import { codeOf } from "../codes.ts";
import { hex, readVectors, titled, vectorsMissing } from "../vectors.ts";

// Policy: `valid` must be accepted, `invalid` refused. `acceptable` is refused too: the one such case of these files, an
// RSA PKCS #1 DigestInfo without NULL, is no encoding of RFC 8017 §9.2, and OpenSSL compares the encoding as a whole.
// Groups under RSA keys with a public exponent of 3 are refused with their key (`crypto-rules` 12), valid cases included.
interface Vectors<G, T> {
  readonly numberOfTests: number;
  readonly testGroups: readonly (G & {
    readonly tests: readonly (T & { readonly tcId: number; readonly result: "valid" | "invalid" | "acceptable" })[];
  })[];
}
interface SignatureGroup {
  readonly publicKeyDer: string;
  readonly publicKeyJwk?: object;
  readonly publicKey?: { readonly publicExponent?: string };
}
interface SignatureTest {
  readonly msg: string;
  readonly sig: string;
}

const files: readonly [file: string, algorithm: Algorithm][] = [
  ["ecdsa_secp256r1_sha256", "ECDSA-P256-SHA256"],
  ["ecdsa_secp521r1_sha512", "ECDSA-P521-SHA512"],
  ["ecdsa_secp384r1_sha384_p1363", "ECDSA-P384-SHA384"],
  ["ecdsa_secp256k1_sha256_p1363", "ECDSA-secp256k1-SHA256"],
  ["ed25519", "Ed25519"],
  ["rsa_pss_2048_sha256_mgf1_32", "RSA-PSS-2048-SHA256"],
  ["rsa_pss_3072_sha256_mgf1_32", "RSA-PSS-3072-SHA256"],
  ["rsa_pss_4096_sha512_mgf1_64", "RSA-PSS-4096-SHA512"],
  ["rsa_signature_2048_sha256", "RSA-PKCS1-2048-SHA256"],
  ["rsa_signature_3072_sha256", "RSA-PKCS1-3072-SHA256"],
  ["rsa_signature_4096_sha512", "RSA-PKCS1-4096-SHA512"],
];

/** What a caller who has r ‖ s does: a length that the curve does not have is refused before anything is verified. */
const derOf = (algorithm: Algorithm, p1363: Uint8Array): Uint8Array => {
  try {
    return p1363ToDer(algorithm, p1363);
  } catch (error) {
    if (KmsError.isInstance(error) && error.code === "INVALID_ARGUMENT") return new Uint8Array(0);
    throw error;
  }
};

describe.skipIf(vectorsMissing)(titled("Wycheproof vectors"), () => {
  it.each(files)("of %s are verified as %s with the results they state", (file, algorithm) => {
    const row = algorithmRow(algorithm);
    const { testGroups, numberOfTests } = readVectors<Vectors<SignatureGroup, SignatureTest>>(
      "wycheproof",
      `${file}_test.json`,
    );
    let run = 0;
    for (const group of testGroups) {
      const spki = hex(group.publicKeyDer);
      if (group.publicKeyJwk !== undefined) expect(jwkToSpki(group.publicKeyJwk)).toEqual(spki);
      if (group.publicKey?.publicExponent === "03") {
        expect(codeOf(() => publicKeyOf(spki, algorithm))).toBe("INVALID_ARGUMENT");
        run += group.tests.length;
        continue;
      }
      const key = publicKeyOf(spki, algorithm);
      for (const { tcId, result, msg, sig } of group.tests) {
        const signature = file.endsWith("p1363") ? derOf(algorithm, hex(sig)) : hex(sig);
        expect(verifyLocally(row, key, hex(msg), signature), `tcId ${tcId}`).toBe(result === "valid");
        run += 1;
      }
    }
    expect(run).toBe(numberOfTests);
  });

  it("of HKDF-SHA-256 derive what they state, and refuse lengths over the limit", () => {
    interface Derivation {
      readonly ikm: string;
      readonly salt: string;
      readonly info: string;
      readonly size: number;
      readonly okm: string;
    }
    for (const { tests } of readVectors<Vectors<object, Derivation>>("wycheproof", "hkdf_sha256_test.json")
      .testGroups) {
      for (const { result, ikm, salt, info, size, okm } of tests) {
        const derive = (): Uint8Array =>
          hkdf("SHA-256", hex(ikm), { salt: hex(salt), info: hex(info), lengthBytes: size });
        if (result === "valid") expect(derive()).toEqual(hex(okm));
        else expect(codeOf(derive)).toBe("INVALID_ARGUMENT");
      }
    }
  });

  it("of HMAC-SHA-256 with whole tags hold or not as they state", () => {
    interface Tag {
      readonly key: string;
      readonly msg: string;
      readonly tag: string;
    }
    const { testGroups } = readVectors<Vectors<{ readonly tagSize: number }, Tag>>(
      "wycheproof",
      "hmac_sha256_test.json",
    );
    const whole = testGroups.filter(({ tagSize }) => tagSize === 256); // no truncated tag is ever taken
    expect(whole.length).toBeGreaterThan(0);
    for (const { tests } of whole) {
      for (const { tcId, result, key, msg, tag } of tests) {
        expect(equalSecrets(hmacSha256(macKey(hex(key)), hex(msg)), hex(tag)), `tcId ${tcId}`).toBe(result === "valid");
      }
    }
  });
});
