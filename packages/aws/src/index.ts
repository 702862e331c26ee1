/** The door of `@kms/aws`: AWS KMS behind the @kms contract, through the official SDK. */
export { awsKms } from "./driver.ts";
export { awsReEncrypt } from "./encryption.ts";
export type { AwsOptions } from "./options.ts";
export type { AwsAlgorithm } from "./algorithms.ts";
export { actionsOf, permissions, type AwsOperation, type IamAction, type PermissionRow } from "./permissions.ts";
