import { KmsError, type Json } from "@kms/core/driver";
import { isUint8Array } from "node:util/types";
import { deriveBytes, fillRandom, random, secretOf, type KeyObject } from "../primitives.ts";
import { base64, object, valueOf } from "../sealed/format.ts";
import { labels } from "../sealed/labels.ts";
import type { Root } from "./root.ts";

/** Bytes of a new root key: 32. */
export const rootKeyBytes = 32;

const mostBytes = 1024;
const saltBytes = 32;
const keyParameters = object<{ readonly salt: Uint8Array }>({ salt: base64(saltBytes, saltBytes) });

/**
 * A root of 32 to 1,024 random bytes, such as `newRootKey()` answers: HKDF-SHA-512 (RFC 5869) with a salt for each slot.
 * The bytes are copied, and yours to erase. They must be random: nothing slows down whoever guesses, so text that somebody
 * chose belongs into `passphraseRoot`. `INVALID_ARGUMENT` for anything else than that many bytes.
 */
export function keyRoot(bytes: Uint8Array): Root {
  if (!isUint8Array(bytes) || bytes.length < rootKeyBytes || bytes.length > mostBytes) {
    throw new KmsError("INVALID_ARGUMENT", "A key root is 32 to 1,024 random bytes; newRootKey() answers 32.");
  }
  const secret = secretOf(bytes);
  return Object.freeze<Root>({
    kind: "key",
    newParameters: newKeyParameters,
    slotKey: async (json) => keyOfSlot(secret, json),
  });
}

/** 32 random bytes for `keyRoot`, in memory of their own. Keep them where the store is not. */
export function newRootKey(): Uint8Array {
  const bytes = new Uint8Array(rootKeyBytes);
  fillRandom(bytes);
  return bytes;
}

/** Parameters for a new slot of a key root. */
export const newKeyParameters = (): Json => ({ salt: Buffer.from(random(saltBytes)).toString("base64") });

/** The key of a slot. `TAMPERED` for malformed parameters. */
export const keyOfSlot = (secret: KeyObject, parameters: Json): Uint8Array => {
  const { salt } = valueOf(keyParameters, parameters, "The parameters of a key's slot");
  return deriveBytes(secret, salt, labels.rootKey, 32);
};
