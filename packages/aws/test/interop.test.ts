import { createSecretKey } from "node:crypto";
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  EncryptedDataKey,
  KMS,
  KmsKeyringNode,
  NodeAlgorithmSuite,
  NodeDecryptionMaterial,
  NodeEncryptionMaterial,
  unwrapDataKey,
} from "@aws-crypto/client-node";
import { DecryptCommand, EncryptCommand } from "@aws-sdk/client-kms";
import { describeCiphertext, providerAssociatedData, type EncryptedDataKey as OurDataKey } from "@kms/core";
import { describe, expect, test } from "vitest";
import { guarded, type Guarded } from "./guarded.ts";
import { bytes, refusal, text } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const entries = { tenant: "42", purpose: "orders" };

type KeyringInput = NonNullable<ConstructorParameters<typeof KmsKeyringNode>[0]>;

/** The official keyring, led to the emulator: the first key generates data keys, the others wrap them. */
function keyringOver({ emulator }: Guarded, generatorKeyId: string, ...keyIds: readonly string[]): KmsKeyringNode {
  const { endpoint, credentials } = emulator.clientConfiguration;
  // Its types are of a time before exactOptionalPropertyTypes.
  const clientProvider = ((region) =>
    new KMS({ region, endpoint, credentials, maxAttempts: 1 })) as KeyringInput["clientProvider"] &
    ((region: string) => KMS);
  return new KmsKeyringNode({ clientProvider, generatorKeyId, keyIds: [...keyIds] });
}
const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);

// What the keyring is told of a message: a suite with 32-byte data keys, and no signature to add to the context.
const suite = new NodeAlgorithmSuite(AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA256);
const theirs = ({ providerId, providerInfo, ciphertext }: OurDataKey): EncryptedDataKey =>
  new EncryptedDataKey({ providerId, providerInfo: text(providerInfo), encryptedDataKey: ciphertext });
const ours = ({ providerId, providerInfo, encryptedDataKey }: EncryptedDataKey): OurDataKey => ({
  providerId,
  providerInfo: bytes(providerInfo),
  ciphertext: encryptedDataKey,
});
/** The data key in clear that the material holds. */
const clear = (material: NodeEncryptionMaterial | NodeDecryptionMaterial): Uint8Array =>
  Uint8Array.from(createSecretKey(unwrapDataKey(material.getUnencryptedDataKey())).export());

describe("the official AWS Encryption SDK", () => {
  test("encrypts and decrypts through the emulator, and its data key opens here under the message's context", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("aws", aes);
    const keyring = keyringOver(here, key.keyId);
    const { result, messageHeader } = await encrypt(keyring, "attack at dawn", { encryptionContext: { ...entries } });
    const opened = await decrypt(keyring, result);
    expect(opened.plaintext.toString()).toBe("attack at dawn");
    const [dataKey] = messageHeader.encryptedDataKeys;
    expect([dataKey?.providerId, dataKey?.providerInfo]).toEqual(["aws-kms", key.keyId]);
    const context = { ...messageHeader.encryptionContext };
    expect(Object.keys(context)).toContain("aws-crypto-public-key");
    const wrapped = messageHeader.encryptedDataKeys.map(ours)[0] ?? ({} as OurDataKey);
    expect(await here.kms.unwrapDataKey(key, wrapped, context)).toHaveLength(32);
    expect(await refusal(here.kms.unwrapDataKey(key, wrapped, entries))).toMatchObject({ code: "DECRYPTION_FAILED" });
  });

  test("opens a data key that was generated here", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("aws", aes);
    const { plaintext, encrypted } = await here.kms.generateDataKey(key, 32, entries);
    const keyring = keyringOver(here, key.keyId);
    const material = await keyring.onDecrypt(new NodeDecryptionMaterial(suite, { ...entries }), [theirs(encrypted)]);
    expect(clear(material)).toEqual(new Uint8Array(plaintext));
  });

  test("opens a data key that was wrapped here", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("aws", aes);
    const dataKey = await here.kms.generateRandom("aws", 32);
    const encrypted = await here.kms.wrapDataKey(key, dataKey, entries);
    const keyring = keyringOver(here, key.keyId);
    const material = await keyring.onDecrypt(new NodeDecryptionMaterial(suite, { ...entries }), [theirs(encrypted)]);
    expect(clear(material)).toEqual(new Uint8Array(dataKey));
  });

  test("has its data key, whether generated or wrapped there, opened here", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("aws", aes);
    const other = await here.kms.generateKey("aws", aes);
    const keyring = keyringOver(here, key.keyId, other.keyId); // by GenerateDataKey, and by Encrypt
    const material = await keyring.onEncrypt(new NodeEncryptionMaterial(suite, { ...entries }));
    const [generated, wrapped] = material.encryptedDataKeys.map(ours);
    expect(await here.kms.unwrapDataKey(key, generated ?? ({} as OurDataKey), entries)).toEqual(clear(material));
    expect(await here.kms.unwrapDataKey(other, wrapped ?? ({} as OurDataKey), entries)).toEqual(clear(material));
  });

  test("does not open a data key under other associated data", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("aws", aes);
    const { encrypted } = await here.kms.generateDataKey(key, 32, entries);
    const keyring = keyringOver(here, key.keyId);
    const material = new NodeDecryptionMaterial(suite, { tenant: "43" });
    await expect(keyring.onDecrypt(material, [theirs(encrypted)])).rejects.toThrow("InvalidCiphertext");
  });
});

describe("the raw SDK", () => {
  test("opens a ciphertext of ours under providerAssociatedData, without being told the key", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("aws", aes);
    const ciphertext = await here.kms.encrypt(key, bytes("attack at dawn"), entries);
    const { Plaintext, KeyId } = await here.client.send(
      new DecryptCommand({
        CiphertextBlob: describeCiphertext(ciphertext).providerCiphertext,
        EncryptionContext: { ...providerAssociatedData(ciphertext, entries) },
      }),
    );
    expect(text(Plaintext ?? new Uint8Array())).toBe("attack at dawn");
    expect(KeyId).toBe(key.keyId);
  });

  test("has its blob opened by decryptNative, under its context alone", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("aws", aes);
    const { CiphertextBlob = new Uint8Array() } = await here.client.send(
      new EncryptCommand({ KeyId: key.keyId, Plaintext: bytes("raw"), EncryptionContext: entries }),
    );
    expect(text(await here.kms.decryptNative(key, CiphertextBlob, entries))).toBe("raw");
    expect(await refusal(here.kms.decryptNative(key, CiphertextBlob))).toMatchObject({ code: "DECRYPTION_FAILED" });
  });

  test("opens what was encrypted here with an RSA public key", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("aws", { algorithm: "RSA-OAEP-2048-SHA256" });
    here.emulator.requests.clear();
    const ciphertext = await here.kms.encrypt(key, bytes("attack at dawn"));
    expect(here.emulator.requests.count()).toBe(0);
    const { Plaintext } = await here.client.send(
      new DecryptCommand({
        KeyId: key.keyId,
        EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
        CiphertextBlob: describeCiphertext(ciphertext).providerCiphertext,
      }),
    );
    expect(text(Plaintext ?? new Uint8Array())).toBe("attack at dawn");
  });
});
