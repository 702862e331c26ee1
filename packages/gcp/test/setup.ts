import { KeyManagementServiceClient } from "@google-cloud/kms";
import {
  KmsError,
  type Algorithm,
  type ErrorClassification,
  type KeyRecord,
  type Operation,
  type Target,
  type VersionReference,
} from "@kms/core/driver";
import { startGcpEmulator, type GcpEmulator, type GcpEmulatorOptions } from "@kms/emulators/gcp";
import { onTestFinished } from "vitest";
import { gcpKms, permissionsOf } from "../src/index.ts";
import type { DriverPart, GcpDriver } from "../src/records.ts";
import { call } from "./setup-plain.ts";

export { bytes, call, context, text } from "./setup-plain.ts";

/** Milliseconds in a day. */
export const dayMs: number = 86_400_000;

/** Has something ended with the test. */
export const endWithTest = (end: () => Promise<void>): void => onTestFinished(end);

/** What a test of the driver stands on: an emulator, the official client for it, and a driver over that client. */
export interface Stand {
  readonly emulator: GcpEmulator;
  readonly client: KeyManagementServiceClient;
  readonly keyRing: string;
  readonly driver: Complete;
}

/** The driver with every member that this adapter claims. */
export type Complete = GcpDriver & DriverPart<Claimed>;
type Claimed =
  | ("listKeys" | "getPublicKey" | "generateRandom" | "serves" | "health")
  | ("encrypt" | "decrypt" | "wrapDataKey" | "nameDataKey" | "unwrapDataKey")
  | ("sign" | "generateMac" | "verifyMac")
  | ("rotate" | "promote" | "setEnabled" | "scheduleDestruction" | "cancelDestruction");
const claimed: Readonly<Record<Claimed, true>> = {
  listKeys: true,
  getPublicKey: true,
  generateRandom: true,
  serves: true,
  health: true,
  encrypt: true,
  decrypt: true,
  wrapDataKey: true,
  nameDataKey: true,
  unwrapDataKey: true,
  sign: true,
  generateMac: true,
  verifyMac: true,
  rotate: true,
  promote: true,
  setEnabled: true,
  scheduleDestruction: true,
  cancelDestruction: true,
};

/** The driver, once it is shown to have every member. */
export function complete(driver: GcpDriver): Complete {
  if (isComplete(driver)) return driver;
  throw new TypeError("the driver lacks a member that this adapter has");
}

const isComplete = (driver: GcpDriver): driver is Complete =>
  Object.keys(claimed).every((member) => typeof Reflect.get(driver, member) === "function");

/** The location and the key ring that tests use at an emulator. */
export const placeOf = ({
  projectId,
  location,
}: GcpEmulator): { readonly parent: string; readonly keyRing: string } => {
  const parent = `projects/${projectId}/locations/${location}`;
  return { parent, keyRing: `${parent}/keyRings/tests` };
};

/** A key ring in an emulator, made by somebody else. */
export async function makeRing(client: KeyManagementServiceClient, emulator: GcpEmulator): Promise<string> {
  const { parent, keyRing } = placeOf(emulator);
  await client.createKeyRing({ parent, keyRingId: "tests", keyRing: {} }, { retry: null });
  return keyRing;
}

/** A stand with a key ring; everything ends with the test. */
export async function stand(options: GcpEmulatorOptions = {}): Promise<Stand> {
  const emulator = await startGcpEmulator(options);
  endWithTest(() => emulator.close());
  const client = new KeyManagementServiceClient(emulator.clientConfiguration);
  endWithTest(() => client.close());
  const keyRing = await makeRing(client, emulator);
  emulator.requests.clear();
  const driver = complete(gcpKms({ client, keyRing }));
  endWithTest(driver.close);
  return { emulator, client, keyRing, driver };
}

/** The permissions that the uses of keys ask for, by the table. */
export const usePermissions: readonly string[] = permissionsOf([
  "encrypt",
  "decrypt",
  "generateDataKey",
  "wrapDataKey",
  "unwrapDataKey",
  "sign",
  "verify",
  "generateMac",
  "verifyMac",
]);

/** What a failure of the driver's is to the guard: its own `KmsError`, or what its table makes of the SDK's. */
export const told = (
  { driver }: Pick<Stand, "driver">,
  cause: unknown,
  operation: Operation,
): KmsError | ErrorClassification => (KmsError.isInstance(cause) ? cause : driver.classify(cause, operation));

let names = 0;
/** A name that no other key of the tests has. */
export const freshName = (): string => `key-${(names += 1)}`;

/** A key as the guard names it to the driver. */
export function target(record: KeyRecord, algorithm: Algorithm): Target {
  const { id, native, protection, origin } = record;
  return { id, algorithm, native, protection, origin, version: undefined };
}

/** The same with a version named. */
export const withVersion = (record: KeyRecord, algorithm: Algorithm, version = "1"): VersionReference => ({
  ...target(record, algorithm),
  version,
});

/** A fresh key, as the guard names it once its first version is there. */
export async function keyOf(
  { driver }: Stand,
  algorithm: (typeof driver.algorithms)[number],
): Promise<VersionReference> {
  const made = await driver.createKey({ algorithm, name: freshName() }, call());
  return withVersion(await driver.describeKey(made.id, call()), algorithm);
}

/** What a call is refused with. */
export async function rejection(promise: unknown): Promise<unknown> {
  try {
    await promise;
  } catch (cause) {
    return cause;
  }
  throw new TypeError("the call was not refused");
}

/** The `KmsError` that a call is refused with. */
export async function refusal(promise: unknown): Promise<KmsError> {
  const cause = await rejection(promise);
  if (KmsError.isInstance(cause)) return cause;
  throw cause;
}
