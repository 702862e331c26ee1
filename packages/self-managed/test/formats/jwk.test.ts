import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { CompactSign, compactVerify, exportJWK, importJWK } from "jose";
import { describe, expect, it } from "vitest";
import { quickAlgorithms, given, materialFor, pkcs8 } from "../given-keys.ts";
import { jwkToMaterial, materialToJwk } from "../../src/formats/index.ts";
import { codeOf } from "../fixture.ts";

type Members = Record<string, unknown>;
const jwk = (key: KeyObject): Members => ({ ...key.export({ format: "jwk" }) });
const oct = (lengthBytes: number): Members => ({ kty: "oct", k: Buffer.alloc(lengthBytes, 7).toString("base64url") });
const code = (members: unknown): Promise<string> => codeOf(() => jwkToMaterial(members as object));
const algorithms = async (members: Members): Promise<readonly string[]> => (await jwkToMaterial(members)).algorithms;

describe("a JWK", () => {
  it.each(quickAlgorithms)("of %s comes back as it was, with alg", async (algorithm) => {
    const made = await materialToJwk(materialFor(algorithm), algorithm);
    const read = await jwkToMaterial(made);
    expect(Buffer.from(read.material)).toEqual(Buffer.from(materialFor(algorithm)));
    expect(read.algorithms).toContain(algorithm);
    expect(made.alg === undefined).toBe(algorithm === "AES-256-KWP");
  });

  it.each([
    ["ECDSA-P256-SHA256", "ES256"],
    ["RSA-PSS-2048-SHA256", "PS256"],
    ["RSA-PKCS1-2048-SHA256", "RS256"],
    ["Ed25519", "EdDSA"],
    ["HMAC-SHA512", "HS512"],
  ] as const)("of %s is one that jose signs with as %s, and jose's own reads back", async (algorithm, alg) => {
    const made = await materialToJwk(materialFor(algorithm), algorithm);
    const key = await importJWK({ ...made }, alg);
    const signed = await new CompactSign(Buffer.from("a message")).setProtectedHeader({ alg }).sign(key);
    const verifier =
      key instanceof Uint8Array ? key : createPublicKey(createPrivateKey({ key: { ...made }, format: "jwk" }));
    expect(Buffer.from((await compactVerify(signed, verifier)).payload).toString()).toBe("a message");
    const theirs = await exportJWK(
      key instanceof Uint8Array ? key : createPrivateKey({ key: { ...made }, format: "jwk" }),
    );
    expect(Buffer.from((await jwkToMaterial(theirs)).material)).toEqual(Buffer.from(materialFor(algorithm)));
  });

  it("of raw bytes can be every algorithm of their length", async () => {
    expect(await algorithms(oct(32))).toEqual(["AES-256-GCM", "AES-256-KWP", "HMAC-SHA256"]);
    expect(await algorithms(oct(48))).toEqual(["HMAC-SHA384"]);
    expect(await algorithms(oct(64))).toEqual(["HMAC-SHA512"]);
    for (const length of [1, 16, 24, 31, 33, 128]) expect(await code(oct(length))).toBe("INVALID_ARGUMENT");
  });

  it("keeps what alg, use and key_ops leave", async () => {
    const ec = jwk(given("P-256"));
    expect(await algorithms({ ...ec, alg: "ES256" })).toEqual(["ECDSA-P256-SHA256"]);
    expect(await algorithms({ ...ec, alg: "ECDH-ES" })).toEqual(["ECDH-P256"]);
    expect(await algorithms({ ...ec, use: "sig" })).toEqual(["ECDSA-P256-SHA256"]);
    expect(await algorithms({ ...ec, use: "enc" })).toEqual(["ECDH-P256"]);
    expect(await algorithms({ ...ec, key_ops: ["sign"] })).toEqual(["ECDSA-P256-SHA256"]);
    expect(await algorithms({ ...ec, key_ops: ["deriveBits", "deriveKey"] })).toEqual(["ECDH-P256"]);
    expect(await algorithms({ ...oct(32), key_ops: ["sign", "verify"] })).toEqual(["HMAC-SHA256"]);
    expect(await algorithms({ ...oct(32), key_ops: ["wrapKey", "unwrapKey"] })).toEqual(["AES-256-KWP"]);
    expect(await algorithms({ ...oct(32), use: "enc", alg: "A256GCM" })).toEqual(["AES-256-GCM"]);
    const rsa = jwk(given("rsa"));
    expect(await algorithms({ ...rsa, key_ops: ["decrypt"] })).toEqual(["RSA-OAEP-2048-SHA256"]);
    expect(await algorithms({ ...rsa, use: "sig", alg: "PS256" })).toEqual(["RSA-PSS-2048-SHA256"]);
    expect(await algorithms({ ...jwk(given("ed25519")), alg: "Ed25519", kid: "7", x5t: "y" })).toEqual(["Ed25519"]);
  });

  it("that contradicts itself is refused", async () => {
    const ec = jwk(given("P-256"));
    const contradictions: readonly Members[] = [
      { ...ec, alg: "ES384" },
      { ...ec, alg: "RS256" },
      { ...ec, alg: "ES256", use: "enc" },
      { ...ec, use: "sig", key_ops: ["deriveKey"] },
      { ...ec, key_ops: ["sign", "deriveKey"] },
      { ...ec, key_ops: ["verify"] },
      { ...ec, key_ops: [] },
      { ...ec, key_ops: ["sign", "sign"] },
      { ...ec, key_ops: "sign" },
      { ...ec, key_ops: [1] },
      { ...ec, use: "x" },
      { ...ec, use: 7 },
      { ...ec, alg: null },
      { ...ec, kty: "OKP" },
      { ...ec, kty: "RSA" },
      { ...ec, kty: "oct" },
      { ...ec, crv: "P-384" },
      { ...ec, crv: "toString" },
      { ...ec, crv: undefined },
      { ...oct(32), alg: "HS512" },
      { ...oct(32), use: "sig", alg: "A256GCM" },
      { ...oct(32), alg: "none" },
      { ...oct(32), key_ops: ["encrypt"] },
      { ...oct(32), d: "AA" },
    ];
    for (const members of contradictions) expect([members, await code(members)]).toEqual([members, "INVALID_ARGUMENT"]);
  });

  it("that is public, of another type, malformed or no object is refused", async () => {
    const { d: _, ...publicEc } = jwk(given("P-256"));
    const wrong: readonly unknown[] = [
      publicEc,
      { ...createPublicKey(given("rsa")).export({ format: "jwk" }) },
      { ...createPublicKey(given("ed25519")).export({ format: "jwk" }) },
      jwk(given("x25519")),
      jwk(given("ed448")),
      { ...jwk(given("rsa")), oth: [{}] },
      { kty: "AKP", alg: "ML-DSA-44", priv: "AA", pub: "AA" },
      { kty: "oct" },
      {},
      [],
      null,
      undefined,
      JSON.stringify(jwk(given("P-256"))),
      { kty: "oct", k: "A".repeat(70_000) },
      Object.create(jwk(given("P-256"))),
    ];
    for (const members of wrong) expect(await code(members)).toBe("INVALID_ARGUMENT");
  });

  it("with members missing, padded, in another alphabet, too long, too short or of another key is refused", async () => {
    const other = jwk(given("P-256", 1));
    const changes: readonly ((text: string) => unknown)[] = [
      () => undefined,
      () => "",
      (text) => `${text}=`,
      (text) => ` ${text}`,
      (text) => `${text}AA`,
      (text) => text.slice(4),
      (text) => Buffer.concat([Buffer.alloc(1), Buffer.from(text, "base64url")]).toString("base64url"),
      () => 7,
    ];
    for (const key of [jwk(given("P-256")), jwk(given("ed25519")), jwk(given("rsa")), oct(32)]) {
      const names = Object.keys(key).filter((name) => name !== "kty" && name !== "crv");
      for (const name of names) {
        for (const change of changes) {
          expect(await code({ ...key, [name]: change(String(key[name])) })).toBe("INVALID_ARGUMENT");
        }
      }
    }
    for (const name of ["x", "y", "d"]) {
      expect(await code({ ...jwk(given("P-256")), [name]: other[name] })).toBe("INVALID_ARGUMENT");
    }
    expect(await code({ ...jwk(given("ed25519")), x: jwk(given("ed25519", 1))["x"] })).toBe("INVALID_ARGUMENT");
  });

  it("of the identity, or another point of small order, as an Ed25519 public half is refused", async () => {
    for (const x of ["01" + "00".repeat(31), "00".repeat(32), "ec" + "ff".repeat(30) + "7f"]) {
      expect(await code({ ...jwk(given("ed25519")), x: Buffer.from(x, "hex").toString("base64url") })).toBe(
        "INVALID_ARGUMENT",
      );
    }
  });

  it("is written for the key's own algorithms alone", async () => {
    expect(await codeOf(() => materialToJwk(pkcs8(given("P-256")), "ECDSA-P384-SHA384"))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => materialToJwk(new Uint8Array(32), "HMAC-SHA512"))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => materialToJwk(pkcs8(given("P-256")), "AES-256-GCM"))).toBe("INVALID_ARGUMENT");
  });
});
