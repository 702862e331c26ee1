import type { Capabilities, CapabilityRow, Json } from "@kms/core";

/** The adapter's committed expectation, `conformance.expected.json`: what it must claim, no more and no less. */
export interface ExpectedClaims {
  readonly kind: string;
  /** The states that `accept` opens for reading: some back ends refuse them whatever the caller accepts. */
  readonly accept: readonly string[];
  readonly rows: readonly Json[];
  readonly [member: string]: Json;
}

/** What a manifest claims, as it is committed: a capability that vanishes or appears shows as a difference. */
export const claimsOf = (manifest: Capabilities, accept: readonly string[]): ExpectedClaims => ({
  kind: manifest.kind,
  accept,
  naming: manifest.naming,
  createIsIdempotent: manifest.createIsIdempotent,
  disableVisibleWithinMs: manifest.disableVisibleWithinMs ?? null,
  listing: manifest.listing,
  states: manifest.states,
  unit: manifest.unit,
  destructionWindow: { ...manifest.destructionWindow },
  rows: manifest.rows.map(rowClaims),
});

const rowClaims = (row: CapabilityRow): Json => ({
  algorithm: row.algorithm,
  protection: row.protection,
  origin: row.origin,
  native: row.native,
  version: row.version,
  associatedData: row.associatedData,
  signInput: row.signInput ?? null,
  algorithmBinding: row.algorithmBinding,
  keyCommitment: row.keyCommitment,
  importForms: row.importForms,
  answersName: definedMembers(row.answersName),
  limits: definedMembers(row.limits),
  operations: definedMembers(row.operations),
});

const definedMembers = (value: Readonly<Record<string, Json | undefined>>): { readonly [name: string]: Json } => {
  const entries: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) if (member !== undefined) entries.push([name, member]);
  return Object.fromEntries(entries);
};

/** The text to commit as `conformance.expected.json`. */
export const expectedText = (claims: ExpectedClaims): string => `${JSON.stringify(claims, undefined, 2)}\n`;

/** The places where the two differ, as dotted paths with both values. */
export function differences(actual: unknown, expected: unknown, path: string = ""): readonly string[] {
  if (isObject(actual) && isObject(expected)) {
    const names = new Set([...Object.keys(actual), ...Object.keys(expected)]);
    return [...names].flatMap((name) => differences(actual[name], expected[name], path ? `${path}.${name}` : name));
  }
  return Object.is(actual, expected)
    ? []
    : [`${path}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
