import type { JsonWebKey, KeyProperties, KeyVaultKey } from "@azure/keyvault-keys";
import {
  conditionOf,
  jwkToSpki,
  KmsError,
  type Condition,
  type KeyRecord,
  type KmsDriver,
  type NativeState,
  type StringMap,
  type VersionRecord,
} from "@kms/core/driver";
import {
  algorithmsOf,
  nativeName,
  protectionOf,
  type AzureAlgorithm,
  type AzureTier,
  type KeyShape,
} from "./algorithms.ts";
import type { Connection } from "./client.ts";
import { present } from "./errors.ts";
import { keyIdOf } from "./key-id.ts";
import { isReserved } from "./options.ts";
import { findingsOf } from "./records/findings.ts";
import type { Memory } from "./records/memory.ts";

/** The driver's type: the algorithms of the table, and no options of its own in a configuration. */
export type AzureDriver = KmsDriver<AzureAlgorithm, never>;
/** Some members of the driver, all there: what one room contributes. */
export type DriverPart<N extends keyof AzureDriver> = { readonly [M in N]: NonNullable<AzureDriver[M]> };
/** A key as this adapter reads it. */
export type AzureRecord = KeyRecord<never>;

/** A vault or Managed HSM: the way to it, its tier, and what this driver remembers of its keys. */
export interface Vault {
  readonly connection: Connection;
  readonly tier: AzureTier;
  readonly memory: Memory;
}

/** Where material came from: Azure does not say. The guard knows of the keys that it made. */
export const unknownOrigin = "unknown";

/** The tag that bears a creation's idempotency token, to find a key by whose answer was lost. */
export const nonceTag: string = "kms-nonce";

/** What Azure shows of a version's type. */
export interface VersionShape extends KeyShape {
  readonly keyOps: readonly string[];
  /** SPKI; absent for symmetric keys. */
  readonly publicKey: Uint8Array | undefined;
}

/** All that was read of a living key. */
export interface Description {
  readonly host: string;
  readonly name: string;
  /** Oldest first. */
  readonly versions: readonly KeyProperties[];
  /** Of the version that `shapeVersion` names: the newest that Azure shows. */
  readonly shape: VersionShape;
  readonly shapeVersion: string | undefined;
  readonly rotation: Rotation;
}

/** How a key rotates by itself. `days` where it is whole days after a version was made. */
export interface Rotation {
  readonly policy: "none" | "denied" | "rotates" | "notifies";
  readonly days?: number | undefined;
  readonly text?: string | undefined;
}

/** A version's type and public key, out of what Azure answers of it. `TAMPERED` for a public key that is none. */
export function shapeIn({ key, keyType, keyOperations }: KeyVaultKey): VersionShape {
  const keyTypeName = String(present(keyType ?? key?.kty, "kty"));
  const shape = { keyType: keyTypeName, keyOps: keyOperations ?? key?.keyOps ?? [] };
  const modulus = key?.n && withoutLeadingZeros(key.n);
  return {
    ...shape,
    sizeBits: modulus && modulus.byteLength * 8,
    curve: key?.crv,
    publicKey: key && keyTypeName.startsWith("oct") === false ? publicKeyIn(key) : undefined,
  };
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
// `n` may come with a leading zero byte (`provider-facts` §8.2).
const withoutLeadingZeros = (bytes: Uint8Array): Uint8Array => bytes.subarray(Math.max(0, bytes.findIndex(Boolean)));

const curves: Readonly<Record<string, readonly [name: string, coordinateBytes: number]>> = {
  "P-256": ["P-256", 32],
  "P-384": ["P-384", 48],
  "P-521": ["P-521", 66],
  "P-256K": ["secp256k1", 32],
};

function publicKeyIn({ kid, n, e, crv, x, y }: JsonWebKey): Uint8Array {
  const [curve, width] = curves[crv ?? ""] ?? ["unknown", 0];
  const coordinate = (bytes: Uint8Array | undefined): string => {
    const digits = withoutLeadingZeros(present(bytes, "a coordinate"));
    return base64url(Buffer.concat([new Uint8Array(Math.max(0, width - digits.byteLength)), digits]));
  };
  try {
    return jwkToSpki(
      n === undefined
        ? { kty: "EC", crv: curve, x: coordinate(x), y: coordinate(y) }
        : { kty: "RSA", n: base64url(withoutLeadingZeros(n)), e: base64url(withoutLeadingZeros(present(e, "e"))) },
    );
  } catch (cause) {
    throw new KmsError(
      "TAMPERED",
      `Azure showed a public key that is none, of ${kid ?? "a key"}; do not use the key.`,
      // It may stand in the answer to a change. Of what only reads, the guard knows that nothing happened.
      { cause, outcome: "unknown" },
    );
  }
}

/** A living key in the contract's words, at a time: which of its versions stands for it depends on their dates. */
export function recordOf(description: Description, now: number): AzureRecord {
  const { host, name, shape, rotation } = description;
  const versions = description.versions.map((version) => versionOf(version, description));
  const current = currentOf(versions, now);
  const newest = description.versions.at(-1);
  const state = current?.native ?? "unavailable";
  return {
    id: keyIdOf(host, name),
    native: nativeName(shape),
    algorithms: algorithmsOf(shape, shape.keyOps),
    protection: protectionOf(shape.keyType),
    protectionDetail: newest?.hsmPlatform,
    origin: unknownOrigin,
    exportable: newest?.exportable ?? false,
    state,
    currentVersion: current?.version,
    versions,
    versionsComplete: true,
    labels: labelsOf(newest?.tags),
    rotateEveryDays: rotation.days,
    destructionWindowDays: newest?.recoverableDays,
    createdAt: versions[0]?.createdAt,
    findings: findingsOf(description, state),
  };
}

/** The caller's labels, without tags of the driver's own. */
export const labelsOf = (tags: Readonly<Record<string, string>> | undefined): StringMap =>
  Object.fromEntries(Object.entries(tags ?? {}).filter(([name]) => !isReserved(name)));

const protectingOps: ReadonlySet<string> = new Set(["encrypt", "sign", "wrapKey"]);
/** Is any of these operations one that protects? */
export const protects = (keyOps: readonly string[]): boolean =>
  keyOps.some((operation) => protectingOps.has(operation));

function versionOf(properties: KeyProperties, { shape, shapeVersion }: Description): VersionRecord {
  const version = present(properties.version, "a version");
  const shown = version === shapeVersion ? shape : undefined;
  return {
    version,
    native: nativeOf(properties, shown),
    createdAt: properties.createdOn,
    notBefore: properties.notBefore,
    notAfter: properties.expiresOn,
    publicKey: shown?.publicKey,
  };
}

/** Disabled, or narrowed to what reads (`crypto-rules` 21), or enabled, subject to its dates. */
function nativeOf({ enabled }: KeyProperties, shown: VersionShape | undefined): NativeState {
  if (enabled === false) return "disabled";
  return shown !== undefined && !protects(shown.keyOps) ? "process-only" : "enabled";
}

// A key is as alive as the most alive of its versions; of several, the newest.
const rank: readonly Condition[] = ["active", "pre-activation", "suspended", "deactivated"];
const currentOf = (versions: readonly VersionRecord[], now: number): VersionRecord | undefined => {
  for (const condition of rank) {
    const found = versions.findLast((version) => conditionOf(version, now) === condition);
    if (found !== undefined) return found;
  }
  return versions.at(-1);
};

/** The condition of a whole key. */
export const keyCondition = ({ state, currentVersion, versions }: AzureRecord, now: number): Condition => {
  const current = versions.find(({ version }) => version === currentVersion);
  return conditionOf({ notBefore: current?.notBefore, notAfter: current?.notAfter, native: state }, now);
};
