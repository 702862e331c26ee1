import {
  DecryptCommand,
  DisableKeyCommand,
  ReEncryptCommand,
  type ReEncryptCommandInput,
  RotateKeyOnDemandCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { bytes, createKey, encrypt, KINDS, nameOf, present, start } from "../setup.ts";

const CONTEXT = { tenant: "42" };

describe("ReEncrypt", () => {
  it("moves a ciphertext to another key and context, and names both keys and materials", async () => {
    const { client } = await start();
    const [from, to] = [await createKey(client), await createKey(client)];
    const blob = await encrypt(client, from.id, "text", CONTEXT);
    const source = await client.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: CONTEXT }));
    const answer = await client.send(
      new ReEncryptCommand({
        CiphertextBlob: blob,
        SourceEncryptionContext: CONTEXT,
        DestinationKeyId: to.arn,
        DestinationEncryptionContext: { tenant: "43" },
      }),
    );
    const input = { CiphertextBlob: answer.CiphertextBlob, EncryptionContext: { tenant: "43" } };
    const opened = await client.send(new DecryptCommand(input));
    expect(opened).toMatchObject({ KeyId: to.arn, Plaintext: bytes("text") });
    expect(answer).toMatchObject({
      SourceKeyId: from.arn,
      KeyId: to.arn,
      SourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      DestinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      SourceKeyMaterialId: source.KeyMaterialId,
      DestinationKeyMaterialId: opened.KeyMaterialId,
    });
  });

  it("brings a ciphertext to the current material of its own key", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const blob = await encrypt(client, id, "text");
    await client.send(new RotateKeyOnDemandCommand({ KeyId: id }));
    const answer = await client.send(new ReEncryptCommand({ CiphertextBlob: blob, DestinationKeyId: id }));
    expect(answer.DestinationKeyMaterialId).not.toBe(present(answer.SourceKeyMaterialId));
  });

  it("goes from and to RSA where key and algorithm are named", async () => {
    const { client } = await start();
    const [rsa, symmetric] = [await createKey(client, KINDS.rsaEncryption), await createKey(client)];
    const out = await client.send(
      new ReEncryptCommand({
        CiphertextBlob: await encrypt(client, symmetric.id, "text"),
        DestinationKeyId: rsa.id,
        DestinationEncryptionAlgorithm: "RSAES_OAEP_SHA_256",
      }),
    );
    expect(out).not.toHaveProperty("DestinationKeyMaterialId");
    const back = await client.send(
      new ReEncryptCommand({
        CiphertextBlob: out.CiphertextBlob,
        SourceKeyId: rsa.id,
        SourceEncryptionAlgorithm: "RSAES_OAEP_SHA_256",
        DestinationKeyId: symmetric.id,
      }),
    );
    expect(back).not.toHaveProperty("SourceKeyMaterialId");
    const opened = await client.send(new DecryptCommand({ CiphertextBlob: back.CiphertextBlob }));
    expect(opened.Plaintext).toEqual(bytes("text"));
  });

  it("refuses what Decrypt and Encrypt refuse, by the same names", async () => {
    const { client } = await start();
    const [from, to, mac] = [await createKey(client), await createKey(client), await createKey(client, KINDS.mac)];
    const CiphertextBlob = await encrypt(client, from.id, "text", CONTEXT);
    const good = { CiphertextBlob, SourceEncryptionContext: CONTEXT, DestinationKeyId: to.id };
    const attempt = (input: Partial<ReEncryptCommandInput>): Promise<string> =>
      nameOf(client.send(new ReEncryptCommand({ ...good, ...input })));
    expect(await attempt({})).toBe("none");
    expect(await attempt({ SourceEncryptionContext: { tenant: "43" } })).toBe("InvalidCiphertextException");
    expect(await attempt({ CiphertextBlob: CiphertextBlob.subarray(1) })).toBe("InvalidCiphertextException");
    expect(await attempt({ SourceKeyId: to.id })).toBe("IncorrectKeyException");
    expect(await attempt({ SourceKeyId: from.arn })).toBe("none");
    expect(await attempt({ DestinationKeyId: mac.id })).toBe("InvalidKeyUsageException");
    expect(await attempt({ DestinationKeyId: "alias/none" })).toBe("NotFoundException");
    expect(await attempt({ DestinationEncryptionAlgorithm: "RSAES_OAEP_SHA_1" })).toBe("InvalidKeyUsageException");
    expect(await attempt({ DryRun: true })).toBe("DryRunOperationException");
    expect(await attempt({ DryRun: true, DryRunModifiers: ["IGNORE_CIPHERTEXT"] })).toBe("NotImplementedException");
    await client.send(new DisableKeyCommand({ KeyId: to.id }));
    expect(await attempt({})).toBe("DisabledException");
  });
});
