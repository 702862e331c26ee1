import { p256 } from "@noble/curves/nist.js";
import {
  GetPublicKeyCommand,
  type KMSClient,
  type MessageType,
  SignCommand,
  type SigningAlgorithmSpec,
  VerifyCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { digest } from "../../../src/primitives.ts";
import { bytes, createKey, KINDS, nameOf, present, start, unknownValue } from "../setup.ts";

const SigningAlgorithm = "ECDSA_SHA_256";

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

describe("GetPublicKey", () => {
  it.each([
    ["a symmetric key", KINDS.symmetric],
    ["a MAC key", KINDS.mac],
  ])("refuses %s with UnsupportedOperationException", async (_, kind) => {
    const { client } = await start();
    const { id } = await createKey(client, kind);
    expect(await nameOf(client.send(new GetPublicKeyCommand({ KeyId: id })))).toBe("UnsupportedOperationException");
  });
});
