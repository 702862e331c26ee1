/** The door of `@kms/gcp`: Google Cloud KMS behind the @kms contract, through the official SDK. */
export { gcpKms } from "./driver.ts";
export type { GcpOptions } from "./options.ts";
export type { GcpAlgorithm } from "./algorithms.ts";
export {
  permissions,
  permissionsOf,
  type GcpOperation,
  type IamPermission,
  type PermissionRow,
} from "./permissions.ts";
