import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { materialToPem, pemToMaterial } from "../../src/formats/index.ts";
import { codeOf, failure } from "../fixture.ts";
import { given, pkcs8 } from "../given-keys.ts";

const plain = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();
const traditional = (key: KeyObject, type: "pkcs1" | "sec1"): string => key.export({ type, format: "pem" }).toString();
const code = (pem: string | Uint8Array, passphrase?: string): Promise<string> =>
  codeOf(() => pemToMaterial(pem, { passphrase }));
const material = async (pem: string | Uint8Array, passphrase?: string): Promise<Buffer> =>
  Buffer.from((await pemToMaterial(pem, { passphrase })).material);

describe("PEM", () => {
  it("of PKCS#8, RSA and EC, plain and encrypted, as text and as bytes, comes to the same material", async () => {
    const [ec, rsa] = [given("P-256"), given("rsa")];
    const protection = { cipher: "aes-256-cbc", passphrase: "x" };
    expect(await material(plain(ec))).toEqual(pkcs8(ec));
    expect(await material(Buffer.from(plain(rsa)))).toEqual(pkcs8(rsa));
    expect(await material(traditional(ec, "sec1"))).toEqual(pkcs8(ec));
    expect(await material(traditional(rsa, "pkcs1"))).toEqual(pkcs8(rsa));
    const encrypted = ec.export({ type: "pkcs8", format: "pem", ...protection }).toString();
    expect(await material(encrypted, "x")).toEqual(pkcs8(ec));
    for (const cipher of ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc"]) {
      const old = ec.export({ type: "sec1", format: "pem", cipher, passphrase: "x" }).toString();
      expect(await material(old, "x")).toEqual(pkcs8(ec));
      expect(await code(old, "y")).toBe("DECRYPTION_FAILED");
      expect(await code(old)).toBe("INVALID_ARGUMENT");
    }
  });

  it("may have text around it, other line ends and other line lengths", async () => {
    const pem = plain(given("P-256"));
    const [begin = "", ...rest] = pem.split("\n");
    const long = [begin, rest.slice(0, -2).join(""), rest.at(-2), ""].join("\n");
    for (const text of [
      `Bag Attributes: none\n${pem}`,
      `${pem}\nthe end\n`,
      pem.replaceAll("\n", "\r\n"),
      long,
      pem.trimEnd(),
    ]) {
      expect(await material(text)).toEqual(pkcs8(given("P-256")));
    }
  });

  it.each([
    ["nothing", ""],
    ["several blocks", plain(given("P-256")) + plain(given("P-256", 1))],
    [
      "EC parameters in front",
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${plain(given("P-256"))}`,
    ],
    ["another end", plain(given("P-256")).replace("END PRIVATE", "END RSA PRIVATE")],
    ["no end", plain(given("P-256")).replace("-----END PRIVATE KEY-----", "")],
    ["the end alone", "-----END PRIVATE KEY-----"],
    ["an empty block", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"],
    ["characters that are no base64", plain(given("P-256")).replace("\nM", "\n!M")],
    ["padding in the middle", plain(given("P-256")).replace("\nM", "\n=M")],
    ["spare bits in the padding", "-----BEGIN PRIVATE KEY-----\nMAB=\n-----END PRIVATE KEY-----"],
    ["more than 64 KiB", " ".repeat(65_537) + plain(given("P-256"))],
    [
      "a label that does not say that it is encrypted",
      given("P-256")
        .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
        .toString()
        .replaceAll("ENCRYPTED ", ""),
    ],
    ["a label that says so wrongly", plain(given("P-256")).replaceAll("PRIVATE", "ENCRYPTED PRIVATE")],
    ["an RSA key labelled EC", traditional(given("rsa"), "pkcs1").replaceAll("RSA", "EC")],
    ["headers in a plain block", plain(given("P-256")).replace("\nM", "\nX-Note: a\n\nM")],
    [
      "a cipher that is not CBC",
      traditional(given("P-256"), "sec1").replace("\nM", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-GCM,00\n\nM"),
    ],
  ])("with %s is refused", async (_, pem) => {
    for (const passphrase of [undefined, "x"]) expect(await code(pem, passphrase)).toBe("INVALID_ARGUMENT");
  });

  it("of a public key or certificate is refused by its name", async () => {
    const pem = createPublicKey(given("P-256")).export({ type: "spki", format: "pem" }).toString();
    for (const label of ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"]) {
      const error = await failure(() => pemToMaterial(pem.replaceAll("PUBLIC KEY", label)));
      expect([error.code, error.message.includes(label)]).toEqual(["INVALID_ARGUMENT", true]);
    }
  });

  it("is written so that OpenSSL reads it, plain and under a passphrase", async () => {
    const key = given("rsa");
    expect(await materialToPem(pkcs8(key))).toBe(plain(key));
    const encrypted = await materialToPem(pkcs8(key), { passphrase: "x" });
    expect(createPublicKey(createPrivateKey({ key: encrypted, passphrase: "x" })).equals(createPublicKey(key))).toBe(
      true,
    );
    expect(await material(encrypted, "x")).toEqual(pkcs8(key));
    expect(await codeOf(() => materialToPem(new Uint8Array(32).fill(7)))).toBe("INVALID_ARGUMENT");
  });
});
