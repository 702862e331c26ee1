import { KmsError } from "@kms/core/driver";

// google/cloud/kms/v1/resources.proto (patterns) and service.proto (ids). A project is named by its id, an organisation's
// domain before it or not; Google also takes its number, which is another name of the same key and is refused here.
// Answers name a key as the request did (`provider-facts` §8.3: Tink insists on the echoed name).
const project = "(?:[a-z0-9.-]{1,80}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]";
const location = "[a-z][a-z0-9-]{0,62}";
const id = "[a-zA-Z0-9_-]{1,63}";
const versionNumber = "[1-9][0-9]{0,9}";

const locationName = `projects/${project}/locations/${location}`;
const ringName = new RegExp(`^(${locationName})/keyRings/(${id})$`);
const keyName = new RegExp(`^(${locationName})/keyRings/(${id})/cryptoKeys/(${id})$`);
const versionName = new RegExp(
  `^(${locationName}/keyRings/${id}/cryptoKeys/${id})/cryptoKeyVersions/(${versionNumber})$`,
);
const bareId = new RegExp(`^${id}$`);
const version = new RegExp(`^${versionNumber}$`);

/** A key ring's full name taken apart. */
export interface KeyRingName {
  /** `projects/<project>/locations/<location>`. */
  readonly location: string;
  readonly ring: string;
}

/** The parts of a key ring's full name; undefined when the text is none. */
export function parseKeyRing(text: string): KeyRingName | undefined {
  const [, where, ring] = ringName.exec(text) ?? [];
  return where === undefined || ring === undefined ? undefined : { location: where, ring };
}

/**
 * The full name of the key that a reference means: a full name in the project and location of the driver's key ring as it
 * is, or an id within that ring. `INVALID_ARGUMENT` for everything else, before any call.
 */
export function readReference(reference: string, keyRing: string): string {
  if (bareId.test(reference)) return `${keyRing}/cryptoKeys/${reference}`;
  const location = parseKeyRing(keyRing)?.location;
  if (keyName.test(reference)) {
    if (scopeOf(reference) === location) return reference;
    throw refused(`by a name outside ${location}, which this driver is for. Make a gcpKms for a key ring there.`);
  }
  if (/^projects\/[0-9]+\//.test(reference)) {
    throw refused(
      "by its project's number, which is a second name of it. Put the project's id in its place: gcloud projects describe <number> tells it.",
    );
  }
  throw refused(
    "by a reference that is none. Give projects/<project id>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>, or the id of a key in the driver's key ring.",
  );
}

const refused = (how: string): KmsError => new KmsError("INVALID_ARGUMENT", `A key of Cloud KMS was named ${how}`);

/** A key has one name for ever: equal names, same key. */
export const sameKey = (a: string, b: string): boolean => a === b;

/** Where a key lives: `projects/<project>/locations/<location>`. `INVALID_ARGUMENT` when the id is no key's full name. */
export function scopeOf(keyId: string): string {
  const [, where] = keyName.exec(keyId) ?? [];
  if (where !== undefined) return where;
  throw new KmsError(
    "INVALID_ARGUMENT",
    "The canonical id of a key of Cloud KMS is its full resource name; another text was given.",
  );
}

/** A version's grammar: its number, counted from 1. */
export const isVersion = (text: string): boolean => version.test(text);

/** The full name of a version. The key and the number have been checked before. */
export const versionNameOf = (keyId: string, number: string): string => `${keyId}/cryptoKeyVersions/${number}`;

/** Key and number in a version's full name. */
export interface VersionName {
  readonly id: string;
  readonly version: string;
}

// Every answer names its version, and one after the other nearly always the same.
let last: { readonly text: string; readonly named: VersionName } | undefined;

/** What a version's full name says; undefined when the text is none. */
export function parseVersionName(text: string): VersionName | undefined {
  if (text === last?.text) return last.named;
  const [, id, number] = versionName.exec(text) ?? [];
  if (id === undefined || number === undefined) return undefined;
  last = { text, named: Object.freeze({ id, version: number }) };
  return last.named;
}
