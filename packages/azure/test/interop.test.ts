import { constants, createHash, createPublicKey, publicEncrypt } from "node:crypto";
import { CryptographyClient } from "@azure/keyvault-keys";
import { describeCiphertext, providerAssociatedData, type Kms } from "@kms/core";
import { describe, expect, test } from "vitest";
import { guarded, type Guarded } from "./guarded.ts";
import { bytes, refusal, text } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const rsa = { algorithm: "RSA-OAEP-2048-SHA256" } as const;
const entries = { tenant: "42", purpose: "orders" };

/** The canonical bytes of entries (AWS Encryption SDK, encryption context), written out. */
const canonical = (map: Readonly<Record<string, string>>): Buffer => {
  const field = (value: string): Buffer => {
    const utf8 = Buffer.from(value);
    return Buffer.concat([Buffer.from([utf8.length >> 8, utf8.length & 0xff]), utf8]);
  };
  const names = Object.keys(map).toSorted();
  const count = Buffer.from([names.length >> 8, names.length & 0xff]);
  return Buffer.concat([count, ...names.flatMap((name) => [field(name), field(map[name] ?? "")])]);
};

/** The raw SDK's client of a version. */
const raw = ({ emulator }: Guarded, keyId: string, version: string): CryptographyClient =>
  new CryptographyClient(`${keyId}/${version}`, emulator.credential, {
    ...emulator.clientOptions,
    retryOptions: { maxRetries: 0 },
  });

const parts = (blob: Uint8Array) => ({
  iv: blob.subarray(0, 12),
  ciphertext: blob.subarray(12, -16),
  authenticationTag: blob.subarray(-16),
});
const joined = (...given: readonly (Uint8Array | undefined)[]): Uint8Array =>
  new Uint8Array(Buffer.concat(given.map((part) => part ?? new Uint8Array())));

describe("the raw SDK, on a Managed HSM", () => {
  test("opens a ciphertext of ours under providerAssociatedData, by the version that the header names", async () => {
    const here = await guarded({ flavour: "managed-hsm" });
    const key = await here.kms.generateKey("azure", aes);
    const ciphertext = await here.kms.encrypt(key, bytes("attack at dawn"), entries);
    const { providerCiphertext, keyId, keyVersion } = describeCiphertext(ciphertext);
    const client = raw(here, keyId, keyVersion ?? "");
    const opened = async (aad: Uint8Array) =>
      (await client.decrypt({ algorithm: "A256GCM", ...parts(providerCiphertext), additionalAuthenticatedData: aad }))
        .result;
    expect(text(await opened(canonical(providerAssociatedData(ciphertext, entries))))).toBe("attack at dawn");
    await expect(opened(canonical(entries))).rejects.toMatchObject({ statusCode: 400 });
  });

  test("has its blob opened by decryptNative, under its associated data and version alone, and without any", async () => {
    const here = await guarded({ flavour: "managed-hsm" });
    const key = await here.kms.generateKey("azure", aes);
    const version = (await here.kms.describeKey(key)).currentVersion ?? "";
    const client = raw(here, key.keyId, version);
    const plaintext = bytes("raw");
    const bound = await client.encrypt({
      algorithm: "A256GCM",
      plaintext,
      additionalAuthenticatedData: canonical(entries),
    });
    const bare = await client.encrypt({ algorithm: "A256GCM", plaintext });
    const [blob, other] = [bound, bare].map(({ iv, result, authenticationTag }) =>
      joined(iv, result, authenticationTag),
    );
    if (blob === undefined || other === undefined) throw new TypeError("two blobs were made");
    const rotated = await here.kms.rotateKey(key);
    const options = { keyVersion: version };
    expect(text(await here.kms.decryptNative(rotated, blob, entries, options))).toBe("raw");
    expect(text(await here.kms.decryptNative(rotated, other, undefined, options))).toBe("raw");
    for (const attempt of [
      here.kms.decryptNative(rotated, blob, undefined, options),
      here.kms.decryptNative(rotated, blob, entries), // the current version is another one
    ]) {
      expect(await refusal(attempt)).toMatchObject({ code: "DECRYPTION_FAILED" });
    }
  });

  test("opens a data key of ours, and has its own opened here", async () => {
    const here = await guarded({ flavour: "managed-hsm" });
    const key = await here.kms.generateKey("azure", aes);
    const { plaintext, encrypted } = await here.kms.generateDataKey(key, 32, entries);
    const [id = "", version = ""] = text(encrypted.providerInfo).split(/\/(?=[0-9a-f]{32}$)/);
    const client = raw(here, id, version);
    const algorithm = "A256GCM";
    const additionalAuthenticatedData = canonical(entries);
    const { result } = await client.decrypt({ algorithm, ...parts(encrypted.ciphertext), additionalAuthenticatedData });
    expect(new Uint8Array(result)).toEqual(plaintext);
    const theirs = await client.encrypt({ algorithm, plaintext, additionalAuthenticatedData });
    const ciphertext = joined(theirs.iv, theirs.result, theirs.authenticationTag);
    expect(await here.kms.unwrapDataKey(key, { ...encrypted, ciphertext }, entries)).toEqual(plaintext);
  });

  test("unwraps what was wrapped here under AES-KWP", async () => {
    const here = await guarded({ flavour: "managed-hsm" });
    const key = await here.kms.generateKey("azure", { algorithm: "AES-256-KWP" });
    const wrapped = await here.kms.wrapKey(key, bytes("material"));
    const { providerCiphertext, keyVersion } = describeCiphertext(wrapped);
    const client = raw(here, key.keyId, keyVersion ?? "");
    expect(text((await client.unwrapKey("CKM_AES_KEY_WRAP_PAD", providerCiphertext)).result)).toBe("material");
  });
});

describe("the raw SDK, in a vault", () => {
  test("opens what was encrypted here with an RSA public key, and node:crypto's ciphertext opens here", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("azure", rsa);
    here.emulator.requests.clear();
    const ciphertext = await here.kms.encrypt(key, bytes("attack at dawn"));
    expect(here.emulator.requests.count()).toBe(0);
    const { providerCiphertext, keyVersion } = describeCiphertext(ciphertext);
    const client = raw(here, key.keyId, keyVersion ?? "");
    expect(text((await client.decrypt("RSA-OAEP-256", providerCiphertext)).result)).toBe("attack at dawn");
    const { spki } = await here.kms.getPublicKey(key);
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const made = publicEncrypt({ key: publicKey, padding, oaepHash: "sha256" }, bytes("raw"));
    expect(text(await (here.kms as Kms).decryptNative(key, made))).toBe("raw");
  });

  test("unwraps a data key of ours, and has its own unwrapped here", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("azure", rsa);
    const { plaintext, encrypted } = await here.kms.generateDataKey(key, 32);
    const { keyVersion } = await here.kms.getPublicKey(key);
    const client = raw(here, key.keyId, keyVersion);
    expect(new Uint8Array((await client.unwrapKey("RSA-OAEP-256", encrypted.ciphertext)).result)).toEqual(plaintext);
    const theirs = await client.wrapKey("RSA-OAEP-256", plaintext);
    expect(await here.kms.unwrapDataKey(key, { ...encrypted, ciphertext: theirs.result })).toEqual(plaintext);
  });

  test("verifies a signature of ours in its own encoding, and has its own verified here", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("azure", { algorithm: "RSA-PSS-2048-SHA256" });
    const { bytes: signature, keyVersion } = await here.kms.sign(key, bytes("m"));
    const client = raw(here, key.keyId, keyVersion);
    const digest = createHash("sha256").update("m").digest();
    expect((await client.verify("PS256", digest, signature)).result).toBe(true);
    const theirs = await client.sign("PS256", digest);
    expect(await here.kms.verify(key, bytes("m"), theirs.result)).toBe(true);
  });
});
