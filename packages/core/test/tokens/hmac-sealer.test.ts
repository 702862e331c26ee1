import { createHmac, generateKeyPairSync, hkdfSync } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { compactVerify } from "jose";
import { describe, expect, it } from "vitest";
import type { TokenType } from "../../src/contract/options.ts";
import type { Json } from "../../src/contract/words.ts";
import { hmacSealer, type HmacSealKey } from "../../src/tokens/hmac-sealer.ts";
import { tokenTypes } from "../../src/tokens/token.ts";
import { codeOf, errorOf } from "../codes.ts";
import { aliasesOf, encode, readToken, secretOf } from "./forging.ts";

const sealer = hmacSealer({ keys: [{ kid: "first", secret: secretOf(1) }] });
const claims: Json = { a: ["ü", 1, true, null], kid: "x" };
const token = sealer.seal("key-handle", claims);

/** The key of one kind of token, derived again by other means. */
const derived = (seed: number, type: TokenType): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", secretOf(seed), "", `kms/seal/kms/${type}`, 32));
/** A token with any header and payload under the genuine key: what nobody without the secret can make. */
const sealedAs = (header: string, payload: string, type: TokenType = "key-handle"): string => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac("sha256", derived(1, type)).update(input).digest("base64url")}`;
};
const header = '{"alg":"HS256","kid":"first","typ":"kms/key-handle"}';
const opens = (given: unknown, type: TokenType = "key-handle"): string =>
  codeOf(() => sealer.open(type, given as string));

describe("hmacSealer", () => {
  it("opens what it sealed, to the same claims", () => {
    for (const type of tokenTypes) expect(sealer.open(type, sealer.seal(type, claims))).toEqual(claims);
  });

  it("writes a compact JWS that jose verifies with the derived key", async () => {
    const { protectedHeader, payload } = await compactVerify(token, derived(1, "key-handle"), {
      algorithms: ["HS256"],
    });
    expect(protectedHeader).toEqual({ alg: "HS256", kid: "first", typ: "kms/key-handle" });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(claims);
    expect(readToken(token)).toMatchObject({ header, payload: '{"a":["ü",1,true,null],"kid":"x"}' });
    expect(sealedAs(header, '{"a":["ü",1,true,null],"kid":"x"}')).toBe(token);
  });

  it("opens a token as no other kind, even with its typ rewritten", () => {
    for (const type of tokenTypes.filter((other) => other !== "key-handle")) {
      expect(opens(token, type)).toBe("TAMPERED");
      const [, payload, signature] = token.split(".");
      expect(opens(`${encode(header.replace("key-handle", type))}.${payload}.${signature}`, type)).toBe("TAMPERED");
    }
  });

  it("refuses every header but its own, under the genuine key too", () => {
    const payload = '{"a":1}';
    expect(sealer.open("key-handle", sealedAs(header, payload))).toEqual({ a: 1 });
    const headers = [
      '{"alg":"none","kid":"first","typ":"kms/key-handle"}',
      '{"alg":"EdDSA","kid":"first","typ":"kms/key-handle"}',
      '{"alg":"hs256","kid":"first","typ":"kms/key-handle"}',
      '{"alg":"HS256","kid":"second","typ":"kms/key-handle"}',
      '{"alg":"HS256","kid":"first"}',
      '{"alg":"HS256","kid":"first","typ":"key-handle"}',
      '{"alg":"HS256","crit":[],"kid":"first","typ":"kms/key-handle"}',
      '{"alg":"HS256","kid":"first","typ":"kms/key-handle","x":1}',
      '{"kid":"first","alg":"HS256","typ":"kms/key-handle"}',
      '{ "alg":"HS256","kid":"first","typ":"kms/key-handle"}',
      '{"alg":"HS256","alg":"HS256","kid":"first","typ":"kms/key-handle"}',
      '{"alg":"HS256","kid":"\\u0066irst","typ":"kms/key-handle"}',
      "{}",
      "",
      "null",
    ];
    for (const other of headers) expect(opens(sealedAs(other, payload)), other).toBe("TAMPERED");
  });

  it("refuses unsigned tokens", () => {
    const [, payload] = token.split(".");
    const none = encode('{"alg":"none","kid":"first","typ":"kms/key-handle"}');
    for (const unsigned of [`${none}.${payload}.`, `${encode(header)}.${payload}.`, `${none}.${payload}`]) {
      expect(opens(unsigned)).toBe("TAMPERED");
    }
  });

  it("refuses claims that are not canonical, under the genuine key too", () => {
    const payloads = [
      '{"a":1,"a":1}',
      '{"b":1,"a":2}',
      '{"a":1.5}',
      '{"a":1.0}',
      '{"a":1e1}',
      '{"a": 1}',
      '{"a":9007199254740992}',
      '{"a":"\\ud800"}',
      '{"__proto__":1}',
      "{",
      "",
      "{}\n",
    ];
    for (const payload of payloads) expect(opens(sealedAs(header, payload)), payload).toBe("TAMPERED");
  });

  it("refuses the aliases of the last character", () => {
    const aliases = aliasesOf(token);
    expect(aliases).toHaveLength(3);
    for (const alias of aliases) expect(opens(alias)).toBe("TAMPERED");
  });

  it("refuses any single character changed, removed, doubled or inserted", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: token.length - 1 }),
        fc.string({ unit: "binary", minLength: 0, maxLength: 1 }),
        fc.boolean(),
        (at, letter, replaces) => {
          const edited = token.slice(0, at) + letter + token.slice(replaces ? at + 1 : at);
          fc.pre(edited !== token);
          expect(opens(edited)).toBe("TAMPERED");
        },
      ),
      { numRuns: 500 },
    );
    const letters = "AQgw-_.9= \n\0ü\uD800";
    for (let at = 0; at < token.length; at += 1) {
      for (const letter of letters) {
        if (token[at] !== letter) expect(opens(token.slice(0, at) + letter + token.slice(at + 1))).toBe("TAMPERED");
      }
      expect(opens(token.slice(0, at) + token.slice(at + 1))).toBe("TAMPERED");
    }
  });

  it("refuses noise, white space around, further segments and endless text", () => {
    for (const noise of [
      "",
      ".",
      "..",
      "...",
      "a.b.c",
      ` ${token}`,
      `${token}\n`,
      `${token}.`,
      `${token}.x`,
      token.slice(0, -1),
      "x".repeat(10_000_000),
      `${token}.`.repeat(3),
    ]) {
      expect(opens(noise)).toBe("TAMPERED");
    }
    for (const stranger of [undefined, null, 7, {}, [token], Buffer.from(token), new String(token)]) {
      expect(opens(stranger)).toBe("INVALID_ARGUMENT");
    }
  });

  it("shows neither token nor claims in its errors", () => {
    const secretive = sealer.seal("key-handle", { note: "canary-claims" });
    const { message } = errorOf(() => sealer.open("key-conf", secretive));
    for (const shown of ["canary", secretive.slice(-20), encode("canary").slice(0, 6)]) {
      expect(message).not.toContain(shown);
    }
  });

  it("seals 64 KiB of claims and refuses one byte more", () => {
    const largest = "x".repeat(65_536 - 2);
    expect(sealer.open("key-handle", sealer.seal("key-handle", largest))).toBe(largest);
    expect(codeOf(() => sealer.seal("key-handle", `${largest}x`))).toBe("TOO_LARGE");
    expect(codeOf(() => sealer.seal("key-handle", "ü".repeat(32_768)))).toBe("TOO_LARGE");
    expect(opens(sealedAs(header, `"${largest}x"`))).toBe("TAMPERED");
  });

  it("refuses claims that have no canonical form", () => {
    for (const wrong of [1.5, undefined, { a: "\uD800" }, new Date(0)]) {
      expect(codeOf(() => sealer.seal("key-handle", wrong as Json))).toBe("INVALID_ARGUMENT");
    }
  });
});

describe("the secrets of hmacSealer", () => {
  const made = (secret: unknown): string =>
    codeOf(() => hmacSealer({ keys: [{ kid: "first", secret: secret as Uint8Array }] }));

  it("are refused below 32 bytes, and as anything but bytes", () => {
    for (const secret of [
      secretOf(1).subarray(1),
      new Uint8Array(0),
      "x".repeat(64),
      undefined,
      new Uint8Array(new SharedArrayBuffer(32)),
    ]) {
      expect(made(secret)).toBe("INVALID_ARGUMENT");
    }
  });

  it("are refused as PEM and DER files: a public key is no secret", () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const edwards = generateKeyPairSync("ed25519");
    const files = [
      publicKey.export({ format: "pem", type: "spki" }),
      publicKey.export({ format: "der", type: "spki" }),
      publicKey.export({ format: "der", type: "pkcs1" }),
      privateKey.export({ format: "der", type: "pkcs8" }),
      edwards.publicKey.export({ format: "der", type: "spki" }),
      edwards.publicKey.export({ format: "pem", type: "spki" }),
      edwards.privateKey.export({ format: "der", type: "pkcs8" }),
      `\n \uFEFF-----BEGIN CERTIFICATE-----\n${"A".repeat(64)}`,
      `\uFEFF-----BEGIN PUBLIC KEY-----\n${"A".repeat(64)}`,
    ];
    for (const file of files) expect(made(Buffer.from(file))).toBe("INVALID_ARGUMENT");
  });

  it("are copied, and shown by neither inspect nor JSON", () => {
    const secret = secretOf(3);
    const copying = hmacSealer({ keys: [{ kid: "shown", secret }] });
    const sealed = copying.seal("key-conf", 1);
    secret.fill(0);
    expect(copying.open("key-conf", sealed)).toBe(1);
    expect(JSON.stringify(copying)).toBe('{"kids":["shown"]}');
    const shown = inspect(copying, { depth: 9, showHidden: true });
    expect(shown).toContain("shown");
    expect(shown).not.toMatch(/Uint8Array|Buffer|KeyObject/);
    expect(Object.isFrozen(copying)).toBe(true);
  });
});

describe("the keyring of a sealer", () => {
  const first: HmacSealKey = { kid: "first", secret: secretOf(1) };
  const second: HmacSealKey = { kid: "second", secret: secretOf(2) };

  it("seals with the first key and opens with each, so that keys rotate", () => {
    const rotated = hmacSealer({ keys: [second, { ...first, verifyOnly: true }] });
    expect(rotated.open("key-handle", token)).toEqual(claims);
    const renewed = rotated.seal("key-handle", claims);
    expect(readToken(renewed).header).toContain('"second"');
    expect(opens(renewed)).toBe("TAMPERED");
    expect(codeOf(() => hmacSealer({ keys: [second] }).open("key-handle", token))).toBe("TAMPERED");
  });

  it("takes no token of one secret under the name of another", () => {
    const renamed = hmacSealer({ keys: [{ ...second, kid: "first" }] });
    expect(codeOf(() => renamed.open("key-handle", token))).toBe("TAMPERED");
  });

  it("passes over keys that are verifyOnly, for other kinds, or outside their time", () => {
    let now = Date.parse("2027-01-01T00:00:00.000Z");
    const clock = { now: (): number => now };
    const keys: HmacSealKey[] = [
      { ...first, kid: "old", verifyOnly: true },
      { ...first, kid: "conf", types: ["key-conf"] },
      { ...first, kid: "later", notBefore: new Date("2027-02-01T00:00:00.000Z") },
      { ...second, kid: "now", notAfter: new Date("2027-03-01T00:00:00.000Z") },
    ];
    const timed = hmacSealer({ keys, clock });
    const kidOf = (type: TokenType): unknown =>
      (JSON.parse(readToken(timed.seal(type, 1)).header) as { readonly kid: unknown }).kid;
    expect([kidOf("key-handle"), kidOf("key-conf")]).toEqual(["now", "conf"]);
    const sealed = timed.seal("key-handle", 1);
    now = Date.parse("2027-02-01T00:00:00.000Z");
    expect(kidOf("key-handle")).toBe("later");
    now = Date.parse("2027-02-28T23:59:59.999Z");
    expect(timed.open("key-handle", sealed)).toBe(1);
    now = Date.parse("2027-03-01T00:00:00.000Z");
    expect(codeOf(() => timed.open("key-handle", sealed))).toBe("TAMPERED");
  });

  it("opens under a key whose time has not begun: clocks of two machines differ", () => {
    const clock = { now: (): number => Date.parse("2027-01-01T00:00:00.000Z") };
    const early = hmacSealer({ keys: [{ ...first, notBefore: new Date("2027-01-01T00:00:01.000Z") }], clock });
    expect(early.open("key-handle", token)).toEqual(claims);
    expect(codeOf(() => early.seal("key-handle", 1))).toBe("INVALID_ARGUMENT");
  });

  it("seals nothing under a key whose time has ended", () => {
    const clock = { now: (): number => Date.parse("2027-01-01T00:00:00.000Z") };
    const ended = hmacSealer({ keys: [{ ...first, notAfter: new Date("2027-01-01T00:00:00.000Z") }], clock });
    expect(codeOf(() => ended.seal("key-handle", 1))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => ended.open("key-handle", token))).toBe("TAMPERED");
  });

  it("opens no kind of token that the key is not for", () => {
    const narrow = hmacSealer({ keys: [{ ...first, types: ["key-conf"] }] });
    expect(codeOf(() => narrow.open("key-handle", token))).toBe("TAMPERED");
    expect(codeOf(() => narrow.seal("key-handle", 1))).toBe("INVALID_ARGUMENT");
  });

  it("refuses a malformed configuration when it is made", () => {
    const wrong: unknown[] = [
      undefined,
      null,
      {},
      { keys: [] },
      { keys: "x" },
      { keys: [null] },
      { keys: [first, { ...second, kid: "first" }] },
      { keys: [{ ...first, kid: "" }] },
      { keys: [{ ...first, kid: "a b" }] },
      { keys: [{ ...first, kid: "x".repeat(65) }] },
      { keys: [{ ...first, kid: 'a","typ":"' }] },
      { keys: [{ ...first, types: [] }] },
      { keys: [{ ...first, types: ["other"] }] },
      { keys: [{ ...first, types: "key-conf" }] },
      { keys: [{ ...first, notAfter: "2027" }] },
      { keys: [{ ...first, notAfter: new Date(Number.NaN) }] },
      { keys: [{ ...first, notBefore: new Date(5), notAfter: new Date(5) }] },
      { keys: [{ ...first, verifyOnly: "yes" }] },
    ];
    for (const options of wrong) {
      expect(
        codeOf(() => hmacSealer(options as { keys: HmacSealKey[] })),
        JSON.stringify(options),
      ).toBe("INVALID_ARGUMENT");
    }
  });

  it("refuses kinds of token that do not exist", () => {
    for (const type of ["other", "toString", "__proto__", "", undefined, 7]) {
      expect(codeOf(() => sealer.seal(type as TokenType, 1))).toBe("INVALID_ARGUMENT");
      expect(codeOf(() => sealer.open(type as TokenType, token))).toBe("INVALID_ARGUMENT");
    }
  });
});
