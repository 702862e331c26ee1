import { expectTypeOf, test } from "vitest";
import type { KeyManagementServiceClient } from "@google-cloud/kms";
import type { KeyConf, KmsDriver } from "@kms/core/driver";
import { gcpKms, type GcpAlgorithm, type GcpOptions } from "../src/index.ts";

test("the driver says its algorithms, and that configurations have no options of its own", () => {
  const driver = gcpKms({ keyRing: "projects/some-project/locations/global/keyRings/r" });
  expectTypeOf(driver).toEqualTypeOf<KmsDriver<GcpAlgorithm, never>>();
  expectTypeOf<Parameters<typeof driver.createKey>[0]>().toEqualTypeOf<KeyConf<GcpAlgorithm, never>>();
  expectTypeOf(driver).toExtend<KmsDriver>();
});

test("an algorithm that Google has not, an option of the driver's and an option of a key do not compile", () => {
  expectTypeOf<"ECDSA-P521-SHA512">().not.toExtend<GcpAlgorithm>();
  expectTypeOf<{ keyRing: string; endpoint: string }>().toExtend<GcpOptions>(); // wider objects fit, literals do not
  expectTypeOf<object>().not.toExtend<GcpOptions>();
  expectTypeOf<{ algorithm: "AES-256-GCM"; options: { importOnly: true } }>().not.toExtend<KeyConf<GcpAlgorithm>>();
});

test("the SDK's types stand in the options alone", () => {
  expectTypeOf<NonNullable<GcpOptions["client"]>>().toEqualTypeOf<KeyManagementServiceClient>();
});
