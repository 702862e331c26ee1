import { KmsError } from "@kms/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  jwkToMaterial,
  materialToEncryptedPkcs8,
  materialToPem,
  pemToMaterial,
  pkcs8ToMaterial,
  type ImportableKey,
} from "../../src/formats/index.ts";
import { given, pkcs8 } from "../given-keys.ts";

/** The material in hexadecimal, or the code of the refusal. Whatever else is thrown fails the test. */
async function outcome(work: () => Promise<ImportableKey>): Promise<string> {
  try {
    return Buffer.from((await work()).material).toString("hex");
  } catch (error) {
    if (KmsError.isInstance(error)) return error.code;
    throw error;
  }
}
const hexOf = (key: ReturnType<typeof given>): string => pkcs8(key).toString("hex");
const refusals = ["INVALID_ARGUMENT", "DECRYPTION_FAILED"];
const passphrase = "x";
const kinds = ["P-256", "P-521", "secp256k1", "ed25519", "rsa"] as const;

/** Where a form says nothing twice: a changed seed is another key, which nothing can tell. */
const silentFrom = (kind: string): number => (kind === "ed25519" ? 16 : Infinity);

/** Shows that whatever the input, the work ends in a refusal. */
const expectRefused = async <T>(input: fc.Arbitrary<T>, work: (value: T) => Promise<ImportableKey>): Promise<void> => {
  const property = fc.asyncProperty(input, async (value) => {
    expect(refusals).toContain(await outcome(() => work(value)));
  });
  await fc.assert(property, { numRuns: 500 });
};

const bytes = fc.uint8Array({ maxLength: 300 });
const der = fc.letrec<{ readonly element: Buffer; readonly leaf: Buffer }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 6 },
    tie("leaf"),
    fc
      .tuple(fc.constantFrom(0x30, 0x04, 0xa0, 0xa1), fc.array(tie("element"), { maxLength: 6 }))
      .map(([tag, parts]) => wrapped(tag, Buffer.concat(parts))),
  ),
  leaf: fc
    .tuple(fc.constantFrom(2, 3, 4, 5, 6, 0x81), fc.uint8Array({ maxLength: 20 }))
    .map(([tag, content]) => wrapped(tag, Buffer.from(content))),
})).element;
const block = fc
  .tuple(fc.constantFrom("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"), der)
  .map(([label, content]) => `-----BEGIN ${label}-----\n${content.toString("base64")}\n-----END ${label}-----`);
const members = "kty,alg,use,key_ops,crv,x,y,d,n,e,p,q,dp,dq,qi,k".split(",");
const jwk = fc.dictionary(
  fc.constantFrom(...members),
  fc.oneof(fc.constantFrom("RSA", "EC", "OKP", "oct", "P-256", "Ed25519", "AQAB", "sig"), fc.string(), fc.anything()),
);

describe("arbitrary input", () => {
  it("as PKCS#8, with a passphrase or without, is refused by a KmsError", async () => {
    for (const input of [bytes, der] as readonly fc.Arbitrary<Uint8Array>[]) {
      for (const secret of [undefined, passphrase]) {
        await expectRefused(input, (value) => pkcs8ToMaterial(value, { passphrase: secret }));
      }
    }
    expect.hasAssertions();
  });

  it("as PEM, in text or bytes, is refused by a KmsError", async () => {
    await expectRefused(fc.oneof(block, fc.string({ unit: "binary" }), bytes), (value) => pemToMaterial(value));
    await expectRefused(block, (value) => pemToMaterial(value, { passphrase }));
    expect.hasAssertions();
  });

  it("as a JWK is refused by a KmsError", async () => {
    await expectRefused(fc.oneof(jwk, fc.anything({ withNullPrototype: true })), (value) =>
      jwkToMaterial(value as object),
    );
    expect.hasAssertions();
  });

  // JSON can say all of these. Making text of the first two throws; that of the third is what is in it.
  const values: readonly (readonly [string, unknown])[] = [
    ["an object that no text can be made of", { toString: 1, valueOf: 1 }],
    ["a list that is too deep", JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`) as unknown],
    ["a list of one name", ["RSA"]],
  ];
  it.each(members.flatMap((name) => values.map(([title, value]) => [name, title, value] as const)))(
    "as the member %s of a JWK, %s is INVALID_ARGUMENT",
    async (name, _title, value) => {
      const good = given("P-256").export({ format: "jwk" });
      // A member of another type's key stands in a JWK of no type at all.
      const beside = name in good || /^(alg|use|key_ops)$/.test(name) ? good : {};
      expect(await outcome(() => jwkToMaterial({ ...beside, [name]: value }))).toBe("INVALID_ARGUMENT");
      expect(await outcome(() => jwkToMaterial({ [name]: value }))).toBe("INVALID_ARGUMENT");
    },
  );
});

describe("a good key with one byte changed", () => {
  it.each(kinds)("%s in PKCS#8: refused at every byte", async (kind) => {
    const good = pkcs8(given(kind));
    for (let at = 0; at < Math.min(good.length, silentFrom(kind)); at += 1) {
      for (const mask of [1, 0x80, 0xff]) {
        const changed = Buffer.from(good);
        changed[at] = (changed[at] ?? 0) ^ mask;
        expect([at, mask, await outcome(() => pkcs8ToMaterial(changed))]).toEqual([at, mask, "INVALID_ARGUMENT"]);
      }
    }
  });

  it.each(kinds)("%s in PKCS#8: refused at every length but its own", async (kind) => {
    const good = pkcs8(given(kind));
    for (let length = 0; length < good.length; length += 1) {
      expect(await outcome(() => pkcs8ToMaterial(good.subarray(0, length)))).toBe("INVALID_ARGUMENT");
    }
  });

  it("encrypted: refused, or the same key, whatever byte it is", async () => {
    const key = given("P-256");
    const forms = [
      key.export({ type: "pkcs8", format: "der", cipher: "aes-256-cbc", passphrase }),
      Buffer.from(await materialToEncryptedPkcs8(pkcs8(key), passphrase)).subarray(0, 40),
    ];
    for (const good of forms) {
      for (let at = 0; at < good.length; at += 1) {
        const changed = Buffer.from(good);
        changed[at] = (changed[at] ?? 0) ^ 0x41;
        const found = await outcome(() => pkcs8ToMaterial(changed, { passphrase }));
        expect([at, refusals.includes(found) || found === hexOf(key)]).toEqual([at, true]);
      }
    }
  });

  it("in PEM: refused, or the same key, at every character", async () => {
    const pem = await materialToPem(pkcs8(given("P-256")));
    for (let at = 0; at < pem.length; at += 1) {
      for (const character of ["A", "=", "-", "\n", "é"]) {
        const changed = pem.slice(0, at) + character + pem.slice(at + 1);
        const found = await outcome(() => pemToMaterial(changed));
        expect([at, refusals.includes(found) || found === hexOf(given("P-256"))]).toEqual([at, true]);
      }
    }
  });

  it.each(["P-256", "rsa", "ed25519"] as const)(
    "%s in a JWK: refused at every character of every member",
    async (kind) => {
      const good = given(kind).export({ format: "jwk" }) as Record<string, string>;
      for (const [name, value] of Object.entries(good)) {
        for (let at = 0; at < value.length; at += 1) {
          const other = value[at] === "A" ? "B" : "A";
          const changed = { ...good, [name]: value.slice(0, at) + other + value.slice(at + 1) };
          expect([name, at, await outcome(() => jwkToMaterial(changed))]).toEqual([name, at, "INVALID_ARGUMENT"]);
        }
      }
    },
  );
});

function wrapped(tag: number, content: Buffer): Buffer {
  const length = content.length;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}
