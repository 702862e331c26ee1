import type { AuthorizationScheme } from "../permissions.ts";
import { DELETION_OPERATIONS } from "./deletion.ts";
import { ENCRYPTION_OPERATIONS } from "./encryption.ts";
import { KEY_OPERATIONS } from "./keys.ts";
import { RANDOM_OPERATIONS } from "./random.ts";
import { ROTATION_OPERATIONS } from "./rotation.ts";
import type { OperationRow } from "./row.ts";
import { SIGNING_OPERATIONS } from "./signing.ts";
import { WRAPPING_OPERATIONS } from "./wrapping.ts";

/** Every operation that the emulator knows, by its name in the REST reference. */
export const OPERATIONS: ReadonlyMap<string, OperationRow> = new Map(
  Object.entries({
    ...KEY_OPERATIONS,
    ...DELETION_OPERATIONS,
    ...ROTATION_OPERATIONS,
    ...ENCRYPTION_OPERATIONS,
    ...WRAPPING_OPERATIONS,
    ...SIGNING_OPERATIONS,
    ...RANDOM_OPERATIONS,
  }),
);

/** Every permission that a scheme's policy hook knows. */
export const permissionsOf = (scheme: AuthorizationScheme): readonly string[] => {
  const isManagedHsm = scheme === "local-rbac";
  const rows = [...OPERATIONS.values()].filter(({ flavours }) => isManagedHsm || flavours === undefined);
  return rows.flatMap(({ needs }) => needs[scheme] ?? []);
};
