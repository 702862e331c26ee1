import { jwkThumbprint } from "../algorithms/public-key.ts";
import { publicKeyOf } from "../algorithms/primitives.ts";
import { algorithmRow, symmetric } from "../algorithms/registry.ts";
import type { Answer } from "../contract/driver.ts";
import type { KeyRecord, NativeState, VersionRecord } from "../contract/record.ts";
import type { Algorithm } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import type { PinnedVersion } from "../keys/handle.ts";
import { drive, harmless } from "./drive.ts";
import type { Task } from "./task.ts";

/**
 * The most versions that one handle pins: the newest. With RSA-4096 keys this many still fit a token; of longer ones
 * `openable` keeps fewer.
 */
export const maximumPinnedVersions = 64;

const never: ReadonlySet<NativeState> = new Set<NativeState>(["pending", "failed", "destroyed"]);

/** What is pinned of a record: its readable versions with their public keys, and the version that signs. */
export interface Pins {
  readonly versions: readonly PinnedVersion[];
  readonly signingVersion: string | undefined;
}

const none: Pins = Object.freeze({ versions: Object.freeze([]), signingVersion: undefined });

/**
 * Pins the newest readable versions of a record, beside those pinned before. `NOT_READY` for a record that is older than
 * those: it would set the handle back. Public keys that the record lacks are asked
 * for; each is checked against the algorithm. A compromised version's public key is not pinned any more: whoever holds its
 * private half signs as they please.
 */
export async function pinsOf(task: Task, record: KeyRecord, algorithm: Algorithm, before: Pins = none): Promise<Pins> {
  const withPublicKey = !symmetric(algorithmRow(algorithm));
  const signingVersion = signingVersionOf(record);
  if (isBehind(record, signingVersion, before)) throw behind(record.id);
  const readable = newest(
    record.versions.filter(({ native }) => !never.has(native) && !(withPublicKey && native === "compromised")),
    signingVersion,
  );
  const known = new Map(before.versions.map((pinned) => [pinned.version, pinned]));
  const pinned: PinnedVersion[] = [];
  for (const version of readable) {
    const found = await pin({ task, record, algorithm }, version, known.get(version.version));
    if (found !== undefined) pinned.push(found);
  }
  const names = new Set(pinned.map(({ version }) => version));
  const compromised = new Set(
    record.versions.filter(({ native }) => native === "compromised").map(({ version }) => version),
  );
  const earlier = before.versions.filter(
    ({ version }) => !names.has(version) && !(withPublicKey && compromised.has(version)),
  );
  return {
    versions: Object.freeze(newest([...earlier, ...pinned], signingVersion)),
    signingVersion,
  };
}

/** The newest versions, and the one that signs among them, whatever its age. */
function newest<V extends { readonly version: string }>(
  versions: readonly V[],
  signing: string | undefined,
): readonly V[] {
  const kept = versions.slice(-maximumPinnedVersions);
  const signer = versions.find(({ version }) => version === signing);
  return signer === undefined || kept.includes(signer) ? kept : [signer, ...kept.slice(1)];
}

interface Reading {
  readonly task: Task;
  readonly record: KeyRecord;
  readonly algorithm: Algorithm;
}

/** Undefined for a version that cannot be used now and whose public key the provider therefore keeps back: a refresh finds it later. */
async function pin(
  reading: Reading,
  one: VersionRecord,
  known: PinnedVersion | undefined,
): Promise<PinnedVersion | undefined> {
  const { record, algorithm } = reading;
  const { version } = one;
  const createdAt = (one.createdAt ?? (record.versions.length === 1 ? record.createdAt : undefined))?.getTime();
  if (symmetric(algorithmRow(algorithm))) return Object.freeze({ version, createdAt, publicKey: undefined });
  const shown = one.publicKey ?? known?.publicKey?.spki ?? (await askForPublicKey(reading, one));
  if (shown === undefined) return undefined;
  const spki = new Uint8Array(shown);
  const thumbprint = checkedThumbprint(spki, algorithm, record.id);
  if (known?.publicKey !== undefined && known.publicKey.thumbprint !== thumbprint) {
    throw tampered("The provider shows another public key for a version that this handle already pins.", record.id);
  }
  return Object.freeze({ version, createdAt, publicKey: Object.freeze({ spki, thumbprint }) });
}

async function askForPublicKey(
  { task, record, algorithm }: Reading,
  { version, native: state }: VersionRecord,
): Promise<Uint8Array | undefined> {
  const { driver, name } = task.provider;
  const { id, native, protection, origin } = record;
  const { getPublicKey } = driver;
  if (getPublicKey === undefined) {
    throw new KmsError("UNSUPPORTED", `Provider "${name}" shows no public key of this ${algorithm} key to pin.`, {
      keyId: id,
    });
  }
  const reference = { id, algorithm, native, protection, origin, version };
  let answer: Answer;
  try {
    answer = await drive(task, harmless, (call) => getPublicKey(reference, call));
  } catch (error) {
    if (state !== "enabled" && KmsError.isInstance(error) && error.code === "INVALID_STATE") return undefined;
    throw error;
  }
  const other = answer.id !== undefined && !driver.sameKey(answer.id, id);
  if (other || (answer.version !== undefined && answer.version !== version)) {
    throw tampered("The public key of another key or version was answered.", id);
  }
  return answer.bytes;
}

const tampered = (found: string, keyId: string): KmsError =>
  new KmsError("TAMPERED", `${found} Do not use the key.`, { keyId });

/** The thumbprint of a public key that fits the algorithm; ML-* keys are opaque to this runtime and are taken as they are. */
function checkedThumbprint(spki: Uint8Array<ArrayBuffer>, algorithm: Algorithm, keyId: string): string {
  try {
    if (!algorithm.startsWith("ML-")) publicKeyOf(spki, algorithm);
    return jwkThumbprint(spki, algorithm);
  } catch (cause) {
    throw new KmsError(
      "TAMPERED",
      `The provider's public key is no good key for ${algorithm}. Do not use the key; find out what it is.`,
      { keyId, cause },
    );
  }
}

/** A server that has not yet heard of the version that signs shows an earlier one as the newest. */
function isBehind({ versions }: KeyRecord, signing: string | undefined, before: Pins): boolean {
  if (before.signingVersion === undefined || versions.some(({ version }) => version === before.signingVersion)) {
    return false;
  }
  const at = (wanted: string | undefined): number => before.versions.findIndex(({ version }) => version === wanted);
  return at(signing) >= 0 && at(signing) < at(before.signingVersion);
}

const behind = (keyId: string): KmsError =>
  new KmsError(
    "NOT_READY",
    "The provider does not show yet the version that this handle signs with. Try again later.",
    {
      keyId,
    },
  );

/** The newest enabled version, the provider's current one where it says so. */
function signingVersionOf(record: KeyRecord): string | undefined {
  const usable = record.versions.filter(({ native }) => native === "enabled");
  const current = usable.find(({ version }) => version === record.currentVersion);
  return (current ?? usable.at(-1))?.version;
}
