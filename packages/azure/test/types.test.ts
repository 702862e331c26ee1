import type { CryptographyClient, KeyClient, KeyVaultKey } from "@azure/keyvault-keys";
import type { KeyConf, KmsDriver } from "@kms/core/driver";
import { expectTypeOf, test } from "vitest";
import {
  azureKms,
  type AzureAlgorithm,
  type AzureClients,
  type AzureCredential,
  type AzureOptions,
  type ManagedHsmAlgorithm,
  type VaultAlgorithm,
} from "../src/index.ts";

const credential = { getToken: async () => null };

test("a driver says its algorithms by tier, and that configurations have no options of its own", () => {
  const vault = azureKms({ vaultUrl: "https://contoso.vault.azure.net", credential });
  const hsm = azureKms({ vaultUrl: "https://contoso.managedhsm.azure.net", credential, tier: "managed-hsm" });
  expectTypeOf(vault).toEqualTypeOf<KmsDriver<VaultAlgorithm, never>>();
  expectTypeOf(hsm).toEqualTypeOf<KmsDriver<ManagedHsmAlgorithm, never>>();
  expectTypeOf<Parameters<typeof vault.createKey>[0]>().toEqualTypeOf<KeyConf<VaultAlgorithm, never>>();
  expectTypeOf(vault).toExtend<KmsDriver>();
});

test("AES on a vault, an algorithm that Azure has not and an option of a key do not compile", () => {
  expectTypeOf<"AES-256-GCM">().not.toExtend<VaultAlgorithm>();
  expectTypeOf<"AES-256-GCM">().toExtend<ManagedHsmAlgorithm>();
  expectTypeOf<"Ed25519">().not.toExtend<AzureAlgorithm>();
  expectTypeOf<{ algorithm: "ECDSA-P256-SHA256"; options: { releasePolicy: "" } }>().not.toExtend<
    KeyConf<AzureAlgorithm>
  >();
});

test("the SDK's types stand in the options alone, and the credential is the SDK's own", () => {
  expectTypeOf<NonNullable<AzureOptions["client"]>>().toEqualTypeOf<AzureClients>();
  expectTypeOf<AzureClients["keys"]>().toEqualTypeOf<KeyClient>();
  expectTypeOf<AzureClients["cryptography"]>().toEqualTypeOf<(key: KeyVaultKey) => CryptographyClient>();
  expectTypeOf<AzureCredential>().toEqualTypeOf<ConstructorParameters<typeof KeyClient>[1]>();
  expectTypeOf<{ credential: AzureCredential; tier: "gold" }>().not.toExtend<AzureOptions>();
});
