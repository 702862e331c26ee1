import { checkPrimeSync, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { tags, writeDer, writeInteger, writeOid } from "../../src/formats/der.ts";
import { materialToEncryptedPkcs8, pkcs8ToMaterial } from "../../src/formats/index.ts";
import { sealEncryptedKey } from "../../src/formats/pbes2.ts";
import { writeRsaNumbers, type RsaNumbers } from "../../src/formats/rsa-numbers.ts";
import { codeOf, failure } from "../fixture.ts";
import { given, pkcs8 } from "../given-keys.ts";

const { sequence, octetString, bitString, second, secondPrimitive, first } = tags;
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const one = (key: KeyObject): Record<string, Buffer> =>
  Object.fromEntries(
    Object.entries(key.export({ format: "jwk" })).map(([name, value]) => [
      name,
      Buffer.from(String(value), "base64url"),
    ]),
  );
const seed = (key: KeyObject): Buffer => pkcs8(key).subarray(-32);
const edwards = writeDer(sequence, writeOid("2b6570"));
const code = (der: Uint8Array, passphrase?: string): Promise<string> =>
  codeOf(() => pkcs8ToMaterial(der, { passphrase }));

/** PKCS#8 of an Ed25519 key with further elements behind. */
const edwardsInfo = (version: number, ...more: readonly Uint8Array[]): Uint8Array =>
  writeDer(
    sequence,
    writeInteger(Uint8Array.of(version)),
    edwards,
    writeDer(octetString, writeDer(octetString, seed(given("ed25519")))),
    ...more,
  );

const ecInfo = (scalar: Uint8Array, ...more: readonly Uint8Array[]): Uint8Array =>
  writeDer(
    sequence,
    writeInteger(Uint8Array.of(0)),
    writeDer(sequence, writeOid("2a8648ce3d0201"), writeOid("2a8648ce3d030107")),
    writeDer(octetString, writeDer(sequence, writeInteger(Uint8Array.of(1)), writeDer(octetString, scalar), ...more)),
  );

describe("plain PKCS#8", () => {
  it("of every kind comes back byte for byte, with the algorithms that the key can have", async () => {
    const read = async (key: KeyObject): Promise<readonly string[]> => {
      const { material, algorithms } = await pkcs8ToMaterial(pkcs8(key));
      expect(Buffer.from(material)).toEqual(pkcs8(key));
      return algorithms;
    };
    expect(await read(given("P-256"))).toEqual(["ECDSA-P256-SHA256", "ECDH-P256"]);
    expect(await read(given("P-521"))).toEqual(["ECDSA-P521-SHA512", "ECDH-P521"]);
    expect(await read(given("secp256k1"))).toEqual(["ECDSA-secp256k1-SHA256"]);
    expect(await read(given("ed25519"))).toEqual(["Ed25519"]);
    expect(await read(given("rsa"))).toEqual(["RSA-OAEP-2048-SHA256", "RSA-PSS-2048-SHA256", "RSA-PKCS1-2048-SHA256"]);
  });

  it("without a public half, with parameters inside or in version 2 comes back in the one canonical form", async () => {
    const { d = hex(""), x = hex(""), y = hex("") } = one(given("P-256"));
    const curve = writeDer(first, writeOid("2a8648ce3d030107"));
    const point = writeDer(second, writeDer(bitString, hex("00"), hex("04"), x, y));
    for (const der of [ecInfo(d), ecInfo(d, curve), ecInfo(d, curve, point)]) {
      expect(Buffer.from((await pkcs8ToMaterial(der)).material)).toEqual(pkcs8(given("P-256")));
    }
    const halves = one(given("ed25519"));
    const both = edwardsInfo(1, writeDer(secondPrimitive, hex("00"), halves["x"] ?? hex("")));
    expect(Buffer.from((await pkcs8ToMaterial(both)).material)).toEqual(pkcs8(given("ed25519")));
  });

  it("overlooks attributes that name a key, and refuses one that restricts its usage", async () => {
    const attribute = (oid: string): Uint8Array =>
      writeDer(first, writeDer(sequence, writeOid(oid), writeDer(tags.set)));
    const { material } = await pkcs8ToMaterial(edwardsInfo(0, attribute("2a864886f70d010914")));
    expect(Buffer.from(material)).toEqual(pkcs8(given("ed25519")));
    expect(await code(edwardsInfo(0, attribute("551d0f")))).toBe("INVALID_ARGUMENT");
  });

  it("is refused when a public half beside the private one is another key's, cut short or in the wrong version", async () => {
    const other = one(given("ed25519", 1))["x"] ?? hex("");
    const own = one(given("ed25519"))["x"] ?? hex("");
    for (const point of [other, own.subarray(31), own.subarray(1), hex("")]) {
      expect(await code(edwardsInfo(1, writeDer(secondPrimitive, hex("00"), point)))).toBe("INVALID_ARGUMENT");
    }
    expect(await code(edwardsInfo(0, writeDer(secondPrimitive, hex("00"), own)))).toBe("INVALID_ARGUMENT");
    expect(await code(edwardsInfo(1, writeDer(secondPrimitive, hex("01"), own)))).toBe("INVALID_ARGUMENT");
    const [{ d = hex("") }, wrong] = [one(given("P-256")), one(given("P-256", 1))];
    const point = writeDer(second, writeDer(bitString, hex("0004"), wrong["x"] ?? hex(""), wrong["y"] ?? hex("")));
    expect(await code(ecInfo(d, point))).toBe("INVALID_ARGUMENT");
  });

  it("is refused when an EC scalar is zero, the order or more, or of another length: OpenSSL takes them all", async () => {
    const order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    const scalars = [
      hex("00".repeat(32)),
      order,
      hex("ff".repeat(32)),
      hex("01"),
      hex(`00${"11".repeat(32)}`),
      hex(""),
    ];
    const taken = scalars.map(
      (scalar) => createPrivateKey({ key: Buffer.from(ecInfo(scalar)), format: "der", type: "pkcs8" }).type,
    );
    expect(new Set(taken)).toEqual(new Set(["private"]));
    for (const scalar of scalars) expect(await code(ecInfo(scalar))).toBe("INVALID_ARGUMENT");
  });

  it("is refused with anything behind an end, inside or outside, and with long or padded lengths and numbers", async () => {
    const der = pkcs8(given("P-256"));
    const inner = der.subarray(29);
    const wrong = [
      Buffer.concat([der, hex("00")]),
      Buffer.concat([der, hex("0500")]),
      Buffer.concat([hex("308189"), der.subarray(3, 27), hex("046f"), inner, hex("0500")]),
      Buffer.concat([hex("30820087"), der.subarray(3)]), // a length in two bytes that one can say
      Buffer.concat([hex("3080"), der.subarray(3), hex("0000")]), // indefinite
      Buffer.concat([hex("308188"), der.subarray(3, 27), hex("046e"), inner, hex("00")]), // behind the inner end
      Buffer.concat([hex("308188"), hex("02020000"), der.subarray(6)]), // a number in two bytes
    ];
    for (const changed of wrong) expect(await code(changed)).toBe("INVALID_ARGUMENT");
  });

  it("refuses more than 64 KiB, and what is no Uint8Array", async () => {
    for (const bytes of [new Uint8Array(65_537), "text", undefined, [1, 2]]) {
      expect(await code(bytes as Uint8Array)).toBe("INVALID_ARGUMENT");
    }
  });
});

describe("RSA numbers", () => {
  const numbers = one(given("rsa")) as unknown as RsaNumbers;
  const rsa = writeDer(sequence, writeOid("2a864886f70d010101"), writeDer(tags.null));
  const info = (changed: Partial<RsaNumbers>): Uint8Array =>
    writeDer(
      sequence,
      writeInteger(Uint8Array.of(0)),
      rsa,
      writeDer(octetString, writeRsaNumbers({ ...numbers, ...changed })),
    );
  const plus = (digits: Uint8Array, more: bigint): Buffer => {
    const text = (BigInt(`0x${Buffer.from(digits).toString("hex")}`) + more).toString(16);
    return hex(text.length % 2 === 0 ? text : `0${text}`);
  };

  it.each(["n", "e", "d", "p", "q", "dp", "dq", "qi"] as const)(
    "a changed %s is noticed, though OpenSSL may never use it",
    async (name) => {
      for (const more of [2n, -2n]) {
        expect(await code(info({ [name]: plus(numbers[name], more) }))).toBe("INVALID_ARGUMENT");
      }
    },
  );

  const [p, q] = [toNumber(numbers.p), toNumber(numbers.q)];

  it("that belong together are taken, in either order of the factors", async () => {
    for (const whole of [rsaNumbers(p, q), rsaNumbers(q, p)]) {
      expect((await pkcs8ToMaterial(info(whole))).algorithms).toContain("RSA-PSS-2048-SHA256");
    }
  });

  it("with an exponent that is small, even or huge are refused", async () => {
    const small = [3n, 5n, 7n, 11n, 13n, 17n, 257n].filter((e) => gcd(e, (p - 1n) * (q - 1n)) === 1n);
    const huge = [2n ** 256n + 1n, 2n ** 256n + 3n, 2n ** 256n + 5n].filter((e) => gcd(e, (p - 1n) * (q - 1n)) === 1n);
    expect([small.length > 0, huge.length > 0]).toEqual([true, true]);
    for (const e of [...small, ...huge]) expect(await code(info(rsaNumbers(p, q, e)))).toBe("INVALID_ARGUMENT");
    expect(await code(info({ e: bytesOf(65_538n) }))).toBe("INVALID_ARGUMENT");
  });

  it("with a private exponent that is right for one factor alone are refused", async () => {
    const d = toNumber(numbers.d);
    const wrongForP = d > q ? d - (q - 1n) : d + (q - 1n);
    const wrongForQ = d > p ? d - (p - 1n) : d + (p - 1n);
    const changes = [
      { d: bytesOf(wrongForP), dp: bytesOf(wrongForP % (p - 1n)) },
      { d: bytesOf(wrongForQ), dq: bytesOf(wrongForQ % (q - 1n)) },
    ];
    for (const changed of changes) expect(await code(info(changed))).toBe("INVALID_ARGUMENT");
  });

  it("over factors that are composite, of unequal size or too close are refused", async () => {
    const next = (from: bigint): bigint => (checkPrimeSync(from) ? from : next(from + 2n));
    expect(await code(info(rsaNumbers(3n ** 646n, 5n ** 441n)))).toBe("INVALID_ARGUMENT");
    expect(await code(info(rsaNumbers(p, next(p + 2n))))).toBe("INVALID_ARGUMENT");
    const [short, long] = [given("rsa", 1024), given("rsa", 3072)].map((key) => toNumber(one(key)["p"] ?? hex("")));
    expect(await code(info(rsaNumbers(short ?? 0n, long ?? 0n)))).toBe("INVALID_ARGUMENT");
    expect(await code(pkcs8(given("rsa", 1024)))).toBe("INVALID_ARGUMENT");
  });
});

const toNumber = (digits: Uint8Array): bigint => BigInt(`0x${Buffer.from(digits).toString("hex")}`);
const bytesOf = (value: bigint): Buffer => {
  const text = value.toString(16);
  return hex(text.length % 2 === 0 ? text : `0${text}`);
};
const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (a > 1n) [a, b, x, y] = [b % a, a, y - (b / a) * x, x];
  return ((x % modulus) + modulus) % modulus;
}
/** The numbers of a key over two factors, prime or not: every relation that does not ask for primes holds. */
function rsaNumbers(p: bigint, q: bigint, e = 65_537n): RsaNumbers {
  const d = inverse(e, (p - 1n) * (q - 1n));
  return {
    n: bytesOf(p * q),
    e: bytesOf(e),
    d: bytesOf(d),
    p: bytesOf(p),
    q: bytesOf(q),
    dp: bytesOf(d % (p - 1n)),
    dq: bytesOf(d % (q - 1n)),
    qi: bytesOf(inverse(q, p)),
  };
}

// openssl 3.0.19 pkcs8 -topk8 -scrypt -scrypt_N 16384, over the Ed25519 key of RFC 8410 §10.3; passphrase "scrypt".
const scryptKey =
  "MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAiDwUFKqke6WwICQAACAQgCAQEwHQYJYIZIAWUDBAEqBBA5aBg2HehLZG8S+KMPARQyBEAt" +
  "yMVkUdLfOQuJLL87Scos+gjL2pW/UdveK3B6CGiUwqnGd9gns8bdGpy4g0BC/+rf24binmBwWKS0WI3Nzajg";

describe("encrypted PKCS#8", () => {
  it("opens under its passphrase: OpenSSL's, and ours", async () => {
    const key = given("P-256");
    for (const cipher of ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc"]) {
      const theirs = key.export({ type: "pkcs8", format: "der", cipher, passphrase: "pässword" });
      const { material } = await pkcs8ToMaterial(theirs, { passphrase: "pässword" });
      expect(Buffer.from(material)).toEqual(pkcs8(key));
    }
    const ours = await materialToEncryptedPkcs8(pkcs8(key), Buffer.from("pässword"));
    expect(Buffer.from((await pkcs8ToMaterial(ours, { passphrase: "pässword" })).material)).toEqual(pkcs8(key));
    const read = createPrivateKey({ key: Buffer.from(ours), format: "der", type: "pkcs8", passphrase: "pässword" });
    expect(createPublicKey(read).equals(createPublicKey(key))).toBe(true);
    expect(Buffer.from(ours).includes(hex("0927c0"))).toBe(true); // 600,000
  });

  it("opens what scrypt protects, and bounds its memory and work before they are spent", async () => {
    const info = (n: string, r: string, p: string): Uint8Array => scryptInfo(hex(n), hex(r), hex(p));
    for (const [n, r, p] of [
      ["1000000000", "08", "01"],
      ["4000", "7fff", "01"],
      ["02", "01", "7fffffff"],
      ["010000", "01", "01"], // RFC 7914 §2: N < 2^(128 · r / 8)
      ["4001", "08", "01"],
      ["00", "08", "01"],
      ["4000", "08", "00"],
    ] as const) {
      expect(await code(info(n, r, p), "x")).toBe("INVALID_ARGUMENT");
    }
    expect(await code(info("4000", "08", "01"), "x")).toBe("DECRYPTION_FAILED");
    const { material } = await pkcs8ToMaterial(Buffer.from(scryptKey, "base64"), { passphrase: "scrypt" });
    expect(Buffer.from(material).subarray(-32).toString("base64")).toBe("1O5y2/kTWErVttjx92n4rTr+fCjL8dT74Jeoj0R1WEI=");
  });

  it("bounds iterations before they run, PKCS#12's too", async () => {
    const aes = writeDer(sequence, writeOid("60864801650304012a"), writeDer(octetString, new Uint8Array(16)));
    const pbkdf2 = (count: string): Uint8Array => {
      const parameters = writeDer(sequence, writeDer(octetString, new Uint8Array(8)), writeInteger(hex(count)));
      return encrypted(
        writeOid("2a864886f70d01050d"),
        writeDer(sequence, writeDer(sequence, writeOid("2a864886f70d01050c"), parameters), aes),
      );
    };
    const pkcs12 = (count: string): Uint8Array =>
      encrypted(
        writeOid("2a864886f70d010c0103"),
        writeDer(sequence, writeDer(octetString, new Uint8Array(8)), writeInteger(hex(count))),
      );
    for (const make of [pbkdf2, pkcs12]) {
      for (const count of ["7fffffff", "ffffffffffffffffffff", "4c4b41", "00"]) {
        expect(await code(make(count), "x")).toBe("INVALID_ARGUMENT");
      }
      expect(await code(make("0800"), "x")).toBe("DECRYPTION_FAILED");
    }
  });

  it("is DECRYPTION_FAILED, without a cause, for any other passphrase; a right padding by accident changes nothing", async () => {
    const key = given("ed25519").export({ type: "pkcs8", format: "der", cipher: "aes-256-cbc", passphrase: "right" });
    // One passphrase in 256 leaves padding that looks right.
    for (let count = 0; count < 600; count += 1) {
      const error = await failure(() => pkcs8ToMaterial(key, { passphrase: `wrong ${count}` }));
      expect([error.code, error.cause]).toEqual(["DECRYPTION_FAILED", undefined]);
    }
  });

  const restricted = writeDer(first, writeDer(sequence, writeOid("551d0f"), writeDer(tags.set)));
  const refused: Readonly<Record<string, Uint8Array>> = {
    "an attribute that restricts its usage": edwardsInfo(0, restricted),
    "a version that there is not": edwardsInfo(2),
    "elements behind it": edwardsInfo(0, writeDer(tags.null)),
    "bytes behind its end": Buffer.concat([edwardsInfo(0), hex("00")]),
    "bytes that are no DER in its end": writeDer(sequence, edwardsInfo(0).subarray(2), hex("ff")),
  };
  it.each(Object.keys(refused))("with %s is refused for that under its passphrase, as in clear", async (defect) => {
    const info = refused[defect] ?? hex("");
    const sealed = await sealEncryptedKey(info, Buffer.from("right"));
    expect([await code(info), await code(sealed, "right")]).toEqual(["INVALID_ARGUMENT", "INVALID_ARGUMENT"]);
    expect(await code(sealed, "wrong")).toBe("DECRYPTION_FAILED");
  });

  it("wants its passphrase, and refuses one where nothing is encrypted", async () => {
    const encryptedKey = given("P-256").export({
      type: "pkcs8",
      format: "der",
      cipher: "aes-256-cbc",
      passphrase: "x",
    });
    expect(await code(encryptedKey)).toBe("INVALID_ARGUMENT");
    expect(await code(pkcs8(given("P-256")), "x")).toBe("INVALID_ARGUMENT");
    for (const passphrase of ["\ud800", "x".repeat(1025), 7, null]) {
      expect(await code(encryptedKey, passphrase as string)).toBe("INVALID_ARGUMENT");
    }
    expect(await codeOf(() => materialToEncryptedPkcs8(pkcs8(given("P-256")), ""))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => materialToEncryptedPkcs8(new Uint8Array(32).fill(7), "x"))).toBe("INVALID_ARGUMENT");
  });
});

const encrypted = (scheme: Uint8Array, parameters: Uint8Array): Uint8Array =>
  writeDer(sequence, writeDer(sequence, scheme, parameters), writeDer(octetString, new Uint8Array(48).fill(9)));

const scryptInfo = (n: Uint8Array, r: Uint8Array, p: Uint8Array): Uint8Array => {
  const parameters = writeDer(
    sequence,
    writeDer(octetString, new Uint8Array(16)),
    writeInteger(n),
    writeInteger(r),
    writeInteger(p),
  );
  const scrypt = writeDer(sequence, writeOid("2b06010401da47040b"), parameters);
  const aes = writeDer(sequence, writeOid("60864801650304012a"), writeDer(octetString, new Uint8Array(16)));
  return encrypted(writeOid("2a864886f70d01050d"), writeDer(sequence, scrypt, aes));
};
