import { describe, expect, test } from "vitest";
import { CreateKeyCommand, ListResourceTagsCommand } from "@aws-sdk/client-kms";
import { bytes, call, context, dayMs, refusal, rejection, stand, target, version1 } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

describe("createKey", () => {
  test.each([
    ["AES-256-GCM", "SYMMETRIC_DEFAULT/ENCRYPT_DECRYPT"],
    ["ECDSA-P256-SHA256", "ECC_NIST_P256/SIGN_VERIFY"],
    ["HMAC-SHA256", "HMAC_256/GENERATE_VERIFY_MAC"],
    ["HMAC-SHA384", "HMAC_384/GENERATE_VERIFY_MAC"],
    ["HMAC-SHA512", "HMAC_512/GENERATE_VERIFY_MAC"],
  ] as const)("makes a key for %s that reads back as it was answered", async (algorithm, native) => {
    const { driver } = await stand();
    const made = await driver.createKey({ algorithm, labels: { app: "orders" } }, call());
    expect(made).toMatchObject({
      native,
      algorithms: [algorithm],
      protection: "hsm",
      origin: "generated",
      exportable: false,
      state: "enabled",
      versionsComplete: true,
      labels: { app: "orders" },
    });
    expect(made.id).toMatch(/^arn:aws:kms:eu-west-1:000000000000:key\/[0-9a-f-]{36}$/);
    expect(await driver.describeKey(made.id, call())).toEqual(made);
    expect(driver.capabilities.rows.find((row) => row.algorithm === algorithm)?.native).toBe(native);
  });

  test("names the version 1 where a key has one material, and the material's id where it rotates", async () => {
    const { driver } = await stand();
    const signing = await driver.createKey({ algorithm: "ECDSA-P256-SHA256" }, call());
    const symmetric = await driver.createKey(aes, call());
    expect([signing.currentVersion, signing.versions.map(({ version }) => version)]).toEqual(["1", ["1"]]);
    expect(symmetric.currentVersion).toMatch(/^[0-9a-f]{64}$/);
    expect(symmetric.versions).toMatchObject([{ version: symmetric.currentVersion, native: "enabled" }]);
  });

  test("tags the key with the call's idempotency token, which is no label", async () => {
    const { driver, client } = await stand();
    const made = await driver.createKey({ ...aes, labels: { app: "orders" } }, call({ idempotencyToken: "the-token" }));
    const tags = await client.send(new ListResourceTagsCommand({ KeyId: made.id }));
    expect(tags.Tags).toContainEqual({ TagKey: "kms-nonce", TagValue: "the-token" });
    expect((await driver.describeKey(made.id, call())).labels).toEqual({ app: "orders" });
  });

  test("turns a name into an alias", async () => {
    const { driver } = await stand();
    const made = await driver.createKey({ ...aes, name: "orders" }, call());
    expect((await driver.describeKey("alias/orders", call())).id).toBe(made.id);
  });

  test("refuses a name that is taken before it makes a key", async () => {
    const { driver, emulator } = await stand();
    await driver.createKey({ ...aes, name: "orders" }, call());
    emulator.requests.clear();
    const error = await refusal(driver.createKey({ ...aes, name: "orders" }, call()));
    expect(error).toMatchObject({ code: "ALREADY_EXISTS", outcome: "none" });
    expect(emulator.requests.count("CreateKey")).toBe(0);
  });

  test.each([
    ["CreateAlias", { name: "orders" }],
    ["EnableKeyRotation", { rotateEveryDays: 365 }],
  ] as const)("says that the key was made and which when %s is denied", async (operation, conf) => {
    const { driver, emulator } = await stand();
    emulator.permissions.deny(`kms:${operation}`);
    const error = await refusal(driver.createKey({ ...aes, ...conf }, call()));
    expect(error).toMatchObject({
      code: "PERMISSION_DENIED",
      permission: `kms:${operation}`,
      outcome: "done",
      retryable: false,
      operation: "generateKey",
    });
    expect(error.cause).toBeInstanceOf(Error);
    expect((await driver.describeKey(error.keyId ?? "", call())).state).toBe("enabled");
  });

  test("loses a race for a name as ALREADY_EXISTS with the key that was made", async () => {
    const { driver, emulator } = await stand();
    emulator.faults.next({ error: "AlreadyExistsException" }, "CreateAlias");
    const error = await refusal(driver.createKey({ ...aes, name: "orders" }, call()));
    expect(error).toMatchObject({ code: "ALREADY_EXISTS", outcome: "done" });
    expect(error.keyId).toMatch(/^arn:/);
  });

  test("rotates by itself after the days asked for", async () => {
    const { driver, emulator } = await stand();
    const made = await driver.createKey({ ...aes, rotateEveryDays: 90 }, call());
    expect(made.rotateEveryDays).toBe(90);
    expect((await driver.describeKey(made.id, call())).rotateEveryDays).toBe(90);
    emulator.clock.advance(91 * dayMs);
    const later = await driver.describeKey(made.id, call());
    expect(later.versions).toHaveLength(2);
    expect(later.currentVersion).not.toBe(made.currentVersion);
  });
});

describe("describeKey", () => {
  test("resolves key id, ARN, alias and alias ARN to one ARN", async () => {
    const { driver } = await stand();
    const { id } = await driver.createKey({ ...aes, name: "orders" }, call());
    const references = [id, id.split("/")[1] ?? "", "alias/orders", id.replace(/key\/.*/, "alias/orders")];
    for (const reference of references) expect((await driver.describeKey(reference, call())).id).toBe(id);
  });

  test("asks by alias once and by ARN from then on", async () => {
    const { driver, emulator } = await stand();
    const { id } = await driver.createKey({ ...aes, name: "orders" }, call());
    emulator.requests.clear();
    await driver.describeKey("alias/orders", call());
    const [first, ...rest] = emulator.requests.list();
    expect(first).toMatchObject({ operation: "DescribeKey", keyId: "alias/orders" });
    expect(new Set(rest.map(({ keyId }) => keyId))).toEqual(new Set([id]));
    expect(rest.map(({ operation }) => operation).toSorted()).toEqual([
      "GetKeyRotationStatus",
      "ListKeyRotations",
      "ListResourceTags",
    ]);
  });

  test("what is done with a key read by its alias goes by its ARN, wherever the alias points by then", async () => {
    const { driver, emulator } = await stand();
    const { id } = await driver.createKey({ ...aes, name: "orders" }, call());
    const key = target(await driver.describeKey("alias/orders", call()), "AES-256-GCM");
    emulator.requests.clear();
    await driver.encrypt(key, bytes("x"), context(), call());
    expect(emulator.requests.list()).toEqual([{ operation: "Encrypt", keyId: id }]);
  });

  test("asks for no rotations of keys that have none", async () => {
    const { driver, emulator } = await stand();
    const { id } = await driver.createKey({ algorithm: "HMAC-SHA256" }, call());
    emulator.requests.clear();
    await driver.describeKey(id, call());
    expect(emulator.requests.list().map(({ operation }) => operation)).toEqual(["DescribeKey", "ListResourceTags"]);
  });

  test("lists versions oldest first, over several pages", async () => {
    const { driver } = await stand();
    const made = await driver.createKey(aes, call());
    const key = target(made, "AES-256-GCM");
    const versions = [made.currentVersion];
    for (let count = 0; count < 25; count += 1) versions.push((await driver.rotate(key, call())).version);
    const record = await driver.describeKey(made.id, call());
    expect(record.versions.map(({ version }) => version)).toEqual(versions);
    expect(record.currentVersion).toBe(versions.at(-1));
  });

  test("says of a key made elsewhere what it is for, its tags as labels", async () => {
    const { driver, client } = await stand();
    const made = await client.send(new CreateKeyCommand({ Tags: [{ TagKey: "Name", TagValue: "By Terraform" }] }));
    const record = await driver.describeKey(made.KeyMetadata?.KeyId ?? "", call());
    expect(record).toMatchObject({ algorithms: ["AES-256-GCM"], labels: { Name: "By Terraform" } });
  });

  test.each(["alias/none", "1234abcd-12ab-34cd-56ef-1234567890ab"])("finds no %s", async (reference) => {
    const { driver } = await stand();
    expect(driver.classify(await rejection(driver.describeKey(reference, call())), "getKey").code).toBe("NOT_FOUND");
  });
});

describe("listKeys", () => {
  test("yields the ARN of every key once, over several pages", async () => {
    const { driver, client, emulator } = await stand();
    const made = new Set<string | undefined>();
    for (let count = 0; count < 101; count += 1) {
      made.add((await client.send(new CreateKeyCommand({}))).KeyMetadata?.Arn);
    }
    emulator.requests.clear();
    const listed: string[] = [];
    for await (const { id } of driver.listKeys(call())) listed.push(id);
    expect(new Set(listed)).toEqual(made);
    expect(listed).toHaveLength(made.size);
    expect(emulator.requests.count("ListKeys")).toBe(2);
  });

  test("asks for no page that nobody wants", async () => {
    const { driver, client, emulator } = await stand();
    for (let count = 0; count < 101; count += 1) await client.send(new CreateKeyCommand({}));
    for await (const _listing of driver.listKeys(call())) break;
    expect(emulator.requests.count("ListKeys")).toBe(1);
  });
});

describe("getPublicKey and generateRandom", () => {
  test("a public key is SPKI and names the key that answered", async () => {
    const { driver } = await stand();
    const record = await driver.createKey({ algorithm: "ECDSA-P256-SHA256" }, call());
    const answer = await driver.getPublicKey(version1(record, "ECDSA-P256-SHA256"), call());
    expect(answer).toMatchObject({ id: record.id, version: undefined });
    expect(answer.bytes).toHaveLength(91);
  });

  test("random bytes are as many as asked for, up to 1024, and not twice the same", async () => {
    const { driver } = await stand();
    for (const length of [1, 32, 1024]) expect(await driver.generateRandom(length, call())).toHaveLength(length);
    expect(await driver.generateRandom(32, call())).not.toEqual(await driver.generateRandom(32, call()));
  });

  test.each([
    [0, "INVALID_ARGUMENT"],
    [-1, "INVALID_ARGUMENT"],
    [1.5, "INVALID_ARGUMENT"],
    [Number.NaN, "INVALID_ARGUMENT"],
    [1025, "TOO_LARGE"],
  ])("%d random bytes are refused as %s without a call", async (length, code) => {
    const { driver, emulator } = await stand();
    expect(await refusal(driver.generateRandom(length, call()))).toMatchObject({ code });
    expect(emulator.requests.count()).toBe(0);
  });
});
