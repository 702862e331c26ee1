import type { Algorithm, CapabilityRow, KeyHandle } from "@kms/core";
import { purposes } from "./algorithms.ts";
import type { Context } from "./context.ts";

/** One row, the quickest, for each purpose and family of algorithms: for cases that make keys of their own. */
export function oneOfEach(rows: readonly CapabilityRow[]): readonly CapabilityRow[] {
  const chosen = new Map<string, CapabilityRow>();
  for (const row of rows.toSorted((left, right) => cost(left.algorithm) - cost(right.algorithm))) {
    const group = `${purposes[row.algorithm]} ${row.algorithm.split("-")[0]} ${row.protection}`;
    if (!chosen.has(group)) chosen.set(group, row);
  }
  return [...chosen.values()];
}

/** Rows whose ciphertexts carry associated data. */
export const authenticatedRows = (rows: readonly CapabilityRow[]): readonly CapabilityRow[] =>
  rows.filter((row) => row.associatedData !== "none");

/** Rows whose keys are quick to make: for cases that need two keys of a type. */
export const quickRows = (rows: readonly CapabilityRow[]): readonly CapabilityRow[] => {
  const quick = rows.filter((row) => cost(row.algorithm) <= 2_048);
  return quick.length > 0 ? quick : rows;
};

/** One row for each purpose, the quickest: for cases about the life of a key, which its algorithm does not change. */
export function oneOfEachPurpose(rows: readonly CapabilityRow[]): readonly CapabilityRow[] {
  const chosen = new Map<string, CapabilityRow>();
  for (const row of oneOfEach(rows)) {
    const group = `${purposes[row.algorithm]} ${row.protection}`;
    if (!chosen.has(group)) chosen.set(group, row);
  }
  return [...chosen.values()];
}

/** Every position in small outputs; the first 64 and every fifth in larger ones, which are RSA's and slow. */
export const positions = (bytes: Uint8Array): readonly number[] =>
  Array.from(bytes.keys()).filter((at) => bytes.length <= 400 || at < 64 || at % 5 === 0);

/** Thirty-two positions from the first to the last of so many, and the last sixteen: for what is too long to try each. */
export const spread = (length: number): readonly number[] => {
  const evenly = Array.from({ length: 32 }, (_, index) => Math.floor((index * (length - 1)) / 31));
  const last = Array.from({ length: 16 }, (_, index) => length - 1 - index);
  return [...new Set([...evenly, ...last])].filter((at) => at >= 0);
};

/** The row of a key that was made here. */
export const rowOf = (context: Context, { algorithm, protection }: KeyHandle): CapabilityRow | undefined =>
  context.rows().find((each) => each.algorithm === algorithm && each.protection === protection);

const cost = (algorithm: Algorithm): number => Number(/\d{4}/.exec(algorithm)?.[0] ?? 0);
