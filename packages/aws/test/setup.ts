import { KMSClient, type KMSClientConfig } from "@aws-sdk/client-kms";
import {
  KmsError,
  type Algorithm,
  type AssociatedData,
  type Call,
  type ErrorClassification,
  type KeyRecord,
  type Operation,
  type Target,
  type VersionReference,
} from "@kms/core/driver";
import { startAwsEmulator, type AwsEmulator, type AwsEmulatorOptions } from "@kms/emulators/aws";
import { onTestFinished } from "vitest";
import { actionsOf, awsKms } from "../src/index.ts";
import type { AwsDriver, DriverPart } from "../src/records.ts";

/** Milliseconds in a day. */
export const dayMs: number = 86_400_000;

/** Has something ended with the test. */
export const endWithTest = (end: () => Promise<void>): void => onTestFinished(end);

/** What a test of the driver stands on: an emulator, the official client for it, and a driver over that client. */
export interface Stand {
  readonly emulator: AwsEmulator;
  readonly client: KMSClient;
  readonly driver: Complete;
}

/** The driver with every member that this adapter claims. */
export type Complete = AwsDriver & DriverPart<Claimed>;
type Claimed =
  | ("listKeys" | "getPublicKey" | "generateRandom" | "serves")
  | ("encrypt" | "decrypt" | "generateDataKey" | "wrapDataKey" | "nameDataKey" | "unwrapDataKey")
  | ("sign" | "verify" | "generateMac" | "verifyMac" | "deriveSharedSecret")
  | ("rotate" | "setEnabled" | "scheduleDestruction" | "cancelDestruction" | "health");
const claimed: Readonly<Record<Claimed, true>> = {
  listKeys: true,
  getPublicKey: true,
  generateRandom: true,
  serves: true,
  encrypt: true,
  decrypt: true,
  generateDataKey: true,
  wrapDataKey: true,
  nameDataKey: true,
  unwrapDataKey: true,
  sign: true,
  verify: true,
  generateMac: true,
  verifyMac: true,
  deriveSharedSecret: true,
  rotate: true,
  setEnabled: true,
  scheduleDestruction: true,
  cancelDestruction: true,
  health: true,
};

/** The driver, once it is shown to have every member. */
export function complete(driver: AwsDriver): Complete {
  if (isComplete(driver)) return driver;
  throw new TypeError("the driver lacks a member that this adapter has");
}

const isComplete = (driver: AwsDriver): driver is Complete =>
  Object.keys(claimed).every((member) => typeof Reflect.get(driver, member) === "function");

/** A stand; everything ends with the test. */
export async function stand(options: AwsEmulatorOptions = {}, configuration: KMSClientConfig = {}): Promise<Stand> {
  const emulator = await startAwsEmulator(options);
  endWithTest(() => emulator.close());
  const client = new KMSClient({ ...emulator.clientConfiguration, maxAttempts: 1, ...configuration });
  endWithTest(async () => client.destroy());
  const driver = complete(awsKms({ client }));
  endWithTest(driver.close);
  return { emulator, client, driver };
}

/** The actions that the uses of keys ask for, by the table of permissions. */
export const useActions: readonly string[] = actionsOf([
  "encrypt",
  "decrypt",
  "generateDataKey",
  "wrapDataKey",
  "unwrapDataKey",
  "sign",
  "verify",
  "generateMac",
  "verifyMac",
  "deriveSharedSecret",
]);

/** What a failure of the driver's is to the guard: its own `KmsError`, or what its table makes of the SDK's. */
export const told = (
  { driver }: Pick<Stand, "driver">,
  cause: unknown,
  operation: Operation,
): KmsError | ErrorClassification => (KmsError.isInstance(cause) ? cause : driver.classify(cause, operation));

let calls = 0;

/** A call as the guard makes it, with a minute left. */
export function call(given: Partial<Call> = {}): Call {
  calls += 1;
  const { signal = new AbortController().signal } = given;
  return {
    signal,
    onInterrupt: (stop) => {
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
      return () => signal.removeEventListener("abort", stop);
    },
    remainingMs: () => 60_000,
    idempotencyToken: `token-${calls}`,
    now: Date.now(),
    accept: undefined,
    actor: undefined,
    reason: undefined,
    ...given,
  };
}

/** A key as the guard names it to the driver. */
export function target(record: KeyRecord, algorithm: Algorithm): Target {
  const { id, native, protection, origin } = record;
  return { id, algorithm, native, protection, origin, version: undefined };
}

/** The same with the one version of a key that does not rotate. */
export const version1 = (record: KeyRecord, algorithm: Algorithm): VersionReference => ({
  ...target(record, algorithm),
  version: "1",
});

/** Associated data as the guard passes it; this adapter reads the map alone. */
export const context = (map: Readonly<Record<string, string>> = {}): AssociatedData => ({
  map,
  bytes: new Uint8Array(),
});

/** Has it members that can be read? */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** From here on the client's answers are changed before the driver sees them. */
export function alterAnswers(
  { client }: Pick<Stand, "client">,
  alter: (output: Record<string, unknown>) => void,
): void {
  client.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      if (isRecord(result.output)) alter(result.output);
      return result;
    },
    { step: "initialize" },
  );
}

/** UTF-8 of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** The text of UTF-8. */
export const text = (utf8: Uint8Array): string => new TextDecoder().decode(utf8);

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
