import {
  DecryptCommand,
  EncryptCommand,
  type EncryptionAlgorithmSpec,
  GenerateDataKeyCommand,
  type KMSClient,
} from "@aws-sdk/client-kms";
import { constants, publicEncrypt, createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { randomBytes } from "../../../src/primitives.ts";
import { bytes, createKey, encrypt, KINDS, nameOf, present, publicKeyOf, refusalOf, start } from "../setup.ts";

const ALGORITHMS = [
  ["RSAES_OAEP_SHA_1", "sha1", 214],
  ["RSAES_OAEP_SHA_256", "sha256", 190],
] as const;

const seal = async (
  client: KMSClient,
  KeyId: string,
  Plaintext: Uint8Array,
  EncryptionAlgorithm: EncryptionAlgorithmSpec,
): Promise<Uint8Array> =>
  present((await client.send(new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm }))).CiphertextBlob);

const open = (
  client: KMSClient,
  KeyId: string | undefined,
  CiphertextBlob: Uint8Array,
  EncryptionAlgorithm?: EncryptionAlgorithmSpec,
): Promise<{ Plaintext?: Uint8Array | undefined }> =>
  client.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));

describe("Encrypt and Decrypt with RSA", () => {
  it.each(ALGORITHMS)("go round by %s, up to the largest plaintext", async (algorithm, _, maximum) => {
    const { client } = await start();
    const { id, arn } = await createKey(client, KINDS.rsaEncryption);
    for (const length of [1, maximum]) {
      const plaintext = randomBytes(length);
      const blob = await seal(client, id, plaintext, algorithm);
      expect(blob).toHaveLength(256);
      const answer = await open(client, id, blob, algorithm);
      expect(answer).toMatchObject({ KeyId: arn, EncryptionAlgorithm: algorithm });
      expect(answer.Plaintext).toEqual(plaintext);
      expect(answer).not.toHaveProperty("KeyMaterialId"); // only for symmetric keys
    }
    const refusal = await refusalOf(seal(client, id, new Uint8Array(maximum + 1), algorithm));
    expect(refusal).toEqual({
      name: "ValidationException",
      message: `Algorithm ${algorithm} and key spec RSA_2048 cannot encrypt data larger than ${maximum} bytes.`,
    });
  });

  it.each(ALGORITHMS)("open what was encrypted elsewhere under the public key by %s", async (algorithm, oaepHash) => {
    const { client } = await start();
    const { id } = await createKey(client, KINDS.rsaEncryption);
    const key = createPublicKey({ key: Buffer.from(await publicKeyOf(client, id)), format: "der", type: "spki" });
    const blob = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes("text"));
    expect((await open(client, id, blob, algorithm)).Plaintext).toEqual(bytes("text"));
  });

  it("refuse altered bytes, another key and another algorithm with InvalidCiphertextException", async () => {
    const { client } = await start();
    const [one, two] = [await createKey(client, KINDS.rsaEncryption), await createKey(client, KINDS.rsaEncryption)];
    const blob = await seal(client, one.id, bytes("text"), "RSAES_OAEP_SHA_256");
    const changed = blob.map((byte, at) => (at === 100 ? byte ^ 1 : byte));
    for (const call of [
      open(client, one.id, changed, "RSAES_OAEP_SHA_256"),
      open(client, one.id, blob.subarray(1), "RSAES_OAEP_SHA_256"),
      open(client, one.id, blob, "RSAES_OAEP_SHA_1"),
      open(client, two.id, blob, "RSAES_OAEP_SHA_256"),
    ]) {
      expect(await nameOf(call)).toBe("InvalidCiphertextException");
    }
  });

  it("need key and algorithm named", async () => {
    const { client } = await start();
    const { id } = await createKey(client, KINDS.rsaEncryption);
    const blob = await seal(client, id, bytes("text"), "RSAES_OAEP_SHA_256");
    expect(await nameOf(open(client, undefined, blob, "RSAES_OAEP_SHA_256"))).toBe("ValidationException");
    expect(await nameOf(open(client, undefined, blob))).toBe("InvalidCiphertextException");
    expect(await nameOf(open(client, id, blob))).toBe("InvalidKeyUsageException");
    expect(await nameOf(encrypt(client, id, "text"))).toBe("InvalidKeyUsageException");
  });

  it("take no encryption context", async () => {
    const { client } = await start();
    const { id } = await createKey(client, KINDS.rsaEncryption);
    const base = { KeyId: id, EncryptionAlgorithm: "RSAES_OAEP_SHA_256", EncryptionContext: { a: "b" } } as const;
    expect(await nameOf(client.send(new EncryptCommand({ ...base, Plaintext: bytes("text") })))).toBe(
      "ValidationException",
    );
    const blob = await seal(client, id, bytes("text"), "RSAES_OAEP_SHA_256");
    expect(await nameOf(client.send(new DecryptCommand({ ...base, CiphertextBlob: blob })))).toBe(
      "ValidationException",
    );
  });

  it("refuse RSA keys that sign, and make no data keys", async () => {
    const { client } = await start();
    const [signing, encryption] = [
      await createKey(client, KINDS.rsaSigning),
      await createKey(client, KINDS.rsaEncryption),
    ];
    expect(await nameOf(seal(client, signing.id, bytes("text"), "RSAES_OAEP_SHA_256"))).toBe(
      "InvalidKeyUsageException",
    );
    expect(await nameOf(open(client, signing.id, new Uint8Array(256), "RSAES_OAEP_SHA_256"))).toBe(
      "InvalidKeyUsageException",
    );
    const dataKey = client.send(new GenerateDataKeyCommand({ KeyId: encryption.id, KeySpec: "AES_256" }));
    expect(await nameOf(dataKey)).toBe("InvalidKeyUsageException");
  });
});

describe("Decrypt with a key that did not encrypt", () => {
  it("answers IncorrectKeyException whatever the usage of that key", async () => {
    const { client } = await start();
    const [symmetric, mac] = [await createKey(client), await createKey(client, KINDS.mac)];
    const blob = await encrypt(client, symmetric.id, "text");
    const refusal = await refusalOf(open(client, mac.id, blob));
    expect(refusal).toEqual({
      name: "IncorrectKeyException",
      message: "The key ID in the request does not identify a CMK that can perform this operation.",
    });
    expect(await nameOf(open(client, mac.id, blob.subarray(1)))).toBe("InvalidKeyUsageException");
  });
});
