import type {
  KeyMetadata,
  ListKeyRotationsRequest,
  ListKeyRotationsResponse,
  ListResourceTagsResponse,
  RotationsListEntry,
  Tag,
} from "@aws-sdk/client-kms";
import {
  KmsError,
  type Call,
  type Finding,
  type KeyRecord,
  type KmsDriver,
  type NativeState,
  type Origin,
  type StringMap,
  type VersionRecord,
} from "@kms/core/driver";
import { algorithmsOf, nativeName, type AwsAlgorithm } from "./algorithms.ts";
import type { Connection } from "./client.ts";
import { pages } from "./client/pages.ts";
import { classify, present } from "./errors.ts";
import { ofAnotherRegion } from "./errors/table.ts";
import { answersTo, readReference, regionOf, soleVersion } from "./key-id.ts";
import { isReserved } from "./options.ts";

/** The driver's type: the algorithms of the table, and no options of its own in a configuration. */
export type AwsDriver = KmsDriver<AwsAlgorithm, never>;
/** Some members of the driver, all there: what one room contributes. */
export type DriverPart<N extends keyof AwsDriver> = { readonly [M in N]: NonNullable<AwsDriver[M]> };
/** A key as this adapter reads it. */
export type AwsRecord = KeyRecord<never>;

/** The tag that bears a creation's idempotency token, to find a key by whose answer was lost. */
export const nonceTag: string = "kms-nonce";

/**
 * A key by any reference of AWS's, pinned to its ARN by `DescribeKey`. `INVALID_ARGUMENT` for a reference that AWS cannot
 * have and for one of another Region, `TAMPERED` when another key answers than the one whose id was given. `NOT_FOUND` is
 * proof that a key is gone (receipts rest on it): only what `DescribeKey` says in the key's own Region counts.
 */
export async function readKey(connection: Connection, reference: string, call: Call): Promise<AwsRecord> {
  const KeyId = readReference(reference);
  const metadata = await readMetadata(connection, KeyId, call).catch((cause: unknown) =>
    refuseOtherRegion(connection, KeyId, cause),
  );
  const arn = present(metadata.Arn, "KeyMetadata.Arn");
  if (!answersTo(KeyId, arn)) {
    throw new KmsError("TAMPERED", "A key of AWS KMS was read and another key answered; check the endpoint.", {
      keyId: arn,
    });
  }
  const [labels, rotations, rotateEveryDays] = await Promise.all([
    readLabels(connection, arn, call),
    hasMaterials(metadata) ? readRotations(connection, arn, call) : [],
    isGeneratedHere(metadata) ? readRotationPeriod(connection, arn, call) : undefined,
  ]).catch((cause: unknown) => {
    throw isAbsence(cause) ? notSeen(arn, cause) : cause;
  });
  return { ...recordOf(metadata, labels, rotations), rotateEveryDays };
}

/** Does AWS say that there is no such key? While a change is under way, it may say so of one that there is. */
export const isAbsence = (cause: unknown): boolean => classify(cause, "describeKey").code === "NOT_FOUND";

async function refuseOtherRegion(connection: Connection, reference: string, cause: unknown): Promise<never> {
  const region = regionOf(reference);
  if (region === undefined || !isAbsence(cause) || region === (await connection.region())) throw cause;
  throw new KmsError("INVALID_ARGUMENT", ofAnotherRegion, { cause });
}

// Long enough for the guard's two repetitions to bridge what AWS calls "a few seconds".
const seenAfterMs = 1_500;

/** `DescribeKey` has just named the key: where the next read does not know it, that has not seen it yet. */
const notSeen = (keyId: string, cause: unknown): KmsError =>
  new KmsError(
    "UNAVAILABLE",
    "AWS KMS described the key and then did not know it in full: what reads its tags and rotations has not seen it yet. Try again.",
    { keyId, retryAfterMs: seenAfterMs, cause },
  );

/** The answer of `DescribeKey`. */
export async function readMetadata(connection: Connection, KeyId: string, call: Call): Promise<KeyMetadata> {
  const answer = await connection.send((sdk) => new sdk.DescribeKeyCommand({ KeyId }), call);
  return present(answer.KeyMetadata, "KeyMetadata");
}

async function readLabels(connection: Connection, KeyId: string, call: Call): Promise<StringMap> {
  const tags: Tag[] = [];
  // 50 is the most in one answer (API Reference, ListResourceTags) and, without AWS's own (`aws:`), on one key.
  const ask = (Marker: string | undefined): Promise<ListResourceTagsResponse> =>
    connection.send((sdk) => new sdk.ListResourceTagsCommand({ KeyId, Limit: 50, Marker }), call);
  for await (const { Tags = [] } of pages(ask)) tags.push(...Tags);
  const labels = tags.map(({ TagKey, TagValue }) => [present(TagKey, "Tags.TagKey"), TagValue ?? ""] as const);
  return Object.fromEntries(labels.filter(([name]) => !isReserved(name)));
}

async function readRotations(
  connection: Connection,
  KeyId: string,
  call: Call,
): Promise<readonly RotationsListEntry[]> {
  const rotations: RotationsListEntry[] = [];
  const input: ListKeyRotationsRequest = { KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" };
  const ask = (Marker: string | undefined): Promise<ListKeyRotationsResponse> =>
    connection.send((sdk) => new sdk.ListKeyRotationsCommand({ ...input, Marker }), call);
  for await (const { Rotations = [] } of pages(ask)) rotations.push(...Rotations);
  return rotations;
}

/** Every how many days the key rotates by itself; undefined where it does not. */
export async function readRotationPeriod(
  connection: Connection,
  KeyId: string,
  call: Call,
): Promise<number | undefined> {
  const status = await connection.send((sdk) => new sdk.GetKeyRotationStatusCommand({ KeyId }), call);
  return status.KeyRotationEnabled === true ? status.RotationPeriodInDays : undefined;
}

// AWS KMS API Reference, KeyMetadata: KeyState.
const states: Readonly<Record<string, NativeState>> = {
  Enabled: "enabled",
  Updating: "enabled",
  Disabled: "disabled",
  PendingDeletion: "destruction-scheduled",
  PendingReplicaDeletion: "destruction-scheduled",
  PendingImport: "pending",
  Creating: "pending",
  Unavailable: "unavailable",
};
/** The key's state; undefined for one that this adapter does not know. */
export const nativeStateOf = ({ KeyState }: KeyMetadata): NativeState | undefined =>
  states[present(KeyState, "KeyMetadata.KeyState")];

const origins: Readonly<Record<string, Origin>> = {
  AWS_KMS: "generated",
  EXTERNAL: "imported",
  AWS_CLOUDHSM: "external-store",
  EXTERNAL_KEY_STORE: "external-store",
};

// Custom key stores have no materials to list (API Reference, ListKeyRotations: UnsupportedOperationException).
const hasMaterials = ({ KeySpec, Origin: origin }: KeyMetadata): boolean =>
  KeySpec === "SYMMETRIC_DEFAULT" && (origin === "AWS_KMS" || origin === "EXTERNAL");
// Material that came from elsewhere does not rotate by itself (API Reference, EnableKeyRotation).
const isGeneratedHere = ({ KeySpec, Origin: origin }: KeyMetadata): boolean =>
  KeySpec === "SYMMETRIC_DEFAULT" && origin === "AWS_KMS";

/** A key in the contract's words, out of its metadata, its labels and its list of materials; without its rotation period. */
export function recordOf(
  metadata: KeyMetadata,
  labels: StringMap,
  rotations: readonly RotationsListEntry[],
): AwsRecord {
  const id = present(metadata.Arn, "KeyMetadata.Arn");
  const known = nativeStateOf(metadata);
  const state = known ?? "unavailable";
  const currentVersion = metadata.KeySpec === "SYMMETRIC_DEFAULT" ? metadata.CurrentKeyMaterialId : soleVersion;
  return {
    id,
    native: nativeName(metadata.KeySpec, metadata.KeyUsage),
    algorithms: algorithmsOf(metadata.KeySpec, metadata.KeyUsage),
    protection: metadata.Origin === "EXTERNAL_KEY_STORE" ? "external" : "hsm",
    origin: origins[metadata.Origin ?? ""] ?? "unknown",
    exportable: false,
    state,
    currentVersion,
    versions: versionsOf(metadata, state, currentVersion, rotations),
    versionsComplete: currentVersion !== undefined,
    labels,
    destroyAt: metadata.DeletionDate,
    createdAt: metadata.CreationDate,
    findings: known === undefined ? [unknownState(metadata.KeyState)] : undefined,
  };
}

const unknownState = (found: string | undefined): Finding => ({
  what: "a key state that this adapter does not know; the key counts as unavailable",
  found,
  severity: "warning",
});

// Oldest first. The first material bears no date; one that waits for its rotation (imported) bears none either.
function versionsOf(
  { CreationDate }: KeyMetadata,
  state: NativeState,
  current: string | undefined,
  rotations: readonly RotationsListEntry[],
): readonly VersionRecord[] {
  const versions = rotations
    .toSorted((a, b) => rank(a) - rank(b))
    .map((entry): VersionRecord => {
      const version = present(entry.KeyMaterialId, "Rotations.KeyMaterialId");
      if (waits(entry)) return { version, native: state === "enabled" ? "pending" : state };
      return { version, native: state, createdAt: entry.RotationDate ?? CreationDate };
    });
  // The two answers are eventually consistent: a current material that the list lacks is the newest.
  if (current === undefined || versions.some(({ version }) => version === current)) return versions;
  return [
    ...versions,
    { version: current, native: state, createdAt: rotations.length === 0 ? CreationDate : undefined },
  ];
}

const waits = (entry: RotationsListEntry): boolean => entry.KeyMaterialState?.startsWith("PENDING") ?? false;
const rank = (entry: RotationsListEntry): number =>
  waits(entry) ? Number.MAX_SAFE_INTEGER : (entry.RotationDate?.getTime() ?? 0);
