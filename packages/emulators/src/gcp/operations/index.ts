import { ASYMMETRIC_DECRYPTION_METHODS } from "./asymmetric-decryption.ts";
import { ENCRYPTION_METHODS } from "./encryption.ts";
import { IAM_METHODS } from "./iam.ts";
import { KEY_RING_METHODS } from "./key-rings.ts";
import { KEY_METHODS } from "./keys.ts";
import { MAC_METHODS } from "./mac.ts";
import { PUBLIC_KEY_METHODS } from "./public-keys.ts";
import { RANDOM_METHODS } from "./random.ts";
import type { MethodRow } from "./row.ts";
import { SIGNING_METHODS } from "./signing.ts";
import { UPDATE_METHODS } from "./updates.ts";
import { VERSION_METHODS } from "./versions.ts";

/** Every method that the emulator has, by name. What is not here is UNIMPLEMENTED. */
export const METHODS: ReadonlyMap<string, MethodRow> = new Map(
  Object.entries({
    ...KEY_RING_METHODS,
    ...KEY_METHODS,
    ...VERSION_METHODS,
    ...UPDATE_METHODS,
    ...ENCRYPTION_METHODS,
    ...SIGNING_METHODS,
    ...ASYMMETRIC_DECRYPTION_METHODS,
    ...PUBLIC_KEY_METHODS,
    ...MAC_METHODS,
    ...RANDOM_METHODS,
    ...IAM_METHODS,
  }),
);

/** Every IAM permission that the policy hook knows. */
export const PERMISSIONS: ReadonlySet<string> = new Set(
  [...METHODS.values()].flatMap(({ permission }) => (permission === undefined ? [] : [permission])),
);
