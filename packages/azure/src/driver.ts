import type { KmsDriver } from "@kms/core/driver";
import {
  managedHsmAlgorithms,
  vaultAlgorithms,
  type AzureAlgorithm,
  type ManagedHsmAlgorithm,
  type VaultAlgorithm,
} from "./algorithms.ts";
import { azureCapabilities, kindOf } from "./capabilities.ts";
import { connect, keepVault } from "./client.ts";
import { dataKeys } from "./data-keys.ts";
import { encryption } from "./encryption.ts";
import { classify } from "./errors.ts";
import { isVersion, sameKey, scopeOf } from "./key-id.ts";
import { keys } from "./keys.ts";
import { lifecycle } from "./lifecycle.ts";
import {
  checkConfFor,
  readOptions,
  type AzureManagedHsmOptions,
  type AzureOptions,
  type AzureVaultOptions,
  type CheckedOptions,
} from "./options.ts";
import { emptyMemory } from "./records/memory.ts";
import { signing } from "./signing.ts";
import { wrapping } from "./wrapping.ts";

/**
 * A driver for one vault or Managed HSM. Makes no call and loads no SDK until it is used; then it needs the package
 * `@azure/keyvault-keys` (`UNSUPPORTED` when that is missing). `INVALID_ARGUMENT` for options that do not exist or
 * contradict each other, and for an address that is not one of Azure's own, which is never sent a token.
 */
export function azureKms(options: AzureManagedHsmOptions): KmsDriver<ManagedHsmAlgorithm, never>;
export function azureKms(options: AzureVaultOptions): KmsDriver<VaultAlgorithm, never>;
export function azureKms(options: AzureOptions): KmsDriver<AzureAlgorithm, never>;
export function azureKms(options: AzureOptions): KmsDriver<AzureAlgorithm, never> {
  const checked = readOptions(options);
  return checked.tier === "managed-hsm" ? assemble(checked, managedHsmAlgorithms) : assemble(checked, vaultAlgorithms);
}

function assemble<A extends AzureAlgorithm>(checked: CheckedOptions, algorithms: readonly A[]): KmsDriver<A, never> {
  const { tier, host } = checked;
  const connection = connect(checked);
  const vault = { connection, tier, memory: emptyMemory() };
  const driver: KmsDriver<A, never> = {
    specificationVersion: 1,
    capabilities: azureCapabilities(tier),
    algorithms,
    checkConf: checkConfFor(tier, algorithms),
    isVersion,
    sameKey,
    scopeOf,
    serves: (scope) => scope === host,
    classify,
    ...keys(vault),
    ...encryption(vault),
    ...dataKeys(vault, kindOf(tier)),
    ...signing(vault),
    ...(tier === "managed-hsm" ? wrapping(vault) : {}),
    ...lifecycle(vault),
    close: connection.close,
  };
  return keepVault(driver, vault);
}
