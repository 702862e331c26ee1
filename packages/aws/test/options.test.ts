import { describe, expect, test } from "vitest";
import { KMSClient } from "@aws-sdk/client-kms";
import type { Algorithm, KeyConf } from "@kms/core/driver";
import { awsKms, type AwsOptions } from "../src/index.ts";
import { call, refusal, stand } from "./setup.ts";

const client = new KMSClient({ region: "eu-west-1", maxAttempts: 1 });
const thrown = (work: () => unknown) => refusal((async () => work())());
const withMember = (name: string, value: unknown): AwsOptions => Object.fromEntries([[name, value]]);

describe("awsKms", () => {
  test("takes no options, a Region, credentials, or a ready client", () => {
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    for (const options of [undefined, {}, { region: "eu-west-1" }, { credentials }, { client }]) {
      expect(awsKms(options).capabilities.kind).toBe("aws-kms");
    }
  });

  test.each([
    withMember("endpoint", "http://127.0.0.1:1"),
    withMember("regoin", "eu-west-1"),
    { region: "eu-west-1.evil.example" },
    { region: "" },
    { client, region: "eu-west-1" },
    { client, credentials: { accessKeyId: "a", secretAccessKey: "b" } },
    withMember("client", {}),
    withMember("client", "client"),
  ])("refuses what it does not know or what contradicts itself, at once (case %#)", async (options) => {
    expect(await thrown(() => awsKms(options))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("serves the Region that it was given, any while that is left to the client", () => {
    const scope = "aws:kms:eu-west-2:111122223333";
    expect(awsKms({ region: "eu-west-1" }).serves?.(scope)).toBe(false);
    expect(awsKms({ region: "eu-west-2" }).serves?.(scope)).toBe(true);
    expect(awsKms({ client }).serves?.(scope)).toBe(true);
    expect(awsKms().serves?.(scope)).toBe(true);
  });
});

describe("checkConf", () => {
  const { checkConf } = awsKms();
  const aes: KeyConf<Algorithm> = { algorithm: "AES-256-GCM" };

  test("answers what AWS can make as it was given", () => {
    const conf = {
      ...aes,
      name: "n",
      protection: "hsm",
      labels: { app: "x" },
      rotateEveryDays: 90,
      destructionWindowDays: 7,
    } as const;
    expect(checkConf(conf)).toEqual(conf);
    expect(checkConf({ ...aes, exportable: false, rotateEveryDays: 2560, destructionWindowDays: 30 })).toMatchObject(
      aes,
    );
  });

  test.each([
    { algorithm: "ML-DSA-65" },
    { algorithm: "RSA-OAEP-4096-SHA512" },
    { algorithm: "AES-256-KWP" },
    { ...aes, protection: "software" },
    { ...aes, protection: "external" },
    { ...aes, exportable: true },
    { ...aes, activateAt: new Date(0) },
    { ...aes, deactivateAt: new Date(0) },
    { ...aes, rotateEveryDays: 89 },
    { ...aes, rotateEveryDays: 2561 },
    { algorithm: "HMAC-SHA256", rotateEveryDays: 365 },
    { algorithm: "ECDSA-P256-SHA256", rotateEveryDays: 365 },
    { algorithm: "RSA-OAEP-2048-SHA256", rotateEveryDays: 365 },
    { ...aes, destructionWindowDays: 6 },
    { ...aes, destructionWindowDays: 31 },
  ] as const)("is UNSUPPORTED for what AWS has no such thing of (case %#)", async (conf) => {
    expect(await thrown(() => checkConf(conf))).toMatchObject({ code: "UNSUPPORTED" });
  });

  test.each([
    { ...aes, options: { multiRegion: true } },
    { ...aes, options: {} },
    { ...aes, options: null },
    { ...aes, labels: { "kms-nonce": "x" } },
  ])("is INVALID_ARGUMENT for options and reserved labels (case %#)", async (conf) => {
    expect(await thrown(() => checkConf(conf))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("what passes can be made", async () => {
    const { driver } = await stand();
    const conf = driver.checkConf({ ...aes, name: "n", labels: { app: "x" }, rotateEveryDays: 2560 });
    expect(await driver.createKey(conf, call())).toMatchObject({ rotateEveryDays: 2560, labels: { app: "x" } });
  });
});
