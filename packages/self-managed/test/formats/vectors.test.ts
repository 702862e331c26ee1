import { createPublicKey, sign, verify, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { SelfManagedAlgorithm } from "../../src/algorithms.ts";
import { jwkToMaterial, pemToMaterial, type ImportableKey } from "../../src/formats/index.ts";
import { codeOf } from "../fixture.ts";

// pyca/cryptography 38.0.4 (x509/asymmetric) and the JOSE cookbook, RFC 7520 (jose). KMS_VECTORS names the folder.
const folder = process.env["KMS_VECTORS"];
const isThere = folder !== undefined;

const pem = (file: string): string => readFileSync(join(folder ?? "", "x509/asymmetric", file), "utf8");
const json = (file: string): object => JSON.parse(readFileSync(join(folder ?? "", "jose", file), "utf8")) as object;
const loaded = ({ material }: ImportableKey): ReturnType<typeof createPrivateKey> =>
  createPrivateKey({ key: Buffer.from(material), format: "der", type: "pkcs8" });
const spkiOf = (key: ImportableKey): string =>
  createPublicKey(loaded(key)).export({ type: "spki", format: "der" }).toString("hex");

const p256 = ["ECDSA-P256-SHA256", "ECDH-P256"];

describe("x509/asymmetric vectors (KMS_VECTORS)", () => {
  beforeEach(({ skip }) => skip(!isThere, "KMS_VECTORS names no folder of test vectors"));

  it.each([
    ["PKCS8/ec_private_key.pem", undefined],
    ["PKCS8/ec_private_key_encrypted.pem", "123456"],
    ["PKCS8/ecc_private_with_rfc5915_ext.pem", undefined],
    ["PEM_Serialization/ec_private_key.pem", undefined],
    ["PEM_Serialization/ec_private_key_encrypted.pem", "123456"],
  ])("%s: opens as an EC key on P-256", async (file, passphrase) => {
    const read = await pemToMaterial(pem(file), { passphrase });
    expect(read.algorithms).toEqual(p256);
    expect(
      verify("sha256", read.material, createPublicKey(loaded(read)), sign("sha256", read.material, loaded(read))),
    ).toBe(true);
  });

  it.each([
    ["PEM_Serialization/ec_private_key.pem", undefined, "PEM_Serialization/ec_public_key.pem"],
    ["PEM_Serialization/ec_private_key_encrypted.pem", "123456", "PEM_Serialization/ec_public_key.pem"],
    ["PEM_Serialization/rsa_private_key.pem", "123456", "PEM_Serialization/rsa_public_key.pem"],
  ])("%s: has the public half that the vectors name", async (file, passphrase, publicFile) => {
    const expected = createPublicKey(pem(publicFile)).export({ type: "spki", format: "der" }).toString("hex");
    expect(spkiOf(await pemToMaterial(pem(file), { passphrase }))).toBe(expected);
  });

  it.each([
    ["PKCS8/ec_private_key_encrypted.pem"],
    ["PKCS8/enc-rsa-pkcs8.pem"],
    ["PKCS8/enc2-rsa-pkcs8.pem"],
    ["PKCS8/pkcs12_s2k_pem-X_9607.pem"],
    ["PEM_Serialization/ec_private_key_encrypted.pem"],
    ["PEM_Serialization/rsa_private_key.pem"],
  ])("%s: is DECRYPTION_FAILED under another passphrase, INVALID_ARGUMENT without one", async (file) => {
    expect(await codeOf(() => pemToMaterial(pem(file), { passphrase: "another" }))).toBe("DECRYPTION_FAILED");
    expect(await codeOf(() => pemToMaterial(pem(file)))).toBe("INVALID_ARGUMENT");
  });

  // 1024 bits: opened, and then too small for any algorithm. A wrong passphrase would be DECRYPTION_FAILED.
  const small = ["9607", "9671", "9925", "9926", "9927", "9928", "9929", "9930", "9931", "9932"];
  const tooSmall: readonly (readonly [string, string | undefined])[] = [
    ["PKCS8/enc-rsa-pkcs8.pem", "foobar"],
    ["PKCS8/enc2-rsa-pkcs8.pem", "baz"],
    ["PKCS8/unenc-rsa-pkcs8.pem", undefined],
    ["PEM_Serialization/rsa-bad-1025-q-is-2.pem", undefined],
    ...small.map((name) => [`PKCS8/pkcs12_s2k_pem-X_${name}.pem`, "123456"] as const),
  ];
  it.each<readonly [string, string | undefined]>([
    ...tooSmall,
    ["PKCS8/bad-encryption-oid.pem", "password"],
    ["PKCS8/bad-oid-dsa-key.pem", undefined],
    ["PKCS8/unenc-dsa-pkcs8.pem", undefined],
    ["PKCS8/ec_oid_not_in_reg_private_2.pkcs8.pem", undefined],
    ["PKCS8/nodompar_private.pkcs8.pem", undefined],
    ["PKCS8/private.pem", undefined],
    ["PKCS8/withdompar_private.pkcs8.pem", undefined],
    ["PKCS8/rsa_pss_2048.pem", undefined],
    ["PKCS8/rsa_pss_2048_hash.pem", undefined],
    ["PKCS8/rsa_pss_2048_hash_mask.pem", undefined],
    ["PKCS8/rsa_pss_2048_hash_mask_diff.pem", undefined],
    ["PKCS8/rsa_pss_2048_hash_mask_salt.pem", undefined],
    ["PKCS8/unenc-dsa-pkcs8.pub.pem", undefined],
    ["PKCS8/unenc-rsa-pkcs8.pub.pem", undefined],
    ["PEM_Serialization/dsa_4096.pem", undefined],
    ["PEM_Serialization/dsa_private_key.pem", "123456"],
    ["PEM_Serialization/dsaparam.pem", undefined],
    ["PEM_Serialization/ec_public_key.pem", undefined],
  ])("%s: no key for any algorithm of own keys", async (file, passphrase) => {
    expect(await codeOf(() => pemToMaterial(pem(file), { passphrase }))).toBe("INVALID_ARGUMENT");
  });
});

describe("jose vectors (KMS_VECTORS)", () => {
  beforeEach(({ skip }) => skip(!isThere, "KMS_VECTORS names no folder of test vectors"));

  it.each<readonly [string, readonly SelfManagedAlgorithm[]]>([
    ["jwk/3_2.ec_private_key.json", ["ECDSA-P521-SHA512"]],
    ["jwk/3_4.rsa_private_key.json", ["RSA-PSS-2048-SHA256", "RSA-PKCS1-2048-SHA256"]],
    ["jwk/3_5.symmetric_key_mac_computation.json", ["HMAC-SHA256"]],
    ["jwk/3_6.symmetric_key_encryption.json", ["AES-256-GCM"]],
  ])("%s: is a key for %j", async (file, algorithms) => {
    expect((await jwkToMaterial(json(file))).algorithms).toEqual(algorithms);
  });

  it.each(["jwk/3_1.ec_public_key.json", "jwk/3_3.rsa_public_key.json"])(
    "%s: a public key is refused",
    async (file) => {
      expect(await codeOf(() => jwkToMaterial(json(file)))).toBe("INVALID_ARGUMENT");
    },
  );

  it("curve25519/jws.json: signs what the vector's signature is", async () => {
    const { input, signing } = json("curve25519/jws.json") as {
      readonly input: { readonly key: object };
      readonly signing: { readonly "sig-input": string; readonly sig: string };
    };
    const signature = sign(null, Buffer.from(signing["sig-input"]), loaded(await jwkToMaterial(input.key)));
    expect(signature.toString("base64url")).toBe(signing.sig);
  });

  it("curve25519/ecdh-es.json: X25519 is no curve of own keys", async () => {
    const text = JSON.stringify(json("curve25519/ecdh-es.json"));
    const found = /\{[^{}]*"crv":"X25519"[^{}]*"d"[^{}]*\}/.exec(text)?.[0] ?? "{}";
    expect(found).toContain("X25519");
    expect(await codeOf(() => jwkToMaterial(JSON.parse(found) as object))).toBe("INVALID_ARGUMENT");
  });
});
