/** The door of `@kms/azure`: Azure Key Vault and Managed HSM behind the @kms contract, through the official SDK. */
export { azureKms } from "./driver.ts";
export { purgeAzureKey } from "./lifecycle/purging.ts";
export type {
  AzureClients,
  AzureCredential,
  AzureManagedHsmOptions,
  AzureOptions,
  AzureVaultOptions,
} from "./options.ts";
export type { AzureAlgorithm, AzureTier, ManagedHsmAlgorithm, VaultAlgorithm } from "./algorithms.ts";
export {
  permissions,
  permissionsOf,
  type AzureOperation,
  type AzureRight,
  type AzureScheme,
  type PermissionRow,
} from "./permissions.ts";
