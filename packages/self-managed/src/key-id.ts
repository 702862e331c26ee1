import { KmsError } from "@kms/core/driver";

const storeId = /^[0-9a-f]{32}$/;
const keyName = /^[a-z0-9][a-z0-9-]{0,62}$/;
const keyId = /^([0-9a-f]{32})\/([a-z0-9][a-z0-9-]{0,62})$/;
const version = /^[1-9][0-9]{0,9}$/;
// A store id, a slash, a name of 63 characters: longer text is not even matched.
const longest = 96;

/** Is this the id of a store: 128 bits in lower-case hexadecimal? */
export const isStoreId = (text: string): boolean => storeId.test(text);

/** Is this a version of an own key: a decimal number from 1 on, without leading zeros? */
export const isVersion = (text: string): boolean => version.test(text);

/** The canonical id `<store id>/<name>`. `INVALID_ARGUMENT` when the name is none: `[a-z0-9][a-z0-9-]{0,62}`. */
export function keyIdOf(store: string, name: string | undefined): string {
  if (name !== undefined && name.length <= longest && keyName.test(name)) return `${store}/${name}`;
  throw new KmsError(
    "INVALID_ARGUMENT",
    "An own key needs a name of 1 to 63 characters, a-z, 0-9 and hyphens, that does not begin with a hyphen.",
  );
}

/** The store id in a canonical key id. `INVALID_ARGUMENT` when the text is no such id; it is not repeated in the message. */
export function scopeOf(id: string): string {
  const store = id.length <= longest ? keyId.exec(id)?.[1] : undefined;
  if (store !== undefined) return store;
  throw new KmsError("INVALID_ARGUMENT", "Ids of own keys are <store id>/<name>; this text is none.");
}

/** The canonical id that a reference means: itself, or a bare name in this store. */
export function resolveReference(store: string, reference: string): string {
  if (!reference.slice(0, longest).includes("/")) return keyIdOf(store, reference);
  scopeOf(reference);
  return reference;
}
