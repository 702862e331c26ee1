import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import { crc32c } from "@aws-crypto/crc32c";
import { describeCiphertext, providerAssociatedData, type Kms } from "@kms/core";
import { describe, expect, test } from "vitest";
import { guarded, type Guarded } from "./guarded.ts";
import { bytes, refusal, text } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
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

const once = { retry: null } as const;

async function opened({ client }: Guarded, name: string, ciphertext: Uint8Array, aad: Uint8Array): Promise<string> {
  const request = { name, ciphertext, additionalAuthenticatedData: aad };
  const [{ plaintext }] = await client.decrypt(request, once);
  return text(plaintext as Uint8Array);
}

describe("the raw SDK", () => {
  test("opens a ciphertext of ours under providerAssociatedData, by the key's name", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("gcp", aes);
    const ciphertext = await here.kms.encrypt(key, bytes("attack at dawn"), entries);
    const { providerCiphertext, keyId } = describeCiphertext(ciphertext);
    const aad = canonical(providerAssociatedData(ciphertext, entries));
    expect(await opened(here, keyId, providerCiphertext, aad)).toBe("attack at dawn");
    await expect(opened(here, keyId, providerCiphertext, canonical(entries))).rejects.toMatchObject({ code: 3 });
  });

  test("has its blob opened by decryptNative, under its associated data alone, and without any", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("gcp", aes);
    const request = { name: key.keyId, plaintext: bytes("raw") };
    const [bare] = await here.client.encrypt(request, once);
    const [bound] = await here.client.encrypt({ ...request, additionalAuthenticatedData: canonical(entries) }, once);
    const [blob, other] = [new Uint8Array(bound.ciphertext as Buffer), new Uint8Array(bare.ciphertext as Buffer)];
    expect(text(await here.kms.decryptNative(key, blob, entries))).toBe("raw");
    expect(text(await here.kms.decryptNative(key, other))).toBe("raw");
    expect(await refusal(here.kms.decryptNative(key, blob))).toMatchObject({ code: "DECRYPTION_FAILED" });
  });

  test("opens a data key of ours, and has its own opened here", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("gcp", aes);
    const { plaintext, encrypted } = await here.kms.generateDataKey(key, 32, entries);
    const request = { name: text(encrypted.providerInfo), ciphertext: encrypted.ciphertext };
    const [answer] = await here.client.decrypt({ ...request, additionalAuthenticatedData: canonical(entries) }, once);
    expect(new Uint8Array(answer.plaintext as Buffer)).toEqual(plaintext);
    // As Tink wraps a data key: by the key's name, without associated data.
    const [wrapped] = await here.client.encrypt({ name: key.keyId, plaintext }, once);
    const theirs = { ...encrypted, ciphertext: new Uint8Array(wrapped.ciphertext as Buffer) };
    expect(await here.kms.unwrapDataKey(key, theirs)).toEqual(plaintext);
  });

  test("opens what was encrypted here with an RSA public key, and node:crypto's ciphertext opens here", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("gcp", { algorithm: "RSA-OAEP-2048-SHA256" });
    here.emulator.requests.clear();
    const ciphertext = await here.kms.encrypt(key, bytes("attack at dawn"));
    expect(here.emulator.requests.count()).toBe(0);
    const { providerCiphertext, keyVersion } = describeCiphertext(ciphertext);
    const name = `${key.keyId}/cryptoKeyVersions/${keyVersion}`;
    const [{ plaintext }] = await here.client.asymmetricDecrypt({ name, ciphertext: providerCiphertext }, once);
    expect(text(plaintext as Uint8Array)).toBe("attack at dawn");
    const { spki } = await here.kms.getPublicKey(key);
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const made = publicEncrypt({ key: publicKey, padding, oaepHash: "sha256" }, bytes("raw"));
    expect(text(await (here.kms as Kms).decryptNative(key, made, undefined, { keyVersion: "1" }))).toBe("raw");
  });

  test("verifies a MAC of ours, and has its own verified here", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("gcp", { algorithm: "HMAC-SHA256" });
    const made = await here.kms.generateMac(key, bytes("m"));
    const name = `${key.keyId}/cryptoKeyVersions/${made.keyVersion}`;
    const [verdict] = await here.client.macVerify({ name, data: bytes("m"), mac: made.bytes }, once);
    expect(verdict.success).toBe(true);
    const [{ mac, macCrc32c }] = await here.client.macSign({ name, data: bytes("m") }, once);
    expect(Number(macCrc32c?.value)).toBe(crc32c(mac as Buffer));
    expect(await here.kms.verifyMac(key, bytes("m"), new Uint8Array(mac as Buffer))).toBe(true);
  });
});
