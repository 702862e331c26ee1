import { constants, createHash, verify } from "node:crypto";
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

interface Row {
  readonly hash: "sha256" | "sha384" | "sha512";
  readonly level?: "HSM";
  readonly padding?: number;
}

const PSS = constants.RSA_PKCS1_PSS_PADDING;
const PKCS1 = constants.RSA_PKCS1_PADDING;
const data = bytes("Here is some data to authenticate");

const ROWS: Readonly<Partial<Record<Algorithm, Row>>> = {
  EC_SIGN_P256_SHA256: { hash: "sha256" },
  EC_SIGN_P384_SHA384: { hash: "sha384" },
  EC_SIGN_SECP256K1_SHA256: { hash: "sha256", level: "HSM" },
  RSA_SIGN_PSS_2048_SHA256: { hash: "sha256", padding: PSS },
  RSA_SIGN_PSS_3072_SHA256: { hash: "sha256", padding: PSS },
  RSA_SIGN_PSS_4096_SHA512: { hash: "sha512", padding: PSS },
  RSA_SIGN_PKCS1_2048_SHA256: { hash: "sha256", padding: PKCS1 },
  RSA_SIGN_PKCS1_4096_SHA512: { hash: "sha512", padding: PKCS1 },
};
const entries = Object.entries(ROWS) as readonly (readonly [Algorithm, Row])[];

const signer = async (started: Place, algorithm: Algorithm, level: "SOFTWARE" | "HSM" = "SOFTWARE") =>
  `${await createKeyFor(started, "ASYMMETRIC_SIGN", algorithm, level)}/cryptoKeyVersions/1`;

async function pemOf({ client }: Place, name: string): Promise<string> {
  const [key] = await client.getPublicKey({ name }, ONCE);
  return present(key.pem);
}

describe("AsymmetricSign", () => {
  it.each(entries)(
    "%s: signs a digest, or data that it hashes",
    async (algorithm, { hash, level, padding }) => {
      const started = await start();
      const name = await signer(started, algorithm, level);
      const digest = createHash(hash).update(data).digest();
      const [byDigest] = await started.client.asymmetricSign({ name, digest: { [hash]: digest } }, ONCE);
      const [byData] = await started.client.asymmetricSign({ name, data }, ONCE);
      const salt = padding === PSS ? { saltLength: digest.length } : {};
      const key = { key: await pemOf(started, name), ...(padding === undefined ? {} : { padding }), ...salt };
      expect(byDigest).toMatchObject({ name, protectionLevel: level ?? "SOFTWARE" });
      for (const { signature, signatureCrc32c } of [byDigest, byData]) {
        expect(verify(hash, data, key, bytesOf(signature))).toBe(true);
        expect(signatureCrc32c?.value).toBe(String(crc32c(bytesOf(signature))));
      }
    },
    60_000,
  );

  it("EC_SIGN_ED25519: signs data, 64 bytes, and no digest", async () => {
    const started = await start();
    const name = await signer(started, "EC_SIGN_ED25519");
    const [signed] = await started.client.asymmetricSign({ name, data }, ONCE);
    const digest = { sha256: createHash("sha256").update(data).digest() };
    expect(bytesOf(signed.signature)).toHaveLength(64);
    expect(verify(null, data, await pemOf(started, name), bytesOf(signed.signature))).toBe(true);
    expect(await codeOf(started.client.asymmetricSign({ name, digest }, ONCE))).toBe("INVALID_ARGUMENT");
  });

  it("verifies the checksum of what arrived, and says which", async () => {
    const started = await start();
    const name = await signer(started, "EC_SIGN_P256_SHA256");
    const digest = createHash("sha256").update(data).digest();
    const sum = (value: Uint8Array) => ({ value: String(crc32c(value)) });
    const { client } = started;
    const [byDigest] = await client.asymmetricSign(
      { name, digest: { sha256: digest }, digestCrc32c: sum(digest) },
      ONCE,
    );
    const [byData] = await client.asymmetricSign({ name, data, dataCrc32c: sum(data) }, ONCE);
    expect(byDigest).toMatchObject({ verifiedDigestCrc32c: true, verifiedDataCrc32c: false });
    expect(byData).toMatchObject({ verifiedDigestCrc32c: false, verifiedDataCrc32c: true });
    const wrong = { value: "1" };
    expect(await codeOf(client.asymmetricSign({ name, digest: { sha256: digest }, digestCrc32c: wrong }, ONCE))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(await codeOf(client.asymmetricSign({ name, data, dataCrc32c: wrong }, ONCE))).toBe("INVALID_ARGUMENT");
  });

  it.each([
    ["a digest of another hash", { digest: { sha256: Buffer.alloc(32, 1) } }],
    ["a digest under another hash that has its length", { digest: { sha512: Buffer.alloc(48, 1) } }],
    ["a digest of the wrong length", { digest: { sha384: Buffer.alloc(32, 1) } }],
    ["both digest and data", { digest: { sha384: Buffer.alloc(48, 1) }, data }],
    ["neither digest nor data", {}],
    ["empty data", { data: new Uint8Array() }],
  ])("refuses %s", async (_, request) => {
    const started = await start();
    const name = await signer(started, "EC_SIGN_P384_SHA384");
    expect(await codeOf(started.client.asymmetricSign({ name, ...request }, ONCE))).toBe("INVALID_ARGUMENT");
  });

  it("implements no data beyond what is known of its limit", async () => {
    const started = await start();
    const name = await signer(started, "EC_SIGN_ED25519");
    const call = (length: number) => started.client.asymmetricSign({ name, data: Buffer.alloc(length, 1) }, ONCE);
    expect(await codeOf(call(65_536))).toBe("OK");
    expect(await codeOf(call(65_537))).toBe("UNIMPLEMENTED");
  });

  it("refuses malformed names, versions that are not there, other purposes and disabled versions", async () => {
    const started = await start();
    const { client } = started;
    const [symmetric, name] = [await createKey(started), await signer(started, "EC_SIGN_P256_SHA256")];
    const sign = (version: string) => codeOf(client.asymmetricSign({ name: version, data }, ONCE));
    expect(await sign("malformed name")).toBe("INVALID_ARGUMENT");
    expect(await sign(name.replace(/1$/, "2"))).toBe("NOT_FOUND");
    expect(await sign(`${symmetric}/cryptoKeyVersions/1`)).toBe("FAILED_PRECONDITION");
    const cryptoKeyVersion = { name, state: "DISABLED" } as const;
    await client.updateCryptoKeyVersion({ cryptoKeyVersion, updateMask: { paths: ["state"] } }, ONCE);
    expect(await sign(name)).toBe("FAILED_PRECONDITION");
  });
});
