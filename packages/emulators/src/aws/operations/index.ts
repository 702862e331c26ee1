import { ALIAS_OPERATIONS } from "./aliases.ts";
import { DATA_KEY_OPERATIONS } from "./data-keys.ts";
import { ENCRYPTION_OPERATIONS } from "./encryption.ts";
import { KEY_OPERATIONS } from "./keys.ts";
import { KEY_PAIR_OPERATIONS } from "./key-pairs.ts";
import { LIFECYCLE_OPERATIONS } from "./lifecycle.ts";
import { MAC_OPERATIONS } from "./mac.ts";
import { POLICY_OPERATIONS } from "./policies.ts";
import { ROTATION_OPERATIONS } from "./rotation.ts";
import type { OperationRow } from "./row.ts";
import { SIGNING_OPERATIONS } from "./signing.ts";
import { TAG_OPERATIONS } from "./tags.ts";

/** Every operation that the emulator has, by name. What is not here is refused as not implemented. */
export const OPERATIONS: ReadonlyMap<string, OperationRow> = new Map(
  Object.entries({
    ...KEY_OPERATIONS,
    ...TAG_OPERATIONS,
    ...ALIAS_OPERATIONS,
    ...POLICY_OPERATIONS,
    ...LIFECYCLE_OPERATIONS,
    ...ROTATION_OPERATIONS,
    ...ENCRYPTION_OPERATIONS,
    ...DATA_KEY_OPERATIONS,
    ...SIGNING_OPERATIONS,
    ...KEY_PAIR_OPERATIONS,
    ...MAC_OPERATIONS,
  }),
);

/** Every IAM action that the policy hook knows. */
export const ACTIONS: ReadonlySet<string> = new Set(
  [...OPERATIONS.values()].flatMap((row) => [row.action, ...(row.furtherActions ?? [])]),
);
