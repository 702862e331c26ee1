import {
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DescribeKeyCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  paginateListKeys,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { createKey, DAY_MS, KINDS, nameOf, refusalOf, start } from "../setup.ts";

const ABSENT = "01234567-89ab-4cde-8f01-23456789abcd";

describe("CreateKey", () => {
  it("makes an enabled symmetric key when nothing is said", async () => {
    const { client } = await start({ now: () => 1_000_500 });
    const { KeyMetadata: metadata } = await client.send(new CreateKeyCommand({ Description: "orders" }));
    expect(metadata).toMatchObject({
      AWSAccountId: "000000000000",
      Arn: `arn:aws:kms:eu-west-1:000000000000:key/${metadata?.KeyId}`,
      CreationDate: new Date(1_000_500),
      Enabled: true,
      KeyState: "Enabled",
      Description: "orders",
      KeySpec: "SYMMETRIC_DEFAULT",
      CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
      KeyUsage: "ENCRYPT_DECRYPT",
      EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
      Origin: "AWS_KMS",
      KeyManager: "CUSTOMER",
      MultiRegion: false,
    });
    expect(metadata?.CurrentKeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
    expect(metadata).not.toHaveProperty("DeletionDate");
  });

  it.each([
    ["ECC_NIST_P256", "SIGN_VERIFY", { SigningAlgorithms: ["ECDSA_SHA_256"] }],
    ["ECC_NIST_P384", "SIGN_VERIFY", { SigningAlgorithms: ["ECDSA_SHA_384"] }],
    ["ECC_NIST_P521", "SIGN_VERIFY", { SigningAlgorithms: ["ECDSA_SHA_512"] }],
    ["ECC_SECG_P256K1", "SIGN_VERIFY", { SigningAlgorithms: ["ECDSA_SHA_256"] }],
    ["ECC_NIST_EDWARDS25519", "SIGN_VERIFY", { SigningAlgorithms: ["ED25519_SHA_512", "ED25519_PH_SHA_512"] }],
    ["ECC_NIST_P256", "KEY_AGREEMENT", { KeyAgreementAlgorithms: ["ECDH"] }],
    ["ECC_NIST_P384", "KEY_AGREEMENT", { KeyAgreementAlgorithms: ["ECDH"] }],
    ["ECC_NIST_P521", "KEY_AGREEMENT", { KeyAgreementAlgorithms: ["ECDH"] }],
    ["HMAC_224", "GENERATE_VERIFY_MAC", { MacAlgorithms: ["HMAC_SHA_224"] }],
    ["HMAC_256", "GENERATE_VERIFY_MAC", { MacAlgorithms: ["HMAC_SHA_256"] }],
    ["HMAC_384", "GENERATE_VERIFY_MAC", { MacAlgorithms: ["HMAC_SHA_384"] }],
    ["HMAC_512", "GENERATE_VERIFY_MAC", { MacAlgorithms: ["HMAC_SHA_512"] }],
  ] as const)("makes %s keys of usage %s, which have no key material id", async (KeySpec, KeyUsage, algorithms) => {
    const { client } = await start();
    const { KeyMetadata: metadata } = await client.send(new CreateKeyCommand({ KeySpec, KeyUsage }));
    expect(metadata).toMatchObject({ KeySpec, KeyUsage, ...algorithms });
    expect(metadata).not.toHaveProperty("CurrentKeyMaterialId");
    expect(metadata).not.toHaveProperty("EncryptionAlgorithms");
  });

  it.each<[string, CreateKeyCommandInput]>([
    ["a usage left out where the spec needs one", { KeySpec: "HMAC_256" }],
    ["a usage that the spec does not have", { KeySpec: "HMAC_256", KeyUsage: "SIGN_VERIFY" }],
    ["agreement on secp256k1", { KeySpec: "ECC_SECG_P256K1", KeyUsage: "KEY_AGREEMENT" }],
    ["agreement on Ed25519", { KeySpec: "ECC_NIST_EDWARDS25519", KeyUsage: "KEY_AGREEMENT" }],
    ["encryption on a curve", { KeySpec: "ECC_NIST_P256", KeyUsage: "ENCRYPT_DECRYPT" }],
    ["agreement with RSA", { KeySpec: "RSA_2048", KeyUsage: "KEY_AGREEMENT" }],
    ["a usage that a symmetric key does not have", { KeyUsage: "GENERATE_VERIFY_MAC" }],
    ["a description over 8192 characters", { Description: "x".repeat(8193) }],
    ["a tag key over 128 characters", { Tags: [{ TagKey: "k".repeat(129), TagValue: "" }] }],
    ["a tag value over 256 characters", { Tags: [{ TagKey: "k", TagValue: "v".repeat(257) }] }],
    ["an empty tag key", { Tags: [{ TagKey: "", TagValue: "v" }] }],
    ["a tag without a value", { Tags: [{ TagKey: "k", TagValue: undefined }] }],
  ])("refuses %s with ValidationException", async (_, input) => {
    const { client } = await start();
    expect(await nameOf(client.send(new CreateKeyCommand(input)))).toBe("ValidationException");
    expect((await client.send(new ListKeysCommand({}))).Keys).toEqual([]);
  });

  it.each<[string, CreateKeyCommandInput]>([
    ["ML-DSA keys", { KeySpec: "ML_DSA_44", KeyUsage: "SIGN_VERIFY" }],
    ["ML-KEM keys", { KeySpec: "ML_KEM_768", KeyUsage: "ENCAPSULATE_DECAPSULATE" }],
    ["SM2 keys", { KeySpec: "SM2", KeyUsage: "SIGN_VERIFY" }],
    ["imported material", { Origin: "EXTERNAL" }],
    ["a waiver of the policy check", { BypassPolicyLockoutSafetyCheck: true }],
    ["key policies", { Policy: "{}" }],
    ["custom key stores", { CustomKeyStoreId: "cks-1234567890abcdef0" }],
  ])("refuses %s as not implemented", async (_, input) => {
    const { client } = await start();
    expect(await nameOf(client.send(new CreateKeyCommand(input)))).toBe("NotImplementedException");
  });

  it("takes switches that are off, which ask for nothing", async () => {
    const { client } = await start();
    const input = { MultiRegion: false, BypassPolicyLockoutSafetyCheck: false };
    expect(await nameOf(client.send(new CreateKeyCommand(input)))).toBe("none");
  });

  it("takes the deprecated name of KeySpec, as Terraform sends it, and refuses both names at once", async () => {
    const { client } = await start();
    const input = { CustomerMasterKeySpec: "HMAC_384", KeyUsage: "GENERATE_VERIFY_MAC" } as const;
    const { KeyMetadata: metadata } = await client.send(new CreateKeyCommand(input));
    expect(metadata).toMatchObject({ KeySpec: "HMAC_384", CustomerMasterKeySpec: "HMAC_384" });
    const both = client.send(new CreateKeyCommand({ ...input, KeySpec: "HMAC_384" }));
    expect(await nameOf(both)).toBe("ValidationException");
  });

  it("keeps tags, up to fifty, each key and value at its longest", async () => {
    const { client } = await start();
    const tags = Array.from({ length: 50 }, (_, index) => ({
      TagKey: String(index + 10).padStart(128, "k"),
      TagValue: "v".repeat(256),
    }));
    const { id } = await createKey(client, { Tags: tags });
    expect((await client.send(new ListResourceTagsCommand({ KeyId: id }))).Tags).toEqual(tags);
  });

  it("refuses a fifty-first tag, a reserved one and one given twice with TagException", async () => {
    const { client } = await start();
    const many = Array.from({ length: 51 }, (_, index) => ({ TagKey: `k${index}`, TagValue: "" }));
    for (const Tags of [many, [{ TagKey: "aws:x", TagValue: "" }], [many[0], many[0]]]) {
      const input = { Tags: Tags.filter((tag) => tag !== undefined) };
      expect(await nameOf(client.send(new CreateKeyCommand(input)))).toBe("TagException");
    }
  });
});

describe("DescribeKey", () => {
  it("finds a key by id, ARN, alias and alias ARN", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client);
    await client.send(new CreateAliasCommand({ AliasName: "alias/orders", TargetKeyId: id }));
    for (const KeyId of [id, arn, "alias/orders", "arn:aws:kms:eu-west-1:000000000000:alias/orders"]) {
      const { KeyMetadata: metadata } = await client.send(new DescribeKeyCommand({ KeyId }));
      expect(metadata?.Arn).toBe(arn);
    }
  });

  it.each([
    ["an id that names nothing", ABSENT],
    ["an ARN that names nothing", `arn:aws:kms:eu-west-1:000000000000:key/${ABSENT}`],
    ["an alias that names nothing", "alias/none"],
    ["an alias ARN that names nothing", "arn:aws:kms:eu-west-1:000000000000:alias/none"],
    ["an ARN of another region", `arn:aws:kms:us-east-1:000000000000:key/${ABSENT}`],
    ["an ARN of another account", `arn:aws:kms:eu-west-1:111122223333:key/${ABSENT}`],
    ["what is no key id", "no-key-id"],
    ["a path", "../../etc/passwd"],
    ["a key id followed by a newline", `${ABSENT}\n`],
    ["a NUL", "\0"],
  ])("refuses %s with NotFoundException", async (_, KeyId) => {
    const { client } = await start();
    expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId })))).toBe("NotFoundException");
  });

  it.each([
    ["an ARN of another service", `arn:aws:s3:eu-west-1:000000000000:key/${ABSENT}`],
    ["an ARN of another partition", `arn:aws-cn:kms:eu-west-1:000000000000:key/${ABSENT}`],
    ["half an ARN", "arn:aws:kms"],
    ["an ARN of another resource", `arn:aws:kms:eu-west-1:000000000000:thing/${ABSENT}`],
  ])("refuses %s with InvalidArnException", async (_, KeyId) => {
    const { client } = await start();
    expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId })))).toBe("InvalidArnException");
  });

  it("refuses a key that exists under the ARN of another account", async () => {
    const { client } = await start();
    const { arn } = await createKey(client);
    const KeyId = arn.replace(":000000000000:", ":111122223333:");
    expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId })))).toBe("NotFoundException");
  });

  it("names the foreign region of an ARN, as the service does", async () => {
    const { client } = await start();
    const KeyId = `arn:aws:kms:us-east-1:000000000000:key/${ABSENT}`;
    const refusal = await refusalOf(client.send(new DescribeKeyCommand({ KeyId })));
    expect(refusal).toEqual({ name: "NotFoundException", message: "Invalid arn us-east-1" });
  });

  it("refuses an empty id and one over 2048 characters with ValidationException", async () => {
    const { client } = await start();
    for (const KeyId of ["", "x".repeat(2049)]) {
      expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId })))).toBe("ValidationException");
    }
  });
});

describe("ListKeys", () => {
  it("answers an empty list that is not truncated", async () => {
    const { client } = await start();
    expect(await client.send(new ListKeysCommand({}))).toMatchObject({ Keys: [], Truncated: false });
  });

  it("pages through every key once, whatever the limit", async () => {
    const { client } = await start();
    const made = await Promise.all(Array.from({ length: 7 }, () => createKey(client, KINDS.mac)));
    for (const pageSize of [1, 2, 3, 7, 1000]) {
      const found = new Set<string | undefined>();
      let pages = 0;
      for await (const page of paginateListKeys({ client, pageSize }, {})) {
        pages += 1;
        expect(page.Keys?.length).toBeLessThanOrEqual(pageSize);
        for (const key of page.Keys ?? []) found.add(key.KeyArn);
      }
      expect(found).toEqual(new Set(made.map((key) => key.arn)));
      expect(pages).toBe(Math.ceil(7 / pageSize));
    }
  });

  it("pages a hundred at a time when no limit is given", async () => {
    const { client } = await start();
    for (let index = 0; index < 101; index += 1) await createKey(client, KINDS.mac);
    const first = await client.send(new ListKeysCommand({}));
    expect([first.Keys?.length, first.Truncated]).toEqual([100, true]);
    const second = await client.send(new ListKeysCommand({ Marker: first.NextMarker }));
    expect([second.Keys?.length, second.Truncated, second.NextMarker]).toEqual([1, false, undefined]);
  });

  it("goes on behind the last key of a page, also when that key is gone by then", async () => {
    const { emulator, client } = await start();
    const keys = await Promise.all(Array.from({ length: 6 }, () => createKey(client, KINDS.mac)));
    const ids = keys.map((key) => key.id).toSorted((a, b) => (a < b ? -1 : 1));
    const first = await client.send(new ListKeysCommand({ Limit: 3 }));
    expect(first.Keys?.map((key) => key.KeyId)).toEqual(ids.slice(0, 3));
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: ids[2], PendingWindowInDays: 7 }));
    emulator.clock.advance(7 * DAY_MS);
    const second = await client.send(new ListKeysCommand({ Limit: 3, Marker: first.NextMarker }));
    expect(second.Keys?.map((key) => key.KeyId)).toEqual(ids.slice(3));
    const padded = client.send(new ListKeysCommand({ Marker: `${first.NextMarker}=` }));
    expect(await nameOf(padded)).toBe("InvalidMarkerException");
  });

  it("refuses a limit outside 1 to 1000 with ValidationException and a foreign marker with InvalidMarkerException", async () => {
    const { client } = await start();
    for (const Limit of [0, -1, 1001]) {
      expect(await nameOf(client.send(new ListKeysCommand({ Limit })))).toBe("ValidationException");
    }
    for (const Marker of ["x", "YWZ0ZXI6", "YWZ0ZXI=", "%%%"]) {
      const expected = Marker === "YWZ0ZXI6" ? "none" : "InvalidMarkerException"; // "after:" with no name starts over
      expect(await nameOf(client.send(new ListKeysCommand({ Marker })))).toBe(expected);
    }
    expect(await nameOf(client.send(new ListKeysCommand({ Marker: "" })))).toBe("ValidationException");
  });
});

describe("ListResourceTags", () => {
  it("pages tags, and takes no alias", async () => {
    const { client } = await start();
    const { id } = await createKey(client, {
      Tags: [
        { TagKey: "b", TagValue: "2" },
        { TagKey: "a", TagValue: "" },
      ],
    });
    const first = await client.send(new ListResourceTagsCommand({ KeyId: id, Limit: 1 }));
    expect(first).toMatchObject({ Tags: [{ TagKey: "a", TagValue: "" }], Truncated: true });
    const second = await client.send(new ListResourceTagsCommand({ KeyId: id, Limit: 1, Marker: first.NextMarker }));
    expect(second).toMatchObject({ Tags: [{ TagKey: "b", TagValue: "2" }], Truncated: false });
    await client.send(new CreateAliasCommand({ AliasName: "alias/x", TargetKeyId: id }));
    expect(await nameOf(client.send(new ListResourceTagsCommand({ KeyId: "alias/x" })))).toBe("NotFoundException");
  });
});
