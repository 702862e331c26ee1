import type { CapabilityRow } from "../contract/capabilities.ts";
import type { KmsDriver } from "../contract/driver.ts";
import type { Operation, Protection, Algorithm } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { shown } from "../keys/key-id.ts";
import { Limiter } from "./limiter.ts";

/** A driver under the application's name for it. */
export interface Provider {
  readonly name: string;
  readonly driver: KmsDriver;
  readonly limiter: Limiter;
}

/** Checks what was handed in as drivers and names them. `INVALID_ARGUMENT` for none, and for what is not a driver of this specification. */
export function readProviders(providers: unknown, concurrency: number): ReadonlyMap<string, Provider> {
  const entries = typeof providers === "object" && providers !== null ? Object.entries(providers) : [];
  if (entries.length === 0) throw new KmsError("INVALID_ARGUMENT", "createKms needs at least one provider.");
  return new Map(
    entries.map(([name, driver]: [string, Partial<KmsDriver> | undefined]) => {
      if (driver?.specificationVersion !== 1 || driver.capabilities === undefined) {
        throw new KmsError(
          "INVALID_ARGUMENT",
          `Provider ${shown(name)} is not a driver of specification version 1. Give what an adapter's factory answers (await it where it is asynchronous).`,
        );
      }
      return [name, { name, driver: driver as KmsDriver, limiter: new Limiter(concurrency) }];
    }),
  );
}

/** What to do where an operation is not offered. */
export const insteadOf: Readonly<Partial<Record<Operation, string>>> = {
  rotateKey: "replaceKey makes a new key that records what it replaces.",
  revokeKey: "disableKey stops the key; scheduleDestruction ends it.",
  verify: "verifySignature with the public key works offline.",
  importKey: "generateKey makes the key at the provider.",
  generateRandom: "crypto.getRandomValues of this runtime is a cryptographic generator too.",
};

/** `UNSUPPORTED`, saying what was asked and what to do instead. */
export const unsupported = (provider: string, operation: Operation, what: string): KmsError =>
  new KmsError(
    "UNSUPPORTED",
    [`Provider "${provider}" does not claim ${operation} for ${what}.`, insteadOf[operation]].filter(Boolean).join(" "),
    { operation, provider },
  );

/** The rows of a provider that fit a question. */
export const matchingRows = (
  provider: Provider,
  algorithm: Algorithm | undefined,
  protection: Protection | undefined,
): readonly CapabilityRow[] =>
  provider.driver.capabilities.rows.filter(
    (row) =>
      (algorithm === undefined || row.algorithm === algorithm) &&
      (protection === undefined || row.protection === protection),
  );
