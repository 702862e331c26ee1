import type { Permissions } from "../permission-policy.ts";
import { errorInfo, GcpError } from "./errors.ts";

/** The policy hook: which IAM permissions the emulator's one principal has, such as `cloudkms.cryptoKeyVersions.useToEncrypt`. */
export type GcpPermissions = Permissions;

/**
 * PERMISSION_DENIED that names permission and resource. Source of the words: GoogleCloudPlatform/java-docs-samples issue
 * 6571; of the detail: google/api/error_reason.proto, IAM_PERMISSION_DENIED.
 */
export const denial = (permission: string, resource: string): GcpError =>
  new GcpError(
    "PERMISSION_DENIED",
    `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
    [errorInfo("IAM_PERMISSION_DENIED", { permission, resource })],
  );
