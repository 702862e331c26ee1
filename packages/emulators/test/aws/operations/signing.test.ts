import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import {
  GetPublicKeyCommand,
  type KMSClient,
  type MessageType,
  SignCommand,
  type SignCommandInput,
  type SigningAlgorithmSpec,
  VerifyCommand,
} from "@aws-sdk/client-kms";
import { constants, createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digest, type HashName, randomBytes } from "../../../src/primitives.ts";
import { bytes, createKey, KINDS, nameOf, present, publicKeyOf, refusalOf, start, unknownValue } from "../setup.ts";

const SigningAlgorithm = "ECDSA_SHA_256";
const ED25519 = { KeySpec: "ECC_NIST_EDWARDS25519", KeyUsage: "SIGN_VERIFY" } as const;

type SigningCall = Omit<SignCommandInput, "KeyId">;

async function sign(
  client: KMSClient,
  KeyId: string,
  Message: Uint8Array,
  MessageType?: MessageType,
): Promise<Uint8Array> {
  return present((await client.send(new SignCommand({ KeyId, Message, MessageType, SigningAlgorithm }))).Signature);
}

describe("Sign", () => {
  it("makes DER signatures that an independent implementation verifies under the SPKI public key", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client, KINDS.signing);
    const answer = await client.send(new GetPublicKeyCommand({ KeyId: id }));
    expect(answer).toMatchObject({
      KeyId: arn,
      KeySpec: "ECC_NIST_P256",
      KeyUsage: "SIGN_VERIFY",
      SigningAlgorithms: [SigningAlgorithm],
    });
    const spki = Buffer.from(present(answer.PublicKey));
    expect(spki.subarray(0, 26).toString("hex")).toBe("3059301306072a8648ce3d020106082a8648ce3d030107034200"); // RFC 5480
    for (let index = 0; index < 20; index += 1) {
      const message = bytes(`message ${index}`);
      const signature = await sign(client, id, message);
      const isGenuine = p256.verify(signature, message, spki.subarray(26), { lowS: false, format: "der" });
      expect(isGenuine).toBe(true);
    }
  });

  it("does not hash a digest again", async () => {
    const { client } = await start();
    const { id } = await createKey(client, KINDS.signing);
    const message = bytes("message");
    const hashed = digest("sha256", message);
    const signature = await sign(client, id, hashed, "DIGEST");
    const verify = (Message: Uint8Array, MessageType: MessageType): Promise<string> =>
      nameOf(
        client.send(new VerifyCommand({ KeyId: id, Message, MessageType, Signature: signature, SigningAlgorithm })),
      );
    expect(await verify(message, "RAW")).toBe("none");
    expect(await verify(hashed, "DIGEST")).toBe("none");
    expect(await verify(hashed, "RAW")).toBe("KMSInvalidSignatureException");
  });

  it("refuses messages of 0 and 4097 bytes, and digests that are not 32 bytes long", async () => {
    const { client } = await start();
    const { id } = await createKey(client, KINDS.signing);
    for (const [length, type, expected] of [
      [0, "RAW", "ValidationException"],
      [1, "RAW", "none"],
      [4096, "RAW", "none"],
      [4097, "RAW", "ValidationException"],
      [31, "DIGEST", "ValidationException"],
      [33, "DIGEST", "ValidationException"],
      [64, "DIGEST", "ValidationException"],
    ] as const) {
      expect(await nameOf(sign(client, id, new Uint8Array(length), type))).toBe(expected);
    }
  });

  it("refuses another algorithm, another usage and an external mu", async () => {
    const { client } = await start();
    const [signing, mac] = [await createKey(client, KINDS.signing), await createKey(client, KINDS.mac)];
    const signWith = (KeyId: string, algorithm: SigningAlgorithmSpec, MessageType?: MessageType): Promise<string> =>
      nameOf(client.send(new SignCommand({ KeyId, Message: bytes("m"), MessageType, SigningAlgorithm: algorithm })));
    expect(await signWith(signing.id, "ECDSA_SHA_384")).toBe("InvalidKeyUsageException");
    expect(await signWith(signing.id, "RSASSA_PSS_SHA_256")).toBe("InvalidKeyUsageException");
    expect(await signWith(mac.id, SigningAlgorithm)).toBe("InvalidKeyUsageException");
    expect(await signWith(signing.id, SigningAlgorithm, "EXTERNAL_MU")).toBe("NotImplementedException");
    expect(await signWith(signing.id, unknownValue("MD5"))).toBe("ValidationException");
  });
});

describe("Verify", () => {
  it("answers true for a genuine signature and throws for everything else", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client, KINDS.signing);
    const other = await createKey(client, KINDS.signing);
    const signature = await sign(client, id, bytes("message"));
    const verify = (KeyId: string, message: string, Signature: Uint8Array): Promise<unknown> =>
      client.send(new VerifyCommand({ KeyId, Message: bytes(message), Signature, SigningAlgorithm }));
    expect(await verify(id, "message", signature)).toMatchObject({
      KeyId: arn,
      SignatureValid: true,
      SigningAlgorithm,
    });
    const changed = Uint8Array.from(signature, (byte, at) => (at === signature.length - 1 ? byte ^ 1 : byte));
    for (const call of [
      verify(id, "massage", signature),
      verify(other.id, "message", signature),
      verify(id, "message", changed),
      verify(id, "message", bytes("x")),
    ]) {
      expect(await nameOf(call)).toBe("KMSInvalidSignatureException");
    }
    expect(await nameOf(verify(id, "message", new Uint8Array()))).toBe("ValidationException");
  });
});

describe("every signing key spec", () => {
  const RSA = ["PSS", "PKCS1_V1_5"].flatMap((scheme) =>
    ["256", "384", "512"].map(
      (bits) => [scheme, bits, `RSASSA_${scheme}_SHA_${bits}` as SigningAlgorithmSpec] as const,
    ),
  );
  const signAndCheck = async (client: KMSClient, KeyId: string, call: SigningCall): Promise<Uint8Array> => {
    const signature = present((await client.send(new SignCommand({ KeyId, ...call }))).Signature);
    const verified = await client.send(new VerifyCommand({ KeyId, ...call, Signature: signature }));
    expect(verified.SignatureValid).toBe(true);
    return signature;
  };

  it("signs with RSA by all six algorithms, raw and by digest, as OpenSSL verifies", async () => {
    const { client } = await start();
    const { id } = await createKey(client, KINDS.rsaSigning);
    const spki = Buffer.from(await publicKeyOf(client, id));
    const key = createPublicKey({ key: spki, format: "der", type: "spki" });
    for (const [scheme, bits, algorithm] of RSA) {
      const hashed = digest(`sha${bits}` as HashName, bytes("message"));
      const raw = await signAndCheck(client, id, { Message: bytes("message"), SigningAlgorithm: algorithm });
      const call = { Message: hashed, MessageType: "DIGEST", SigningAlgorithm: algorithm } as const;
      const padding = scheme === "PSS" ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
      for (const signature of [raw, await signAndCheck(client, id, call)]) {
        expect(signature).toHaveLength(256);
        const options = { key, padding, saltLength: hashed.length };
        expect(verify(`sha${bits}`, bytes("message"), options, signature)).toBe(true);
      }
      expect(await nameOf(client.send(new SignCommand({ ...call, KeyId: id, Message: hashed.subarray(1) })))).toBe(
        "ValidationException",
      );
    }
  });

  it.each([
    ["ECC_NIST_P384", "ECDSA_SHA_384", p384],
    ["ECC_NIST_P521", "ECDSA_SHA_512", p521],
    ["ECC_SECG_P256K1", "ECDSA_SHA_256", secp256k1],
  ] as const)(
    "signs with %s by %s, DER, as an independent implementation verifies",
    async (KeySpec, algorithm, curve) => {
      const { client } = await start();
      const { id } = await createKey(client, { KeySpec, KeyUsage: "SIGN_VERIFY" });
      const point = (await publicKeyOf(client, id)).subarray(-(2 * curve.Point.Fp.BYTES + 1));
      for (let index = 0; index < 10; index += 1) {
        const Message = bytes(`message ${index}`);
        const signature = await signAndCheck(client, id, { Message, SigningAlgorithm: algorithm });
        expect(curve.verify(signature, Message, point, { lowS: false, format: "der" })).toBe(true);
      }
    },
  );

  it("signs with Ed25519 what is raw, 1 to 4096 bytes, as an independent implementation verifies", async () => {
    const { client } = await start();
    const { id } = await createKey(client, ED25519);
    const spki = Buffer.from(await publicKeyOf(client, id));
    expect(spki.subarray(0, 12).toString("hex")).toBe("302a300506032b6570032100"); // RFC 8410 §4
    for (const length of [1, 64, 4096]) {
      const Message = randomBytes(length);
      const signature = await signAndCheck(client, id, { Message, SigningAlgorithm: "ED25519_SHA_512" });
      expect(signature).toHaveLength(64);
      expect(ed25519.verify(signature, Message, spki.subarray(12))).toBe(true);
      const changed = signature.map((byte, at) => (at === 0 ? byte ^ 1 : byte));
      const call = { KeyId: id, Message, SigningAlgorithm: "ED25519_SHA_512", Signature: changed } as const;
      expect(await nameOf(client.send(new VerifyCommand(call)))).toBe("KMSInvalidSignatureException");
    }
  });

  it.each([
    ["ED25519_SHA_512", "DIGEST", 64, "ValidationException"],
    ["ED25519_PH_SHA_512", "RAW", 64, "ValidationException"],
    ["ED25519_PH_SHA_512", undefined, 64, "ValidationException"],
    ["ED25519_PH_SHA_512", "DIGEST", 64, "NotImplementedException"],
    ["ED25519_SHA_512", "RAW", 4097, "ValidationException"],
    ["ECDSA_SHA_512", "RAW", 64, "InvalidKeyUsageException"],
  ] as const)("refuses %s with message type %s and %i bytes by an Ed25519 key: %s", async (...row) => {
    const [SigningAlgorithm, MessageType, length, expected] = row;
    const { client } = await start();
    const { id } = await createKey(client, ED25519);
    const call = { KeyId: id, Message: new Uint8Array(length), MessageType, SigningAlgorithm };
    expect(await nameOf(client.send(new SignCommand(call)))).toBe(expected);
  });

  it("says nothing about an invalid signature but its name, as the service", async () => {
    const { client } = await start();
    const { id } = await createKey(client, KINDS.signing);
    const input = { KeyId: id, Message: bytes("m"), Signature: bytes("x"), SigningAlgorithm } as const;
    const refusal = await refusalOf(client.send(new VerifyCommand(input)));
    expect(refusal).toEqual({ name: "KMSInvalidSignatureException", message: "UnknownError" }); // the SDK's own word
  });
});
