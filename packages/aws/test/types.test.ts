import { expectTypeOf, test } from "vitest";
import type { KMSClient } from "@aws-sdk/client-kms";
import type { KeyConf, KmsDriver } from "@kms/core/driver";
import { awsKms, type AwsAlgorithm, type AwsOptions } from "../src/index.ts";

test("the driver says its algorithms, and that configurations have no options of its own", () => {
  const driver = awsKms({});
  expectTypeOf(driver).toEqualTypeOf<KmsDriver<AwsAlgorithm, never>>();
  expectTypeOf<Parameters<typeof driver.createKey>[0]>().toEqualTypeOf<KeyConf<AwsAlgorithm, never>>();
  expectTypeOf(driver).toExtend<KmsDriver>();
});

test("an algorithm that AWS has not, an option of the driver's and an option of a key do not compile", () => {
  expectTypeOf<"AES-256-KWP">().not.toExtend<AwsAlgorithm>();
  expectTypeOf<{ endpoint: string }>().not.toExtend<AwsOptions>();
  expectTypeOf<{ algorithm: "AES-256-GCM"; options: { multiRegion: true } }>().not.toExtend<KeyConf<AwsAlgorithm>>();
});

test("the SDK's types stand in the options alone", () => {
  expectTypeOf<NonNullable<AwsOptions["client"]>>().toEqualTypeOf<KMSClient>();
});
