import { GenerateMacCommand, type MacAlgorithmSpec, VerifyMacCommand } from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { bytes, createKey, KINDS, nameOf, present, start } from "../setup.ts";

const SPECS = [
  ["HMAC_224", "HMAC_SHA_224", 28],
  ["HMAC_256", "HMAC_SHA_256", 32],
  ["HMAC_384", "HMAC_SHA_384", 48],
  ["HMAC_512", "HMAC_SHA_512", 64],
] as const;

describe("GenerateMac and VerifyMac", () => {
  it.each(SPECS)("make and verify MACs with %s by %s, %i bytes long", async (KeySpec, MacAlgorithm, length) => {
    const { client } = await start();
    const { id, arn } = await createKey(client, { KeySpec, KeyUsage: "GENERATE_VERIFY_MAC" });
    const made = await client.send(new GenerateMacCommand({ KeyId: id, Message: bytes("message"), MacAlgorithm }));
    expect(made).toMatchObject({ KeyId: arn, MacAlgorithm });
    expect(made.Mac).toHaveLength(length);
    const verified = await client.send(
      new VerifyMacCommand({ KeyId: id, Message: bytes("message"), MacAlgorithm, Mac: made.Mac }),
    );
    expect(verified).toMatchObject({ KeyId: arn, MacAlgorithm, MacValid: true });
  });

  it("throw for another message, another key, and a MAC with any byte changed, cut or longer", async () => {
    const { client } = await start();
    const [one, two] = [await createKey(client, KINDS.mac), await createKey(client, KINDS.mac)];
    const MacAlgorithm = "HMAC_SHA_256";
    const made = await client.send(new GenerateMacCommand({ KeyId: one.id, Message: bytes("message"), MacAlgorithm }));
    const mac = present(made.Mac);
    const verify = (KeyId: string, message: string, Mac: Uint8Array): Promise<string> =>
      nameOf(client.send(new VerifyMacCommand({ KeyId, Message: bytes(message), MacAlgorithm, Mac })));
    expect(await verify(one.id, "message", mac)).toBe("none");
    expect(await verify(one.id, "massage", mac)).toBe("KMSInvalidMacException");
    expect(await verify(two.id, "message", mac)).toBe("KMSInvalidMacException");
    for (let at = 0; at < mac.length; at += 1) {
      const changed = Uint8Array.from(mac, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await verify(one.id, "message", changed)).toBe("KMSInvalidMacException");
    }
    expect(await verify(one.id, "message", mac.subarray(0, 16))).toBe("KMSInvalidMacException");
    expect(await verify(one.id, "message", Buffer.concat([mac, mac]))).toBe("KMSInvalidMacException");
  });

  it("refuse messages of 0 and 4097 bytes, another algorithm and another usage", async () => {
    const { client } = await start();
    const [mac, symmetric] = [await createKey(client, KINDS.mac), await createKey(client)];
    const make = (KeyId: string, length: number, MacAlgorithm: MacAlgorithmSpec): Promise<string> =>
      nameOf(client.send(new GenerateMacCommand({ KeyId, Message: new Uint8Array(length), MacAlgorithm })));
    expect(await make(mac.id, 0, "HMAC_SHA_256")).toBe("ValidationException");
    expect(await make(mac.id, 4096, "HMAC_SHA_256")).toBe("none");
    expect(await make(mac.id, 4097, "HMAC_SHA_256")).toBe("ValidationException");
    expect(await make(mac.id, 1, "HMAC_SHA_512")).toBe("InvalidKeyUsageException");
    expect(await make(symmetric.id, 1, "HMAC_SHA_256")).toBe("InvalidKeyUsageException");
  });
});
