import { CURVES, KEY_TYPES, type KeyType, OCT_SIZES, RSA_SIZES } from "../algorithms.ts";
import { badParameter, notImplemented } from "../errors.ts";
import type { Input } from "../input.ts";
import type { KeySpec } from "../key-material.ts";
import type { VersionSettings } from "../key-version.ts";
import { LIMITS, within } from "../limits.ts";
import type { Vault } from "./row.ts";

const isKeyType = (vault: Vault, kty: string): kty is KeyType =>
  KEY_TYPES[vault.flavour].some((known) => known === kty);

// What is not said and what the service makes of it is not established: it is refused, not guessed.
function sizeOf(input: Input, kty: KeyType, sizes: readonly number[]): number {
  const size = input.integer("key_size");
  if (size === undefined) throw notImplemented(`a ${kty} key without key_size, whose default is not established`);
  if (!sizes.includes(size)) throw badParameter(`key_size of a ${kty} key is one of ${sizes.join(", ")}.`);
  return size;
}

/** Reads `kty`, `key_size` and `crv`. Source: provider facts §2.2; …/rest/api/keyvault/keys/create-key. */
export function readSpec(input: Input, vault: Vault): KeySpec {
  const kty = input.requiredText("kty");
  // How a back end words that it lacks a type is not established.
  if (!isKeyType(vault, kty)) throw notImplemented(`keys of type ${kty} on ${vault.flavour}`);
  if (kty === "EC" || kty === "EC-HSM") {
    const crv = input.text("crv");
    if (input.has("key_size")) throw notImplemented(`key_size of a ${kty} key`);
    if (crv === undefined) throw notImplemented(`a ${kty} key without crv, whose default is not established`);
    if (!CURVES.has(crv)) throw badParameter(`crv ${crv} is not supported.`);
    return { kty, bits: undefined, crv };
  }
  if (input.has("crv")) throw notImplemented(`crv of a ${kty} key`);
  return { kty, bits: sizeOf(input, kty, kty === "oct-HSM" ? OCT_SIZES : RSA_SIZES), crv: undefined };
}

const OPERATIONS = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"];

/**
 * Reads `key_ops`; `undefined` when absent. `import` and `export` keys are not emulated, and what an empty list means is
 * not established.
 */
export function readOperations(input: Input): readonly string[] | undefined {
  const operations = input.texts("key_ops");
  const unknown = operations?.find((operation) => !OPERATIONS.includes(operation));
  if (unknown === "import" || unknown === "export") throw notImplemented(`the key operation ${unknown}`);
  if (unknown !== undefined) throw badParameter(`key_ops has an operation ${unknown}, which is none.`);
  if (operations?.length === 0) throw notImplemented("an empty key_ops");
  return operations;
}

function readTags(input: Input): ReadonlyMap<string, string> | undefined {
  const tags = input.map("tags");
  if (tags === undefined) return undefined;
  if (!within(tags.size, LIMITS.tags)) throw badParameter("A key has at most 15 tags.");
  if ([...tags].flat().some((text) => !within(text.length, LIMITS.tagLength))) {
    throw notImplemented("tags of more than 256 characters");
  }
  return tags;
}

/**
 * Reads `attributes`, `tags` and `key_ops`; what is absent is absent. Source: learn.microsoft.com/rest/api/keyvault/
 * keys/update-key. Whether a date before 1970 is refused is not established: provider facts §8.2 has what clients make
 * of dates after 2038, a negative number.
 */
export function readSettings(input: Input): Partial<VersionSettings> {
  const attributes = input.inner("attributes", ["enabled", "nbf", "exp", "exportable"]);
  if (attributes?.flag("exportable") === true) throw notImplemented("exportable keys");
  const [enabled, notBefore, expires] = [
    attributes?.flag("enabled"),
    attributes?.integer("nbf"),
    attributes?.integer("exp"),
  ];
  const [tags, keyOps] = [readTags(input), readOperations(input)];
  return {
    ...(enabled === undefined ? {} : { enabled }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(expires === undefined ? {} : { expires }),
    ...(tags === undefined ? {} : { tags }),
    ...(keyOps === undefined ? {} : { keyOps }),
  };
}

/** Settings of a new version. Enabled unless told otherwise (…/keys/about-keys-details, Key attributes). */
export function readNewSettings(input: Input): VersionSettings {
  const { keyOps, ...settings } = readSettings(input);
  if (keyOps === undefined) throw notImplemented("a key without key_ops, whose default is not established");
  return { enabled: true, notBefore: undefined, expires: undefined, tags: undefined, ...settings, keyOps };
}
