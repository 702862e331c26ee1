import { runConformance, type CaseResult, type CreateHarness, type ExpectedClaims } from "@kms/conformance";
import type { KmsDriver } from "@kms/core/driver";
import { bases, type Base } from "./bases.ts";

/** A green driver with exactly one behaviour changed. */
export interface Mutant {
  /** What is broken, as a clause: "decrypt ignores associated data". */
  readonly name: string;
  readonly base: Base;
  /** A fresh one for each driver, over the driver that works. */
  readonly breaks: (driver: KmsDriver) => KmsDriver;
  /** The cases that must fail. All others must not. */
  readonly fails: readonly string[];
}

/** What became of a mutant. */
export interface MutantResult {
  readonly name: string;
  /** Exactly the listed cases failed. */
  readonly caught: boolean;
  /** Cases that are listed and did not fail. */
  readonly missed: readonly string[];
  /** Cases that failed though nobody listed them. */
  readonly beside: readonly string[];
}

/** Runs the whole suite against a mutant. */
export async function runMutant(mutant: Mutant): Promise<MutantResult> {
  const { create, expected } = await bases[mutant.base]();
  const failed = failures(await runConformance({ name: mutant.name, create: broken(create, mutant), expected }));
  const missed = mutant.fails.filter((id) => !failed.has(id));
  const beside = [...failed].filter((id) => !mutant.fails.includes(id));
  return { name: mutant.name, caught: mutant.fails.length > 0 && missed.length + beside.length === 0, missed, beside };
}

/** Runs the whole suite against a base as it is; answers the cases that fail, which must be none. */
export async function runBase(base: Base): Promise<readonly string[]> {
  const { create, expected }: { readonly create: CreateHarness; readonly expected: ExpectedClaims } =
    await bases[base]();
  return [...failures(await runConformance({ name: base, create, expected }))];
}

const failures = (results: readonly CaseResult[]): ReadonlySet<string> =>
  new Set(results.filter(({ result }) => result === "failed").map(({ id }) => id));

const broken =
  (create: CreateHarness, { breaks }: Mutant): CreateHarness =>
  async () => {
    const harness = await create();
    const { anotherDriver } = harness;
    return {
      ...harness,
      driver: breaks(harness.driver),
      anotherDriver: anotherDriver === undefined ? undefined : async () => breaks(await anotherDriver()),
    };
  };
