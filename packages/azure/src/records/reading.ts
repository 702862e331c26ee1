import type { KeyProperties, KeyRotationPolicy, KeyVaultKey } from "@azure/keyvault-keys";
import { KmsError, type Call, type KeyReference, type KmsErrorCode } from "@kms/core/driver";
import { algorithms, isAzureAlgorithm } from "../algorithms.ts";
import { codeOf } from "../errors.ts";
import { keyIdOf, versionIdOf } from "../key-id.ts";
import {
  recordOf,
  type AzureRecord,
  type Description,
  type Rotation,
  type Vault,
  type VersionShape,
} from "../records.ts";
import { readGone } from "./deleted.ts";
import { forgetEnding } from "./endings.ts";
import { pages } from "./pages.ts";
import { keepShape, memoryId, readVersion } from "./versions.ts";

/**
 * A key by its name, living or deleted. `NOT_FOUND` when the service shows it under neither name, unless this driver knows
 * it to be on its way from one to the other; `INVALID_STATE` for a disabled key that the service refuses to show and whose
 * type this driver has not read before. `key`: what is known of its type anyway.
 */
export async function readKey(vault: Vault, name: string, call: Call, key?: KeyReference): Promise<AzureRecord> {
  const found = await describe(vault, name, call, key);
  return "record" in found ? found.record : recordOf(found, call.now);
}

/** A key that is deleted, or on its way there or back. */
export interface Gone {
  readonly record: AzureRecord;
}

/** A key's description, or its record where it is deleted. Errors as of `readKey`. */
export async function describe(
  vault: Vault,
  name: string,
  call: Call,
  key?: KeyReference,
): Promise<Description | Gone> {
  const [newest, versions, rotation] = await Promise.allSettled([
    readNewest(vault, name, call),
    readVersions(vault, name, call),
    readRotation(vault, name, call),
  ]);
  if (newest.status === "rejected" && codeOf(newest.reason, "describeKey") === "NOT_FOUND") {
    return { record: await readGone(vault, name, call, newest.reason) };
  }
  const listed = unwrapped(versions).toSorted(byAge(settled(newest)?.properties.version));
  vault.memory.underWay.delete(memoryId(vault, name));
  forgetEnding(vault, name);
  const shown = unwrapped(newest) ?? (await readShown(vault, name, listed, call));
  const { host } = vault.connection;
  const rest = { host, name: shown?.name ?? name, versions: listed, rotation: unwrapped(rotation) };
  if (shown !== undefined) {
    return { ...rest, shape: keepShape(vault, shown), shapeVersion: shown.properties.version };
  }
  return { ...rest, shape: rememberedShape(vault, name, listed, key), shapeVersion: undefined };
}

function unwrapped<T>(result: PromiseSettledResult<T>): T {
  if (result.status === "fulfilled") return result.value;
  throw result.reason;
}
const settled = <T>(result: PromiseSettledResult<T>): T | undefined =>
  result.status === "fulfilled" ? result.value : undefined;

// Dates are whole seconds, and no order is documented: what the service calls the newest comes last among its equals.
const byAge =
  (newest: string | undefined) =>
  (a: KeyProperties, b: KeyProperties): number =>
    (a.createdOn?.getTime() ?? 0) - (b.createdOn?.getTime() ?? 0) ||
    Number(a.version === newest) - Number(b.version === newest);

/** The newest version; `undefined` where the service refuses to show it because it is disabled (`contract-fit` §1, Open). */
async function readNewest(vault: Vault, name: string, call: Call): Promise<KeyVaultKey | undefined> {
  return readVersion(vault, name, undefined, call).catch((cause: unknown) => {
    if (codeOf(cause, "describeKey") === "INVALID_STATE") return undefined;
    throw cause;
  });
}

async function readVersions({ connection }: Vault, name: string, call: Call): Promise<readonly KeyProperties[]> {
  const listed = pages(connection, (keys, settings) => keys.listPropertiesOfKeyVersions(name, settings).byPage(), call);
  const versions: KeyProperties[] = [];
  for await (const page of listed) versions.push(...page);
  return versions;
}

// What a Managed HSM answers where no policy was ever set is not established; whatever it refuses for good counts as none.
const noPolicy: ReadonlySet<KmsErrorCode> = new Set<KmsErrorCode>(["NOT_FOUND", "INVALID_ARGUMENT", "UNSUPPORTED"]);

async function readRotation({ connection, tier }: Vault, name: string, call: Call): Promise<Rotation> {
  try {
    return rotationIn(await connection.ask((keys, settings) => keys.getKeyRotationPolicy(name, settings), call));
  } catch (cause) {
    const code = codeOf(cause, "describeKey");
    if (code === "NOT_FOUND" || (tier === "managed-hsm" && noPolicy.has(code))) return { policy: "none" };
    // Whoever may read a key may not always read its policy: told in a finding, since all else is known.
    if (code === "PERMISSION_DENIED") return { policy: "denied" };
    throw cause;
  }
}

/** How a key rotates by itself under a policy that Azure shows. */
export function rotationIn({ lifetimeActions }: KeyRotationPolicy): Rotation {
  const action = lifetimeActions?.find((found) => found.action === "Rotate");
  if (action === undefined) return { policy: lifetimeActions === undefined ? "none" : "notifies" };
  const text = action.timeAfterCreate ?? `${action.timeBeforeExpiry} before expiry`;
  const days = /^P([0-9]{1,5})D$/.exec(action.timeAfterCreate ?? "")?.[1];
  return { policy: "rotates", text, days: days === undefined ? undefined : Number(days) };
}

/** The newest version that is enabled, where the newest of all is disabled and not shown. */
async function readShown(
  vault: Vault,
  name: string,
  versions: readonly KeyProperties[],
  call: Call,
): Promise<KeyVaultKey | undefined> {
  const enabled = versions.findLast((version) => version.enabled !== false);
  return enabled?.version === undefined ? undefined : readVersion(vault, name, enabled.version, call);
}

function rememberedShape(
  vault: Vault,
  name: string,
  versions: readonly KeyProperties[],
  key: KeyReference | undefined,
): VersionShape {
  const id = memoryId(vault, name);
  for (const { version = "" } of versions.toReversed()) {
    const shape = vault.memory.shapes.get(versionIdOf(id, version));
    if (shape !== undefined) return shape;
  }
  if (key !== undefined) return shapeOfReference(key);
  throw new KmsError(
    "INVALID_STATE",
    "The key is disabled, and Azure refuses to show a disabled key, its type included. Enable a version, or ask by the driver that has read it before.",
    { keyId: keyIdOf(vault.connection.host, name), state: "suspended" },
  );
}

/** What a handle says of its key's type. */
function shapeOfReference({ native, algorithm }: KeyReference): VersionShape {
  const [keyType = "", detail] = native.split("/");
  const sizeBits = /^[0-9]{4}$/.test(detail ?? "") ? Number(detail) : undefined;
  const keyOps = isAzureAlgorithm(algorithm) ? algorithms[algorithm].keyOps : [];
  return { keyType, sizeBits, curve: sizeBits === undefined ? detail : undefined, keyOps, publicKey: undefined };
}
