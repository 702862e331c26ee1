import {
  KmsError,
  type AssociatedData,
  type Call,
  type KeyConf,
  type KmsErrorCode,
  type Revocation,
  type RevocationReason,
  type VersionReference,
} from "@kms/core/driver";
import { expect } from "vitest";
import type { SelfManagedAlgorithm } from "../src/algorithms.ts";
import { memoryStore, selfManagedKms, type KeyStore, type SelfManagedDriver } from "../src/index.ts";

/** A moment that every test starts at. */
export const start: number = Date.UTC(2030, 0, 1);
export const dayMs = 86_400_000;

let calls = 0;
/** A call as the guard would make it, at effective time `start` unless said. */
export function call(details: Partial<Call> = {}): Call {
  calls += 1;
  const { signal = new AbortController().signal } = details;
  return {
    signal,
    onInterrupt: (stop) => {
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
      return () => signal.removeEventListener("abort", stop);
    },
    remainingMs: () => 10_000,
    idempotencyToken: `call-${calls}`,
    now: start,
    accept: undefined,
    actor: undefined,
    reason: undefined,
    ...details,
  };
}

/** Associated data whose canonical bytes are the given text; the driver reads nothing but the bytes. */
export const associated = (text = ""): AssociatedData => ({ map: {}, bytes: Buffer.from(text) });

/** The driver, its optional members taken for granted: calling one that is missing fails the test. */
export type Driver = { readonly [Member in keyof SelfManagedDriver]-?: NonNullable<SelfManagedDriver[Member]> };

/** A driver over a store, a new memory store unless said. */
export async function driverOver(store: KeyStore = memoryStore()): Promise<Driver> {
  const driver = await selfManagedKms({ store });
  return driver as Driver;
}

/** Makes a key and answers the reference of its first version. */
export async function makeKey(
  driver: Driver,
  algorithm: SelfManagedAlgorithm,
  conf: Partial<KeyConf<SelfManagedAlgorithm>> = {},
  details: Partial<Call> = {},
): Promise<VersionReference> {
  const made = call(details);
  const name = `key-${made.idempotencyToken}`;
  const record = await driver.createKey(driver.checkConf({ name, ...conf, algorithm }), made);
  return { id: record.id, algorithm, native: algorithm, protection: "software", origin: "generated", version: "1" };
}

/** The same key, another version. */
export const at = (key: VersionReference, version: string): VersionReference => ({ ...key, version });

/** The error that an action ends in, whether it throws or rejects. */
export async function failure(action: () => unknown): Promise<KmsError> {
  try {
    await action();
  } catch (error) {
    if (KmsError.isInstance(error)) return error;
    throw error;
  }
  return expect.unreachable("the action succeeded");
}

/** The code of that error. */
export const codeOf = async (action: () => unknown): Promise<KmsErrorCode> => (await failure(action)).code;

/** A copy with one bit changed. */
export function flipped(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[offset] = (copy[offset] ?? 0) ^ 1;
  return copy;
}

/** A revocation found out at `start` that holds since the day before. */
export const revocation = (reason: RevocationReason): Revocation => ({
  reason,
  revokedAt: new Date(start),
  occurredAt: new Date(start - dayMs),
});
