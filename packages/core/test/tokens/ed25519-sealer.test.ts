import { createHmac, generateKeyPairSync, hkdfSync, type KeyObject } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { compactVerify, CompactSign } from "jose";
import { describe, expect, it } from "vitest";
import { ed25519Sealer, type Ed25519SealKey } from "../../src/tokens/ed25519-sealer.ts";
import { hmacSealer } from "../../src/tokens/hmac-sealer.ts";
import { tokenTypes } from "../../src/tokens/token.ts";
import { codeOf } from "../codes.ts";
import { aliasesOf, encode, secretOf } from "./forging.ts";

const pair = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const pem = (key: KeyObject): string =>
  String(key.export({ format: "pem", type: key.type === "public" ? "spki" : "pkcs8" }));
const der = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ format: "der", type: key.type === "public" ? "spki" : "pkcs8" }));
const both: Ed25519SealKey = { kid: "pair", publicKey: pem(pair.publicKey), privateKey: pem(pair.privateKey) };
const sealer = ed25519Sealer({ keys: [both] });
const reader = ed25519Sealer({ keys: [{ kid: "pair", publicKey: der(pair.publicKey) }] });
const token = sealer.seal("key-handle", { a: 1 });
const opens = (given: string): string => codeOf(() => reader.open("key-handle", given));

describe("ed25519Sealer", () => {
  it("seals tokens that the public key alone opens, as PEM and as DER", () => {
    for (const type of tokenTypes) expect(reader.open(type, sealer.seal(type, { a: 1 }))).toEqual({ a: 1 });
    const fromDer = ed25519Sealer({
      keys: [{ kid: "pair", publicKey: der(pair.publicKey), privateKey: der(pair.privateKey) }],
    });
    expect(fromDer.seal("key-handle", { a: 1 })).toBe(token);
  });

  it("seals nothing with the public key alone", () =>
    expect(codeOf(() => reader.seal("key-handle", { a: 1 }))).toBe("INVALID_ARGUMENT"));

  it("writes a compact JWS that jose verifies, and opens what jose signed", async () => {
    const { protectedHeader } = await compactVerify(token, pair.publicKey, { algorithms: ["EdDSA"] });
    expect(protectedHeader).toEqual({ alg: "EdDSA", kid: "pair", typ: "kms/key-handle" });
    const signed = await new CompactSign(Buffer.from('{"a":1}'))
      .setProtectedHeader({ alg: "EdDSA", kid: "pair", typ: "kms/key-handle" })
      .sign(pair.privateKey);
    expect(signed).toBe(token);
  });

  it("refuses tokens of another pair and of another kind", () => {
    const foreign = ed25519Sealer({
      keys: [{ kid: "pair", publicKey: der(other.publicKey), privateKey: der(other.privateKey) }],
    });
    expect(opens(foreign.seal("key-handle", { a: 1 }))).toBe("TAMPERED");
    expect(codeOf(() => reader.open("key-conf", token))).toBe("TAMPERED");
  });

  it("refuses HS256 with the public key as secret, raw, DER or PEM, straight or derived", () => {
    const raw = der(pair.publicKey).subarray(-32);
    const payload = encode('{"a":1}');
    for (const alg of ["HS256", "EdDSA"]) {
      const input = `${encode(`{"alg":"${alg}","kid":"pair","typ":"kms/key-handle"}`)}.${payload}`;
      for (const secret of [raw, der(pair.publicKey), Buffer.from(pem(pair.publicKey))]) {
        const keys = [secret, new Uint8Array(hkdfSync("sha256", secret, "", "kms/seal/kms/key-handle", 32))];
        for (const key of keys) {
          expect(opens(`${input}.${createHmac("sha256", key).update(input).digest("base64url")}`)).toBe("TAMPERED");
        }
      }
    }
  });

  it("opens no token of an HMAC sealer with the same kid, nor the other way round", () => {
    const mac = hmacSealer({ keys: [{ kid: "pair", secret: secretOf(1) }] });
    expect(opens(mac.seal("key-handle", { a: 1 }))).toBe("TAMPERED");
    expect(codeOf(() => mac.open("key-handle", token))).toBe("TAMPERED");
  });

  it("refuses the 15 aliases of the last character", () => {
    const aliases = aliasesOf(token);
    expect(aliases).toHaveLength(15);
    for (const alias of aliases) expect(opens(alias)).toBe("TAMPERED");
  });

  it("refuses the same signature with s raised by the order of the group", () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const signature = Buffer.from(token.slice(token.lastIndexOf(".") + 1), "base64url");
    let s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + order;
    const raised = Uint8Array.from({ length: 32 }, () => {
      const byte = Number(s & 255n);
      s >>= 8n;
      return byte;
    });
    expect(
      opens(
        token.slice(0, token.lastIndexOf(".") + 1) +
          Buffer.concat([signature.subarray(0, 32), raised]).toString("base64url"),
      ),
    ).toBe("TAMPERED");
  });

  it("refuses any single character changed", () => {
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), fc.string({ unit: "binary", maxLength: 1 }), (at, letter) => {
        const edited = token.slice(0, at) + letter + token.slice(at + 1);
        fc.pre(edited !== token);
        expect(opens(edited)).toBe("TAMPERED");
      }),
      { numRuns: 400 },
    );
    for (const letter of ["\uD800", "ü", "\0"]) {
      expect(opens(token.slice(0, 90) + letter + token.slice(91))).toBe("TAMPERED");
    }
  });
});

describe("the keys of ed25519Sealer", () => {
  const made = (key: Partial<Record<keyof Ed25519SealKey, unknown>>): string =>
    codeOf(() => ed25519Sealer({ keys: [{ ...both, ...key } as Ed25519SealKey] }));

  it("are refused as another type, malformed, encrypted, or as halves of two pairs", () => {
    const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const encrypted = String(
      pair.privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" }),
    );
    for (const publicKey of [
      undefined,
      null,
      "",
      7,
      pair.publicKey,
      pem(p256.publicKey),
      der(p256.publicKey),
      pem(pair.privateKey),
      der(pair.publicKey).subarray(12),
    ]) {
      expect(made({ publicKey })).toBe("INVALID_ARGUMENT");
    }
    for (const privateKey of [
      null,
      "",
      7,
      pair.privateKey,
      pem(other.privateKey),
      pem(p256.privateKey),
      pem(pair.publicKey),
      der(pair.publicKey),
      encrypted,
    ]) {
      expect(made({ privateKey })).toBe("INVALID_ARGUMENT");
    }
  });

  it("are refused at a point of small order, under which anything verifies", () => {
    const identity = Uint8Array.from([...der(pair.publicKey).subarray(0, 12), 1, ...new Uint8Array(31)]);
    expect(made({ publicKey: identity, privateKey: undefined })).toBe("INVALID_ARGUMENT");
  });

  it("are shown by neither inspect nor JSON", () => {
    expect(JSON.stringify(sealer)).toBe('{"kids":["pair"]}');
    expect(inspect(sealer, { depth: 9, showHidden: true })).not.toMatch(/PrivateKey|KeyObject|Uint8Array/);
  });

  it("rotate like those of every sealer", () => {
    const rotated = ed25519Sealer({
      keys: [
        { kid: "next", publicKey: der(other.publicKey), privateKey: der(other.privateKey) },
        { kid: "pair", publicKey: both.publicKey },
      ],
    });
    expect(rotated.open("key-handle", token)).toEqual({ a: 1 });
    expect(opens(rotated.seal("key-handle", { a: 1 }))).toBe("TAMPERED");
  });
});
