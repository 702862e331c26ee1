/** Broken drivers, each with the cases that must catch it. */
import type { Mutant } from "./mutant.ts";
import { claimMutants } from "./mutants/claims.ts";
import { encryptionMutants } from "./mutants/encryption.ts";
import { establishmentMutants } from "./mutants/establishment.ts";
import { keyMutants } from "./mutants/keys.ts";
import { longInputMutants } from "./mutants/long-inputs.ts";
import { materialMutants } from "./mutants/material.ts";
import { nonceMutants } from "./mutants/nonces.ts";
import { unsampledMutants } from "./mutants/unsampled.ts";
import { useMutants } from "./mutants/uses.ts";
import { versionMutants } from "./mutants/versions.ts";

export { bases, type Base, type BaseDriver } from "./bases.ts";
export { runBase, runMutant, type Mutant, type MutantResult } from "./mutant.ts";
export { runNarrowed } from "./narrow.ts";

/** Every mutant. */
export const mutants: readonly Mutant[] = [
  ...encryptionMutants,
  ...useMutants,
  ...establishmentMutants,
  ...longInputMutants,
  ...nonceMutants,
  ...claimMutants,
  ...unsampledMutants,
  ...versionMutants,
  ...keyMutants,
  ...materialMutants,
];
