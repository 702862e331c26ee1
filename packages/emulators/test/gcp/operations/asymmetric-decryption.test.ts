import { constants, publicEncrypt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/gcp/checksums.ts";
import {
  bytes,
  bytesOf,
  codeOf,
  createKey,
  createKeyFor,
  ONCE,
  present,
  start,
  type Place,
  type V1,
} from "../setup.ts";

type Algorithm = keyof V1["CryptoKeyVersion"]["CryptoKeyVersionAlgorithm"];

async function sealed({ client }: Place, name: string, oaepHash: string): Promise<Buffer> {
  const [key] = await client.getPublicKey({ name }, ONCE);
  const options = { key: present(key.pem), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash };
  return publicEncrypt(options, bytes("text"));
}

const decrypter = async (started: Place, algorithm: Algorithm, level: "SOFTWARE" | "HSM" = "SOFTWARE") =>
  `${await createKeyFor(started, "ASYMMETRIC_DECRYPT", algorithm, level)}/cryptoKeyVersions/1`;

describe("AsymmetricDecrypt", () => {
  it.each([
    ["RSA_DECRYPT_OAEP_2048_SHA256", "sha256", "SOFTWARE"],
    ["RSA_DECRYPT_OAEP_3072_SHA1", "sha1", "HSM"],
    ["RSA_DECRYPT_OAEP_4096_SHA512", "sha512", "SOFTWARE"],
  ] as const)(
    "%s: opens what the public key sealed",
    async (algorithm, hash, level) => {
      const started = await start();
      const name = await decrypter(started, algorithm, level);
      const ciphertext = await sealed(started, name, hash);
      const ciphertextCrc32c = { value: String(crc32c(ciphertext)) };
      const [opened] = await started.client.asymmetricDecrypt({ name, ciphertext, ciphertextCrc32c }, ONCE);
      expect(bytesOf(opened.plaintext).toString()).toBe("text");
      expect(opened).toMatchObject({
        plaintextCrc32c: { value: String(crc32c(bytes("text"))) },
        verifiedCiphertextCrc32c: true,
        protectionLevel: level,
      });
    },
    60_000,
  );

  it("refuses ciphertexts that are none, and a wrong checksum", async () => {
    const started = await start();
    const { client } = started;
    const name = await decrypter(started, "RSA_DECRYPT_OAEP_2048_SHA256");
    const ciphertext = await sealed(started, name, "sha256");
    const altered = Buffer.from(ciphertext);
    altered[100] = (altered[100] ?? 0) ^ 1;
    const decrypt = (request: object) => codeOf(client.asymmetricDecrypt({ name, ...request }, ONCE));
    expect(await decrypt({ ciphertext: bytes("malformed ciphertext") })).toBe("INVALID_ARGUMENT");
    expect(await decrypt({ ciphertext: altered })).toBe("INVALID_ARGUMENT");
    expect(await decrypt({ ciphertext, ciphertextCrc32c: { value: "1" } })).toBe("INVALID_ARGUMENT");
    expect(await decrypt({})).toBe("INVALID_ARGUMENT");
  });

  it("refuses malformed names, versions that are not there and other purposes", async () => {
    const started = await start();
    const symmetric = await createKey(started);
    const decrypt = (name: string) =>
      codeOf(started.client.asymmetricDecrypt({ name, ciphertext: bytes("foo") }, ONCE));
    expect(await decrypt("malformed name")).toBe("INVALID_ARGUMENT");
    expect(await decrypt(`${started.ring}/cryptoKeys/none/cryptoKeyVersions/1`)).toBe("NOT_FOUND");
    expect(await decrypt(`${symmetric}/cryptoKeyVersions/1`)).toBe("FAILED_PRECONDITION");
  });
});
