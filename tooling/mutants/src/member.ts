import type { KmsDriver } from "@kms/core/driver";

/** A member that the base has; the mutant would be none without it. */
export function member<N extends keyof KmsDriver>(driver: KmsDriver, name: N): NonNullable<KmsDriver[N]> {
  const value = driver[name];
  if (value === undefined || value === null) {
    throw new TypeError(`The base has no ${name}; this mutant needs another one.`);
  }
  return value;
}

/** Lower-case hexadecimal. */
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
