import {
  CreateAliasCommand,
  CreateKeyCommand,
  EncryptCommand,
  TagResourceCommand,
  UpdateAliasCommand,
  type CreateKeyCommandInput,
  type Tag,
} from "@aws-sdk/client-kms";
import { describe, expect, test } from "vitest";
import { guarded, kmsOver, type Guarded } from "./guarded.ts";
import { bytes, refusal, text } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

/** A key as Terraform makes it: by AWS's own API, with an alias, without a tag of ours. */
async function madeElsewhere({ client }: Guarded, input: CreateKeyCommandInput = {}, alias = "alias/orders") {
  const { KeyMetadata } = await client.send(
    new CreateKeyCommand({ ...input, Tags: [{ TagKey: "app", TagValue: "x" }] }),
  );
  const { Arn = "", KeyId = "" } = KeyMetadata ?? {};
  await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyId }));
  return { arn: Arn, id: KeyId, alias, aliasArn: Arn.replace(/key\/.*$/, alias) };
}

const isTagged = (output: object): output is { readonly Tags: Tag[] } => "Tags" in output;

describe("a key that was made elsewhere", () => {
  test("has every tag that it bears as a label, however many answers AWS needs for them", async () => {
    const here = await guarded();
    const { arn } = await madeElsewhere(here);
    const tags = ["b", "c", "d", "e"].map((TagKey) => ({ TagKey, TagValue: "y" }));
    await here.client.send(new TagResourceCommand({ KeyId: arn, Tags: tags }));
    here.client.middlewareStack.add(
      (next, { commandName }) =>
        async ({ input }) =>
          next({ input: commandName === "ListResourceTagsCommand" ? { ...input, Limit: 2 } : input }),
      { step: "initialize" },
    );
    const { labels } = await here.kms.describeKey(await here.kms.getKey("aws", arn, aes));
    expect(Object.keys(labels)).toEqual(["app", "b", "c", "d", "e"]);
  });

  test.each(["id", "arn", "alias", "aliasArn"] as const)(
    "is found by its %s and pinned to its ARN",
    async (reference) => {
      const here = await guarded();
      const made = await madeElsewhere(here);
      const key = await here.kms.getKey("aws", made[reference], aes);
      expect(key.keyId).toBe(made.arn);
      expect(await here.kms.describeKey(key)).toMatchObject({
        labels: { app: "x" },
        origin: "generated",
        state: "active",
      });
    },
  );

  test("has no labels of AWS's own tags, which nobody else can set: it can be replaced", async () => {
    const here = await guarded();
    const made = await madeElsewhere(here);
    // As AWS CloudFormation leaves its keys.
    here.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const result = await next(args);
          const tag = { TagKey: "aws:cloudformation:stack-name", TagValue: "orders" };
          if (commandName === "ListResourceTagsCommand" && isTagged(result.output)) result.output.Tags.push(tag);
          return result;
        },
      { step: "initialize" },
    );
    const key = await here.kms.getKey("aws", made.id, aes);
    expect((await here.kms.describeKey(key)).labels).toEqual({ app: "x" });
    expect((await here.kms.describeKey(await here.kms.replaceKey(key))).labels).toEqual({ app: "x" });
  });

  test("stays the one that its alias named when it was found", async () => {
    const here = await guarded();
    const made = await madeElsewhere(here);
    const next = await madeElsewhere(here, {}, "alias/next");
    const key = await here.kms.getKey("aws", made.alias, aes);
    await here.client.send(new UpdateAliasCommand({ AliasName: made.alias, TargetKeyId: next.id }));
    here.emulator.requests.clear();
    await here.kms.encrypt(key, bytes("x"));
    expect(here.emulator.requests.list()).toMatchObject([{ operation: "Encrypt", keyId: made.arn }]);
    expect((await here.kms.getKey("aws", made.alias, aes)).keyId).toBe(next.arn);
  });

  test("opens its earlier blobs through decryptNative", async () => {
    const here = await guarded();
    const made = await madeElsewhere(here);
    const key = await here.kms.getKey("aws", made.alias, aes);
    const EncryptionContext = { "aws:s3:arn": "arn:aws:s3:::orders" };
    const { CiphertextBlob = new Uint8Array() } = await here.client.send(
      new EncryptCommand({ KeyId: made.id, Plaintext: bytes("raw"), EncryptionContext }),
    );
    expect(text(await here.kms.decryptNative(key, CiphertextBlob, EncryptionContext))).toBe("raw");
    expect(await refusal(here.kms.decrypt(key, CiphertextBlob))).toMatchObject({ code: "DECRYPTION_FAILED" });
  });

  test("serves an application that may encrypt, decrypt and make data keys, with a handle from somebody with more", async () => {
    const here = await guarded();
    const made = await madeElsewhere(here);
    const token = await here.kms.sealHandle(await here.kms.getKey("aws", made.alias, aes));
    here.emulator.permissions.allowOnly(["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"]);
    here.emulator.requests.clear();
    const kms = kmsOver(here);
    const key = await kms.openHandle(token, aes);
    const ciphertext = await kms.encrypt(key, bytes("attack at dawn"), { tenant: "42" });
    expect(text(await kms.decrypt(key, ciphertext, { tenant: "42" }))).toBe("attack at dawn");
    const dataKey = await kms.generateDataKey(key, 32);
    expect(await kms.unwrapDataKey(key, dataKey.encrypted)).toEqual(dataKey.plaintext);
    expect(here.emulator.requests.list().map(({ operation }) => operation)).toEqual([
      "Encrypt",
      "Decrypt",
      "GenerateDataKey",
      "Decrypt",
    ]);
  });

  test("may have several algorithms, of which the handle fixes one", async () => {
    const here = await guarded();
    const made = await madeElsewhere(here, { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
    const pss = await here.kms.getKey("aws", made.alias, { algorithm: "RSA-PSS-2048-SHA256" });
    const pkcs1 = await here.kms.getKey("aws", made.alias, { algorithm: "RSA-PKCS1-2048-SHA256" });
    const signature = await here.kms.sign(pss, bytes("message"));
    expect(await here.kms.verify(pss, bytes("message"), signature)).toBe(true);
    expect(await here.kms.verify(pkcs1, bytes("message"), signature.bytes)).toBe(false);
    expect(await refusal(here.kms.verify(pkcs1, bytes("message"), signature))).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    const other = here.kms.getKey("aws", made.alias, { algorithm: "RSA-OAEP-2048-SHA256" });
    expect(await refusal(other)).toMatchObject({ code: "UNSUPPORTED", keyId: made.arn });
  });
});
