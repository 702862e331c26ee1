import type { Capabilities, CapabilityRow, Implementation } from "../contract/capabilities.ts";
import type { Target, VersionReference } from "../contract/driver.ts";
import type { Algorithm, Operation, Origin, Protection } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { deepFreeze } from "./configuration.ts";

/** What an adapter says of itself; whatever it leaves out is not claimed. */
export type CapabilityClaims = Partial<Omit<Capabilities, "states">> &
  Pick<Capabilities, "kind" | "rows"> & { readonly states?: Partial<Capabilities["states"]> | undefined };

/**
 * A manifest with honest defaults: every state but Active unsupported, whole keys as the unit, ids assigned by the
 * provider, a destruction window of 0–0 days, nothing known about listings or when a disabled key stops.
 */
export const capabilities = (claims: CapabilityClaims): Capabilities =>
  deepFreeze<Capabilities>({
    unit: { disable: "key", revoke: "key", destroy: "key" },
    destructionWindow: { chosen: "by-provider", minimumDays: 0, maximumDays: 0, mayRemain: [] },
    naming: "assigned",
    createIsIdempotent: false,
    listing: [],
    disableVisibleWithinMs: undefined,
    ...claims,
    states: {
      "pre-activation": "unsupported",
      active: "native",
      suspended: "unsupported",
      deactivated: "unsupported",
      compromised: "unsupported",
      ...claims.states,
    },
  });

/** What one row of a manifest says; the rest takes the defaults of `capabilityRow`. */
export type CapabilityRowClaims = Partial<Omit<CapabilityRow, "operations">> &
  Pick<CapabilityRow, "algorithm" | "version"> & {
    readonly operations: CapabilityRow["operations"] | readonly Operation[];
  };

// Every driver has createKey and describeKey: these operations come with them.
const always: readonly Operation[] = ["getKey", "describeKey", "refreshHandle"];

/**
 * One row of a manifest. A list of operations claims them `native`; a record says how each is done. Defaults: software,
 * generated, no associated data, no limits, the algorithm's own name, bound by the provider, no commitment. `generateKey`
 * (for generated keys), `getKey`, `describeKey` and `refreshHandle` are claimed for every row: the driver's mandatory
 * members do them.
 */
export function capabilityRow(row: CapabilityRowClaims): CapabilityRow {
  const { operations, ...rest } = row;
  const origin = row.origin ?? "generated";
  const claimed: Partial<Record<Operation, Implementation>> = {};
  for (const operation of origin === "generated" ? ["generateKey" as const, ...always] : always) {
    claimed[operation] = "native";
  }
  if (isList(operations)) for (const operation of operations) claimed[operation] = "native";
  else Object.assign(claimed, operations);
  return deepFreeze<CapabilityRow>({
    protection: "software",
    native: row.algorithm,
    limits: {},
    associatedData: "none",
    answersName: {},
    algorithmBinding: "provider",
    importForms: [],
    keyCommitment: false,
    ...rest,
    origin,
    operations: claimed,
  });
}

const isList = (operations: CapabilityRowClaims["operations"]): operations is readonly Operation[] =>
  Array.isArray(operations);

/** The row that a handle selects; undefined when the provider has no such key. */
export const selectRow = (
  manifest: Capabilities,
  algorithm: Algorithm,
  protection: Protection,
  origin: Origin,
): CapabilityRow | undefined =>
  manifest.rows.find((row) => row.algorithm === algorithm && row.protection === protection && row.origin === origin);

/** For drivers that need the version named: the same object, or `INVALID_ARGUMENT` when it names none. */
export function exactVersion(key: Target): VersionReference {
  if (namesVersion(key)) return key;
  throw new KmsError(
    "INVALID_ARGUMENT",
    'This driver was called without a key version; its capability row must say version: "caller".',
    { keyId: key.id },
  );
}

const namesVersion = (key: Target): key is VersionReference => key.version !== undefined;
