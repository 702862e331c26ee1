import { constants, createHmac, generateKeyPairSync, privateDecrypt, sign, type KeyObject } from "node:crypto";
import { hkdf as nobleHkdf } from "@noble/hashes/hkdf.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import {
  encryptOaep,
  equalSecrets,
  hkdf,
  hmacSha256,
  macKey,
  publicKeyOf,
  random,
  randomId,
  sha,
  verifyLocally,
} from "../../src/algorithms/primitives.ts";
import { algorithmRow } from "../../src/algorithms/registry.ts";
import type { Algorithm } from "../../src/contract/words.ts";
import { utf8 } from "../../src/encoding/bytes.ts";
import { codeOf } from "../codes.ts";

const spkiOf = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ format: "der", type: "spki" }));
const message = utf8("a message");
const rsa = (modulusLength: number, publicExponent = 65_537): ReturnType<typeof generateKeyPairSync> =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent });
const rsa2048 = rsa(2048);
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const edwards = generateKeyPairSync("ed25519");

describe("hashes, MACs and derivation", () => {
  it("agree with @noble/hashes, in plain arrays of their own", () => {
    const peers = { "SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512 } as const;
    for (const digest of ["SHA-256", "SHA-384", "SHA-512"] as const) {
      const made = sha(digest, message);
      expect(made).toEqual(peers[digest](message));
      expect(made.buffer.byteLength).toBe(made.length);
      const derived = hkdf(digest, message, { salt: utf8("salt"), info: utf8("info"), lengthBytes: 77 });
      expect(derived).toEqual(nobleHkdf(peers[digest], message, utf8("salt"), utf8("info"), 77));
    }
    expect(hmacSha256(macKey(message), "text")).toEqual(
      new Uint8Array(createHmac("sha256", message).update("text").digest()),
    );
  });

  it("equalSecrets compares length first and then every byte", () => {
    expect(equalSecrets(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    for (const other of [[1, 3], [0, 2], [1], [1, 2, 0], []]) {
      expect(equalSecrets(Uint8Array.of(1, 2), Uint8Array.from(other))).toBe(false);
    }
    expect(equalSecrets(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });

  it("randomId answers 128 bits in hexadecimal, never the same twice", () => {
    const ids = Array.from({ length: 2_000 }, () => randomId());
    expect(new Set(ids).size).toBe(2_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(ids).not.toContain("0".repeat(32));
    expect(random(33)).toHaveLength(33);
    expect(random(16)).not.toEqual(random(16));
  });
});

describe("publicKeyOf", () => {
  it("admits keys that fit and refuses them for every other algorithm", () => {
    const keys = { "ECDSA-P256-SHA256": p256, Ed25519: edwards, "RSA-PSS-2048-SHA256": rsa2048 } as const;
    for (const [own, pair] of Object.entries(keys)) {
      for (const algorithm of [
        ...Object.keys(keys),
        "ECDSA-P384-SHA384",
        "ECDSA-secp256k1-SHA256",
        "RSA-OAEP-3072-SHA256",
        "AES-256-GCM",
      ]) {
        const read = (): KeyObject => publicKeyOf(spkiOf(pair.publicKey), algorithm as Algorithm);
        if (own === algorithm) expect(read().type).toBe("public");
        else expect(codeOf(read)).toBe("INVALID_ARGUMENT");
      }
    }
  });

  it("admits RSA and P-256 keys for each algorithm of their size", () => {
    for (const algorithm of ["RSA-OAEP-2048-SHA256", "RSA-PKCS1-2048-SHA256"] as const) {
      expect(publicKeyOf(spkiOf(rsa2048.publicKey), algorithm).type).toBe("public");
    }
    expect(publicKeyOf(spkiOf(p256.publicKey), "ECDH-P256").type).toBe("public");
  });

  it("refuses small public exponents and sizes that only nearly fit", () => {
    expect(codeOf(() => publicKeyOf(spkiOf(rsa(2048, 3).publicKey), "RSA-PSS-2048-SHA256"))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => publicKeyOf(spkiOf(rsa(2056).publicKey), "RSA-PSS-2048-SHA256"))).toBe("INVALID_ARGUMENT");
  });

  it("refuses RSA-PSS keys with parameters of their own", () => {
    const restricted = generateKeyPairSync("rsa-pss", {
      modulusLength: 2048,
      hashAlgorithm: "sha256",
      mgf1HashAlgorithm: "sha256",
    });
    expect(codeOf(() => publicKeyOf(spkiOf(restricted.publicKey), "RSA-PSS-2048-SHA256"))).toBe("INVALID_ARGUMENT");
  });

  it("refuses even exponents, exponents of more than 256 bits and even moduli", () => {
    const { n = "" } = rsa2048.publicKey.export({ format: "jwk" });
    const modulus = BigInt(`0x${Buffer.from(n, "base64url").toString("hex")}`);
    const wrong = [
      [modulus, 65_538n],
      [modulus, 2n ** 256n + 1n],
      [modulus, 1n],
      [modulus - 1n, 65_537n],
    ] as const;
    for (const [modulusOf, exponent] of wrong) {
      expect(
        codeOf(() => publicKeyOf(rsaSpki(modulusOf, exponent), "RSA-PSS-2048-SHA256")),
        String(exponent),
      ).toBe("INVALID_ARGUMENT");
    }
    expect(publicKeyOf(rsaSpki(modulus, 65_539n), "RSA-PSS-2048-SHA256").type).toBe("public");
  });

  it("refuses points off the curve and compressed points", () => {
    const spki = spkiOf(p256.publicKey);
    const off = Uint8Array.from(spki);
    off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
    const compressed = Uint8Array.from([
      0x30,
      57,
      ...spki.subarray(2, 23),
      0x03,
      34,
      0,
      2 + ((spki.at(-1) ?? 0) & 1),
      ...spki.subarray(27, 59),
    ]);
    for (const wrong of [off, compressed]) {
      expect(codeOf(() => publicKeyOf(wrong, "ECDSA-P256-SHA256"))).toBe("INVALID_ARGUMENT");
    }
  });

  it("refuses the Ed25519 key under which anything verifies", () => {
    const spki = spkiOf(edwards.publicKey);
    const identity = Uint8Array.from([...spki.subarray(0, 12), 1, ...new Uint8Array(31)]);
    expect(codeOf(() => publicKeyOf(identity, "Ed25519"))).toBe("INVALID_ARGUMENT");
  });

  it("refuses a second spelling of the same key: parameters left out, a longer form of a length", () => {
    const spki = [...spkiOf(rsa2048.publicKey)];
    const bare = Uint8Array.from([0x30, 0x82, 1, 32, 0x30, 11, ...spki.slice(6, 17), ...spki.slice(19)]);
    const longer = Uint8Array.from([0x30, 0x83, 0, 1, 34, ...spki.slice(4)]);
    expect(spki.slice(0, 4)).toEqual([0x30, 0x82, 1, 34]);
    for (const wrong of [bare, longer]) {
      expect(codeOf(() => publicKeyOf(wrong, "RSA-PSS-2048-SHA256"))).toBe("INVALID_ARGUMENT");
    }
  });

  it("refuses bytes behind the key, missing bytes, private keys and noise", () => {
    const spki = spkiOf(p256.publicKey);
    const pkcs8 = new Uint8Array(p256.privateKey.export({ format: "der", type: "pkcs8" }));
    for (const wrong of [
      Uint8Array.from([...spki, 0]),
      spki.subarray(0, -1),
      pkcs8,
      new Uint8Array(0),
      new Uint8Array(91),
      utf8("-----BEGIN PUBLIC KEY-----"),
    ]) {
      expect(codeOf(() => publicKeyOf(wrong, "ECDSA-P256-SHA256"))).toBe("INVALID_ARGUMENT");
    }
  });

  it("answers UNSUPPORTED for algorithms that this runtime lacks", () => {
    for (const algorithm of ["ML-DSA-65", "ML-KEM-768"] as const) {
      expect(codeOf(() => publicKeyOf(new Uint8Array(10), algorithm))).toBe("UNSUPPORTED");
    }
  });
});

describe("verifyLocally", () => {
  it("is wrong for an RSA signature without its leading zero byte, or with one more", () => {
    for (const scheme of ["PSS", "PKCS1"] as const) {
      const algorithm = `RSA-${scheme}-2048-SHA256` as const;
      const key = publicKeyOf(spkiOf(rsa2048.publicKey), algorithm);
      const padding = scheme === "PSS" ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
      const texts = Array.from({ length: 10_000 }, (_, index) => utf8(`message ${index}`));
      let signature = Buffer.alloc(0);
      const signed = texts.find((text) => {
        signature = sign("sha256", text, { key: rsa2048.privateKey, padding, saltLength: 32 });
        return signature[0] === 0; // one in 256 and a few
      });
      if (signed === undefined) throw new Error("no signature begins with a zero byte");
      const verified = (bytes: Uint8Array): boolean => verifyLocally(algorithmRow(algorithm), key, signed, bytes);
      expect(verified(signature)).toBe(true);
      expect(verified(signature.subarray(1))).toBe(false);
      expect(verified(Buffer.concat([Buffer.alloc(1), signature]))).toBe(false);
    }
  });

  it("holds for genuine signatures and not for another message, key or a changed byte", () => {
    const cases: readonly [Algorithm, ReturnType<typeof generateKeyPairSync>, Uint8Array][] = [
      ["ECDSA-P256-SHA256", p256, sign("sha256", message, p256.privateKey)],
      ["Ed25519", edwards, sign(null, message, edwards.privateKey)],
      ["RSA-PKCS1-2048-SHA256", rsa2048, sign("sha256", message, rsa2048.privateKey)],
      [
        "RSA-PSS-2048-SHA256",
        rsa2048,
        sign("sha256", message, { key: rsa2048.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
      ],
    ];
    for (const [algorithm, pair, signature] of cases) {
      const row = algorithmRow(algorithm);
      const key = publicKeyOf(spkiOf(pair.publicKey), algorithm);
      expect(verifyLocally(row, key, message, signature)).toBe(true);
      expect(verifyLocally(row, key, utf8("another"), signature)).toBe(false);
      for (let at = 0; at < signature.length; at += 1) {
        const edited = Uint8Array.from(signature);
        edited[at] = (signature[at] ?? 0) ^ 1;
        expect(verifyLocally(row, key, message, edited)).toBe(false);
      }
      for (const wrong of [new Uint8Array(0), signature.subarray(1), Uint8Array.from([...signature, 0])]) {
        expect(verifyLocally(row, key, message, wrong)).toBe(false);
      }
    }
  });

  it("refuses PSS salts of another length than the hash", () => {
    const row = algorithmRow("RSA-PSS-2048-SHA256");
    const key = publicKeyOf(spkiOf(rsa2048.publicKey), "RSA-PSS-2048-SHA256");
    for (const saltLength of [0, 20, 31, 33, 64, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
      const signature = sign("sha256", message, {
        key: rsa2048.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength,
      });
      expect(verifyLocally(row, key, message, signature)).toBe(false);
    }
  });

  it("takes no signature of one RSA padding for the other", () => {
    const pkcs1 = sign("sha256", message, rsa2048.privateKey);
    const key = publicKeyOf(spkiOf(rsa2048.publicKey), "RSA-PSS-2048-SHA256");
    expect(verifyLocally(algorithmRow("RSA-PSS-2048-SHA256"), key, message, pkcs1)).toBe(false);
  });

  it("refuses keys that publicKeyOf did not admit for the algorithm", () => {
    const signature = sign("sha256", message, rsa2048.privateKey);
    const forPss = publicKeyOf(spkiOf(rsa2048.publicKey), "RSA-PSS-2048-SHA256");
    for (const key of [rsa2048.publicKey, forPss]) {
      expect(codeOf(() => verifyLocally(algorithmRow("RSA-PKCS1-2048-SHA256"), key, message, signature))).toBe(
        "INVALID_ARGUMENT",
      );
    }
  });
});

describe("encryptOaep", () => {
  it("is opened by OAEP with the same hash for MGF1 and an empty label, up to its limit", () => {
    const row = algorithmRow("RSA-OAEP-2048-SHA256");
    const key = publicKeyOf(spkiOf(rsa2048.publicKey), "RSA-OAEP-2048-SHA256");
    for (const length of [0, 1, 190]) {
      const plaintext = new Uint8Array(length).fill(7);
      const ciphertext = encryptOaep(row, key, plaintext);
      expect(ciphertext).toHaveLength(256);
      const opened = privateDecrypt(
        { key: rsa2048.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
        ciphertext,
      );
      expect(new Uint8Array(opened)).toEqual(plaintext);
    }
    expect(codeOf(() => encryptOaep(row, key, new Uint8Array(191)))).toBe("TOO_LARGE");
  });

  it("refuses keys for signatures", () => {
    const key = publicKeyOf(spkiOf(rsa2048.publicKey), "RSA-PSS-2048-SHA256");
    for (const algorithm of ["RSA-PSS-2048-SHA256", "RSA-OAEP-2048-SHA256"] as const) {
      expect(codeOf(() => encryptOaep(algorithmRow(algorithm), key, message))).toBe("INVALID_ARGUMENT");
    }
  });
});

/** SPKI of any modulus and exponent: node:crypto makes none that are wrong. */
const rsaSpki = (n: bigint, e: bigint): Uint8Array => {
  const element = (tag: number, content: readonly number[]): number[] => {
    const { length } = content;
    const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
    return [tag, ...size, ...content];
  };
  const integer = (value: bigint): number[] => {
    const hex = value.toString(16);
    const digits = [...Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex")];
    return element(2, (digits[0] ?? 0) >= 0x80 ? [0, ...digits] : digits);
  };
  const rsaEncryption = [...Buffer.from("300d06092a864886f70d0101010500", "hex")];
  return Uint8Array.from(
    element(0x30, [...rsaEncryption, ...element(3, [0, ...element(0x30, [...integer(n), ...integer(e)])])]),
  );
};
