import type { KeyClient } from "@azure/keyvault-keys";
import {
  KmsError,
  type Algorithm,
  type ErrorClassification,
  type KeyConf,
  type KeyRecord,
  type Operation,
  type Target,
  type VersionReference,
} from "@kms/core/driver";
import { startAzureEmulator, type AzureEmulator, type AzureEmulatorOptions } from "@kms/emulators/azure";
import { onTestFinished } from "vitest";
import {
  azureKms,
  permissionsOf,
  type AzureAlgorithm,
  type AzureClients,
  type AzureScheme,
  type AzureTier,
} from "../src/index.ts";
import type { AzureDriver, DriverPart } from "../src/records.ts";
import { clientsFor } from "./harness.ts";
import { call } from "./setup-plain.ts";

export { bytes, call, context, text } from "./setup-plain.ts";

/** Milliseconds in a day. */
export const dayMs: number = 86_400_000;

/** Has something ended with the test. */
export const endWithTest = (end: () => Promise<void>): void => onTestFinished(end);

/** What a test of the driver stands on: an emulator, the official clients for it, and a driver over those clients. */
export interface Stand {
  readonly emulator: AzureEmulator;
  readonly tier: AzureTier;
  readonly client: AzureClients;
  readonly keys: KeyClient;
  readonly driver: Complete;
}

/** The driver with every member that this adapter has at a Managed HSM; at a vault some are missing. */
export type Complete = AzureDriver & DriverPart<Claimed>;
type Claimed =
  | ("listKeys" | "getPublicKey" | "generateRandom" | "serves" | "health")
  | ("encrypt" | "decrypt" | "wrapDataKey" | "nameDataKey" | "unwrapDataKey")
  | ("sign" | "verify" | "wrapKey" | "unwrapKey")
  | ("rotate" | "setEnabled" | "revoke" | "scheduleDestruction" | "cancelDestruction" | "completeDestruction");
const claimed: Readonly<Record<Claimed, "everywhere" | "managed-hsm">> = {
  listKeys: "everywhere",
  getPublicKey: "everywhere",
  generateRandom: "managed-hsm",
  serves: "everywhere",
  health: "everywhere",
  encrypt: "everywhere",
  decrypt: "everywhere",
  wrapDataKey: "everywhere",
  nameDataKey: "everywhere",
  unwrapDataKey: "everywhere",
  sign: "everywhere",
  verify: "everywhere",
  wrapKey: "managed-hsm",
  unwrapKey: "managed-hsm",
  rotate: "everywhere",
  setEnabled: "everywhere",
  revoke: "everywhere",
  scheduleDestruction: "everywhere",
  cancelDestruction: "everywhere",
  completeDestruction: "everywhere",
};

/** The driver, once it is shown to have every member of its tier and none that its tier has not. */
export function complete(driver: AzureDriver, tier: AzureTier): Complete {
  if (isComplete(driver, tier)) return driver;
  throw new TypeError("the driver lacks a member that this adapter has, or has one that its tier has not");
}

const isComplete = (driver: AzureDriver, tier: AzureTier): driver is Complete =>
  Object.entries(claimed).every(
    ([member, where]) =>
      (typeof Reflect.get(driver, member) === "function") === (where === "everywhere" || tier === "managed-hsm"),
  );

/** A stand; everything ends with the test. */
export async function stand(options: AzureEmulatorOptions = {}): Promise<Stand> {
  const emulator = await startAzureEmulator(options);
  endWithTest(() => emulator.close());
  const client = clientsFor(emulator);
  const tier = emulator.flavour;
  const driver = complete(azureKms({ client, tier }), tier);
  endWithTest(driver.close);
  return { emulator, tier, client, keys: client.keys, driver };
}

/** The scheme of an emulator that is not told another. */
export const schemeOf = ({ tier }: Pick<Stand, "tier">): AzureScheme => (tier === "managed-hsm" ? tier : "rbac");

/** The permissions that the uses of keys ask for, by the table. */
export const usePermissions = (scheme: AzureScheme): readonly string[] =>
  permissionsOf(
    [
      ...(["encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey"] as const),
      ...(["sign", "verify", "wrapKey", "unwrapKey"] as const),
    ],
    scheme,
  );

/** What a failure of the driver's is to the guard: its own `KmsError`, or what its table makes of the SDK's. */
export const told = (
  { driver }: Pick<Stand, "driver">,
  cause: unknown,
  operation: Operation,
): KmsError | ErrorClassification => (KmsError.isInstance(cause) ? cause : driver.classify(cause, operation));

let names = 0;
/** A name that no other key of the tests has. */
export const freshName = (): string => `key-${(names += 1)}`;

/** A key as the guard names it to the driver, with its current version. */
export const versionOf = (
  record: KeyRecord,
  algorithm: Algorithm,
  version: string | undefined = record.currentVersion,
): VersionReference => {
  const { id, native, protection, origin } = record;
  return { id, algorithm, native, protection, origin, version: version ?? "" };
};

/** The same without a version. */
export const unversioned = ({ version: _, ...key }: VersionReference): Target => ({ ...key, version: undefined });

/** A fresh key, as the guard names it. */
export async function keyOf(
  { driver }: Stand,
  algorithm: AzureAlgorithm,
  dates: Pick<KeyConf, "activateAt" | "deactivateAt"> = {},
): Promise<VersionReference> {
  return versionOf(await driver.createKey({ algorithm, name: freshName(), ...dates }, call()), algorithm);
}

/** The name in a key's id. */
export const nameIn = (id: string): string => id.split("/").at(-1) ?? "";

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
