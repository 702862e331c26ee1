import { createCipheriv, createDecipheriv } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { tags, writeDer, writeOid } from "../../src/formats/der.ts";
import { materialToEncryptedPkcs8, materialToPem, pemToMaterial, pkcs8ToMaterial } from "../../src/formats/index.ts";
import { pkcs12Keys } from "../../src/formats/pkcs12.ts";
import { decryptCbc } from "../../src/primitives.ts";
import { codeOf } from "../fixture.ts";
import { given, pkcs8 } from "../given-keys.ts";

// What Node keeps for short buffers is handed out again, and not overwritten before: whatever lies there can be seen later.
function freshPool(): Buffer {
  const { buffer: full } = Buffer.allocUnsafe(1);
  let next = full;
  while (next === full) next = Buffer.allocUnsafe(64).buffer;
  return Buffer.from(next).fill(0);
}

const passphrase = "correct horse battery staple";
const asBytes = Buffer.from(passphrase);
const key = pkcs8(given("P-256"));
const scalar = Buffer.from(String(given("P-256").export({ format: "jwk" }).d), "base64url");
const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64")}\n-----END ${label}-----\n`;
/** An encrypted key as only its outside has to be: its scheme is one that nobody has. */
const unknownScheme = writeDer(
  tags.sequence,
  writeDer(tags.sequence, writeOid("2a0304")),
  writeDer(tags.octetString, new Uint8Array(16)),
);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("no copy is left in Node's pool of short buffers", () => {
  it("of a passphrase whose key is refused before it is opened", async () => {
    const pool = freshPool();
    expect(await codeOf(() => pkcs8ToMaterial(unknownScheme, { passphrase }))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => materialToEncryptedPkcs8(Uint8Array.of(1), passphrase))).toBe("INVALID_ARGUMENT");
    expect(pool.includes(asBytes)).toBe(false);
  });

  it("of a passphrase and what is derived from it, as PKCS#12 has it", () => {
    const asHashed = Buffer.from("secret", "utf16le").swap16();
    const pool = freshPool();
    const made = pkcs12Keys(Buffer.from("secret"), { salt: new Uint8Array(8).fill(5), iterations: 1 });
    expect(pool.includes(asHashed)).toBe(false);
    for (const bytes of [made.key, made.iv]) {
      expect(bytes.buffer.byteLength).toBe(bytes.length);
      expect(pool.includes(Buffer.from(bytes.buffer))).toBe(false);
    }
  });

  it("of a private key in PEM that is refused for its label, or that is written", async () => {
    const texts = [pem("ENCRYPTED PRIVATE KEY", key), pem("SOMETHING ELSE", key)];
    const bytes = Buffer.from(pem("PUBLIC KEY", key));
    const pool = freshPool();
    for (const text of [...texts, bytes]) expect(await codeOf(() => pemToMaterial(text))).toBe("INVALID_ARGUMENT");
    await materialToPem(key);
    expect(pool.includes(scalar)).toBe(false);
  });
});

describe("what CBC decrypts", () => {
  const [secret, iv] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
  const encrypted = (padded: boolean): Buffer => {
    const cipher = createCipheriv("aes-128-cbc", secret, iv).setAutoPadding(padded);
    return Buffer.concat([cipher.update(Buffer.alloc(48, 0x55)), cipher.final()]);
  };
  /** The pieces that OpenSSL hands out. */
  function pieces(): Uint8Array[] {
    const found: Uint8Array[] = [];
    const prototype = Object.getPrototypeOf(createDecipheriv("aes-128-cbc", secret, iv)) as Pick<
      ReturnType<typeof createDecipheriv>,
      "update" | "final"
    >;
    for (const name of ["update", "final"] as const) {
      const original = prototype[name] as (this: unknown, ...given: readonly unknown[]) => Buffer;
      vi.spyOn(prototype, name).mockImplementation(function piece(this: unknown, ...args: readonly unknown[]) {
        const piece = original.apply(this, [...args]);
        found.push(piece);
        return piece as never;
      });
    }
    return found;
  }

  it("is in memory of its own, and its pieces are overwritten, also where the padding is wrong", () => {
    for (const padded of [true, false]) {
      const ciphertext = encrypted(padded);
      const found = pieces();
      const opened = decryptCbc("aes-128-cbc", secret, iv, ciphertext);
      expect(opened && Buffer.from(opened)).toEqual(padded ? Buffer.alloc(48, 0x55) : undefined);
      if (opened !== undefined) expect(opened.buffer.byteLength).toBe(opened.length);
      expect(found.length).toBeGreaterThan(0);
      expect(found.every((piece) => piece.every((byte) => byte === 0))).toBe(true);
      vi.restoreAllMocks();
    }
  });
});
