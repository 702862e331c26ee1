import { memoryKms } from "@kms-examples/minimal-driver";
import { claimsOf, conformanceClock, type CreateHarness, type ExpectedClaims } from "@kms/conformance";
import type { Algorithm, CapabilityRow, KmsDriver } from "@kms/core/driver";
import { memoryStore, selfManagedKms } from "@kms/self-managed";

/** The green drivers that mutants are made from. */
export type Base = "self-managed" | "minimal";

/** How a base is made, and what it claims. */
export interface BaseDriver {
  readonly create: CreateHarness;
  readonly expected: ExpectedClaims;
}

// One algorithm of each kind whose keys are quick to make: the suite runs whole for every mutant. Two of MACs: what is
// broken in the second alone is not seen by cases that take one of each kind.
const light: ReadonlySet<Algorithm> = new Set<Algorithm>([
  "AES-256-GCM",
  "HMAC-SHA256",
  "HMAC-SHA384",
  "ECDSA-P256-SHA256",
  "ECDH-P256",
  "AES-256-KWP",
]);

// Small enough that a plaintext at the limit costs nothing.
const lightLimitBytes = 65_536;

const lightRow = (row: CapabilityRow): CapabilityRow => {
  const { maximumPlaintextBytes = lightLimitBytes } = row.limits;
  const limits = { ...row.limits, maximumPlaintextBytes: Math.min(maximumPlaintextBytes, lightLimitBytes) };
  return row.algorithm === "AES-256-GCM" ? { ...row, limits } : row;
};

const lightened = (driver: KmsDriver): KmsDriver => ({
  ...driver,
  algorithms: driver.algorithms.filter((algorithm) => light.has(algorithm)),
  capabilities: {
    ...driver.capabilities,
    rows: driver.capabilities.rows.filter(({ algorithm }) => light.has(algorithm)).map(lightRow),
  },
});

/** Each base over an empty back end. */
export const bases: Readonly<Record<Base, () => Promise<BaseDriver>>> = {
  "self-managed": async () => {
    const sample = lightened(await selfManagedKms({ store: memoryStore() }));
    return {
      expected: claimsOf(sample.capabilities, ["suspended", "compromised"]),
      create: async () => {
        const store = memoryStore();
        const make = async (): Promise<KmsDriver> => lightened(await selfManagedKms({ store }));
        return { driver: await make(), clock: conformanceClock(), anotherDriver: make, close: async () => undefined };
      },
    };
  },
  minimal: async () => ({
    expected: claimsOf(memoryKms().capabilities, []),
    create: async () => ({ driver: memoryKms(), clock: conformanceClock(), close: async () => undefined }),
  }),
};
