import { p256, p384, p521 } from "@noble/curves/nist.js";
import {
  type CreateKeyCommandInput,
  DeriveSharedSecretCommand,
  GetPublicKeyCommand,
  type KMSClient,
} from "@aws-sdk/client-kms";
import { createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bytes, createKey, KINDS, nameOf, publicKeyOf, present, start, unknownValue } from "../setup.ts";

/** SubjectPublicKeyInfo DER up to the point (RFC 5480), by key spec. */
const CURVES = [
  ["ECC_NIST_P256", p256, "3059301306072a8648ce3d020106082a8648ce3d030107034200"],
  ["ECC_NIST_P384", p384, "3076301006072a8648ce3d020106052b81040022036200"],
  ["ECC_NIST_P521", p521, "30819b301006072a8648ce3d020106052b8104002303818600"],
] as const;

const derive = async (client: KMSClient, KeyId: string, PublicKey: Uint8Array): Promise<Uint8Array> => {
  const input = { KeyId, PublicKey, KeyAgreementAlgorithm: "ECDH" } as const;
  return present((await client.send(new DeriveSharedSecretCommand(input))).SharedSecret);
};

describe("DeriveSharedSecret", () => {
  it.each(CURVES)(
    "agrees on the x coordinate with an independent implementation of %s",
    async (KeySpec, curve, head) => {
      const { client } = await start();
      const { id } = await createKey(client, { KeySpec, KeyUsage: "KEY_AGREEMENT" });
      const spki = Buffer.from(await publicKeyOf(client, id));
      expect(spki.subarray(0, head.length / 2).toString("hex")).toBe(head);
      for (let index = 0; index < 5; index += 1) {
        const { secretKey, publicKey } = curve.keygen();
        const point = curve.Point.fromBytes(publicKey).toBytes(false);
        const shared = await derive(client, id, Buffer.concat([Buffer.from(head, "hex"), point]));
        const own = curve.getSharedSecret(secretKey, spki.subarray(head.length / 2)).subarray(1);
        expect(Buffer.from(shared).toString("hex")).toBe(Buffer.from(own).toString("hex"));
      }
    },
  );

  it("gives both sides the same secret, and names key, algorithm and origin", async () => {
    const { client } = await start();
    const [one, two] = [await createKey(client, KINDS.agreement), await createKey(client, KINDS.agreement)];
    const PublicKey = await publicKeyOf(client, two.id);
    const input = { KeyId: one.id, PublicKey, KeyAgreementAlgorithm: "ECDH" } as const;
    const answer = await client.send(new DeriveSharedSecretCommand(input));
    expect(answer).toMatchObject({ KeyId: one.arn, KeyAgreementAlgorithm: "ECDH", KeyOrigin: "AWS_KMS" });
    expect(await derive(client, two.id, await publicKeyOf(client, one.id))).toEqual(answer.SharedSecret);
  });

  it("refuses with ValidationException what is no public key on the key's own curve", async () => {
    const { client } = await start();
    const { id } = await createKey(client, KINDS.agreement);
    const other = await createKey(client, { KeySpec: "ECC_NIST_P384", KeyUsage: "KEY_AGREEMENT" });
    const rsa = await createKey(client, KINDS.rsaSigning);
    const genuine = await publicKeyOf(client, id);
    const key = createPublicKey({ key: Buffer.from(genuine), format: "der", type: "spki" });
    const offCurve = genuine.map((byte, at) => (at === genuine.length - 1 ? byte ^ 1 : byte));
    for (const peer of [
      offCurve,
      genuine.subarray(0, -1),
      Buffer.concat([genuine, Buffer.from([0])]),
      await publicKeyOf(client, other.id),
      await publicKeyOf(client, rsa.id),
      bytes(String(key.export({ format: "pem", type: "spki" }))),
      new Uint8Array(1),
      new Uint8Array(),
      new Uint8Array(8193),
    ]) {
      expect(await nameOf(derive(client, id, peer))).toBe("ValidationException");
    }
    expect(await nameOf(derive(client, id, genuine))).toBe("none");
  });

  it("refuses a key that signs, an unknown algorithm and an attested recipient", async () => {
    const { client } = await start();
    const [signing, agreement] = [await createKey(client, KINDS.signing), await createKey(client, KINDS.agreement)];
    const PublicKey = await publicKeyOf(client, agreement.id);
    expect(await nameOf(derive(client, signing.id, PublicKey))).toBe("InvalidKeyUsageException");
    const base = { KeyId: agreement.id, PublicKey, KeyAgreementAlgorithm: "ECDH" } as const;
    const unknown = { ...base, KeyAgreementAlgorithm: unknownValue("X25519") };
    expect(await nameOf(client.send(new DeriveSharedSecretCommand(unknown)))).toBe("ValidationException");
    const recipient = { ...base, Recipient: { KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256" } } as const;
    expect(await nameOf(client.send(new DeriveSharedSecretCommand(recipient)))).toBe("NotImplementedException");
  });
});

describe("GetPublicKey", () => {
  it.each<[CreateKeyCommandInput, object]>([
    [
      { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" },
      { EncryptionAlgorithms: ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] },
    ],
    [{ KeySpec: "ECC_NIST_P521", KeyUsage: "KEY_AGREEMENT" }, { KeyAgreementAlgorithms: ["ECDH"] }],
    [
      { KeySpec: "ECC_NIST_EDWARDS25519", KeyUsage: "SIGN_VERIFY" },
      { SigningAlgorithms: ["ED25519_SHA_512", "ED25519_PH_SHA_512"] },
    ],
  ])("answers %o with its algorithms", async (input, algorithms) => {
    const { client } = await start();
    const { id, arn } = await createKey(client, input);
    const answer = await client.send(new GetPublicKeyCommand({ KeyId: id }));
    expect(answer).toMatchObject({ ...input, ...algorithms, KeyId: arn, CustomerMasterKeySpec: input.KeySpec });
  });

  it.each([2048, 3072, 4096] as const)(
    "answers an RSA key of %i bits with exponent 65537",
    async (bits) => {
      const { client } = await start();
      const { id } = await createKey(client, { KeySpec: `RSA_${bits}`, KeyUsage: "SIGN_VERIFY" });
      const key = createPublicKey({ key: Buffer.from(await publicKeyOf(client, id)), format: "der", type: "spki" });
      expect(key.asymmetricKeyDetails).toMatchObject({ modulusLength: bits, publicExponent: 65_537n });
    },
    120_000,
  );

  it.each([
    ["a symmetric key", KINDS.symmetric],
    ["a MAC key", KINDS.mac],
  ])("refuses %s with UnsupportedOperationException", async (_, kind) => {
    const { client } = await start();
    const { id } = await createKey(client, kind);
    expect(await nameOf(client.send(new GetPublicKeyCommand({ KeyId: id })))).toBe("UnsupportedOperationException");
  });
});
