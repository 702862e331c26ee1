import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, importJWK, type JWK } from "jose";
import { describe, expect, it } from "vitest";
import { jwkThumbprint, jwkToSpki, publicKeyToJwk } from "../../src/algorithms/public-key.ts";
import type { Algorithm } from "../../src/contract/words.ts";
import { codeOf } from "../codes.ts";
import { hex, readVectors, titled, vectorsMissing } from "../vectors.ts";

const spkiOf = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ format: "der", type: "spki" }));
const pairs: readonly [Algorithm, KeyObject, string | undefined][] = [
  ["ECDSA-P256-SHA256", generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey, "ES256"],
  ["ECDSA-P384-SHA384", generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey, "ES384"],
  ["ECDSA-P521-SHA512", generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey, "ES512"],
  ["ECDSA-secp256k1-SHA256", generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey, "ES256K"],
  ["ECDH-P256", generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey, "ECDH-ES"],
  ["Ed25519", generateKeyPairSync("ed25519").publicKey, "EdDSA"],
  ["RSA-PSS-2048-SHA256", generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey, "PS256"],
  ["RSA-OAEP-2048-SHA256", generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey, "RSA-OAEP-256"],
];
const lattices: readonly [Algorithm, string, number][] = [
  ["ML-DSA-44", "30820532300b06096086480165030403110382052100", 1_312],
  ["ML-DSA-65", "308207b2300b0609608648016503040312038207a100", 1_952],
  ["ML-DSA-87", "30820a32300b060960864801650304031303820a2100", 2_592],
  ["ML-KEM-768", "308204b2300b0609608648016503040402038204a100", 1_184],
  ["ML-KEM-1024", "30820632300b06096086480165030404030382062100", 1_568],
];
const latticeSpki = (prefix: string, length: number): Uint8Array =>
  Uint8Array.from([...hex(prefix), ...new Uint8Array(length).fill(7)]);

describe("the JWK of a public key", () => {
  it.each(pairs)("of %s has the members that jose writes, and the algorithm's name", async (algorithm, key, alg) => {
    const jwk = publicKeyToJwk({ spki: spkiOf(key), algorithm });
    expect(jwk).toEqual({ ...(await exportJWK(key)), alg });
    expect(jwkToSpki(jwk)).toEqual(spkiOf(key));
    if (algorithm !== "ECDSA-secp256k1-SHA256") expect(await importJWK(jwk as JWK)).toBeTruthy();
  });

  it.each(lattices)("of %s carries the raw key as pub", (algorithm, prefix, length) => {
    const spki = latticeSpki(prefix, length);
    const jwk = publicKeyToJwk({ spki, algorithm });
    expect(jwk).toEqual({ kty: "AKP", alg: algorithm, pub: Buffer.alloc(length, 7).toString("base64url") });
    expect(jwkToSpki(jwk)).toEqual(spki);
    for (const [other] of lattices) {
      if (other === algorithm) continue;
      expect(codeOf(() => publicKeyToJwk({ spki, algorithm: other }))).toBe("INVALID_ARGUMENT");
    }
    expect(codeOf(() => publicKeyToJwk({ spki: spki.subarray(0, -1), algorithm }))).toBe("INVALID_ARGUMENT");
  });

  it("is refused for a key of another algorithm", () => {
    const [, key] = pairs[0] ?? [];
    const spki = key === undefined ? new Uint8Array(0) : spkiOf(key);
    for (const algorithm of [
      "Ed25519",
      "ECDSA-P384-SHA384",
      "RSA-PSS-2048-SHA256",
      "ML-DSA-65",
      "AES-256-GCM",
    ] as const) {
      expect(codeOf(() => publicKeyToJwk({ spki, algorithm }))).toBe("INVALID_ARGUMENT");
    }
  });
});

describe("jwkToSpki", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = publicKey.export({ format: "jwk" });

  it("ignores members that say nothing about the key", () => {
    expect(jwkToSpki({ ...jwk, kid: "a", use: "sig", key_ops: ["verify"] })).toEqual(spkiOf(publicKey));
  });

  it("refuses private keys", () => {
    expect(codeOf(() => jwkToSpki(privateKey.export({ format: "jwk" })))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => jwkToSpki({ kty: "oct", k: "AAAA" }))).toBe("INVALID_ARGUMENT");
  });

  it("refuses points off the curve, missing and foreign members, and other spellings of the same numbers", () => {
    const { x = "", y = "" } = jwk;
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
    const wrong: unknown[] = [
      { ...jwk, y: x },
      { ...jwk, x: undefined },
      { ...jwk, crv: "P-384" },
      { ...jwk, crv: "X" },
      { ...jwk, kty: "RSA" },
      { ...jwk, x: `${x}=` },
      { ...jwk, x: ` ${x}` },
      { ...jwk, x: 7 },
      { ...jwk, y: y.repeat(1_000) },
      { ...rsa, n: `AA${rsa.n}` },
      { ...rsa, e: "AAEAAQ" },
      {},
      null,
      [],
      "text",
      undefined,
      Object.create(jwk),
      { kty: "AKP", alg: "ML-DSA-65", pub: "AAAA" },
      { kty: "AKP", pub: "AAAA" },
      { kty: "toString" },
      { kty: "OKP", crv: "X25519", x: "A".repeat(43) },
    ];
    for (const given of wrong) {
      expect(
        codeOf(() => jwkToSpki(given)),
        JSON.stringify(given)?.slice(0, 90),
      ).toBe("INVALID_ARGUMENT");
    }
  });
});

describe("the thumbprint of a public key", () => {
  it("is the one of RFC 7638 section 3.1", () => {
    const n =
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    const rsa = { kty: "RSA", n, e: "AQAB", alg: "RS256", kid: "2011-04-29" };
    expect(jwkThumbprint(jwkToSpki(rsa))).toBe("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  });

  it("is the one of RFC 8037 appendix A.3", () => {
    const okp = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
    expect(jwkThumbprint(jwkToSpki(okp))).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });

  it.each(pairs)("of %s is what jose works out, whatever algorithm is named", async (algorithm, key) => {
    const expected = await calculateJwkThumbprint(await exportJWK(key));
    expect(jwkThumbprint(spkiOf(key))).toBe(expected);
    expect(jwkThumbprint(spkiOf(key), algorithm)).toBe(expected);
  });

  it.each(lattices)("of %s is what jose works out for AKP keys", async (algorithm, prefix, length) => {
    const spki = latticeSpki(prefix, length);
    const expected = await calculateJwkThumbprint({
      kty: "AKP",
      alg: algorithm,
      pub: Buffer.alloc(length, 7).toString("base64url"),
    });
    expect(jwkThumbprint(spki, algorithm)).toBe(expected);
    expect(jwkThumbprint(spki)).toBe(expected);
  });

  it("is refused for what is no public key, and for one that does not fit the algorithm named", () => {
    const spki = spkiOf(generateKeyPairSync("ed25519").publicKey);
    for (const wrong of [
      new Uint8Array(0),
      new Uint8Array(44),
      spki.subarray(1),
      Uint8Array.from([...spki, 0]),
      spkiOf(generateKeyPairSync("x25519").publicKey),
    ]) {
      expect(codeOf(() => jwkThumbprint(wrong))).toBe("INVALID_ARGUMENT");
    }
    expect(codeOf(() => jwkThumbprint(spki, "ECDSA-P256-SHA256"))).toBe("INVALID_ARGUMENT");
  });

  it.skipIf(vectorsMissing)(titled("agrees with jose on the keys of the JOSE cookbook (RFC 7520)"), async () => {
    for (const file of ["3_1.ec_public_key.json", "3_3.rsa_public_key.json"]) {
      const jwk = readVectors<JWK>("jose", "jwk", file);
      expect(jwkThumbprint(jwkToSpki(jwk))).toBe(await calculateJwkThumbprint(jwk));
    }
  });
});
