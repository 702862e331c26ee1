import type { EncryptedDataKey, Mac, Signature } from "../../contract/results.ts";
import type { OwnedBytes } from "../../contract/words.ts";
import { readBytes } from "../../encoding/bytes.ts";
import { KmsError } from "../../errors.ts";
import { plainObject } from "../../keys/configuration.ts";
import { readVersion } from "../arguments.ts";
import { boundKey } from "../handles.ts";
import type { Caller } from "../instance.ts";

/** The version that the option `keyVersion` names, in the grammar of the key's driver. */
export const readNamedVersion = (caller: Caller, key: unknown, options: unknown): string | undefined =>
  options === undefined ? undefined : readVersion(options, boundKey(caller.instance, key).provider.driver.isVersion);

/** A signature or MAC as bytes, and the version that it or the options name. `INVALID_ARGUMENT` for an object made with another algorithm. */
export function readProof(
  caller: Caller,
  key: unknown,
  options: unknown,
  { proof, what }: { readonly proof: unknown; readonly what: string },
): { readonly bytes: OwnedBytes; readonly version: string | undefined } {
  const stated = readNamedVersion(caller, key, options);
  if (typeof proof !== "object" || proof === null || ArrayBuffer.isView(proof)) {
    return { bytes: readBytes(proof, what), version: stated };
  }
  const { bytes, keyVersion, algorithm }: Partial<Signature | Mac> = proof;
  const { claims, provider } = boundKey(caller.instance, key);
  if (algorithm !== claims.algorithm) {
    throw invalid(`The ${what} was made with another algorithm than the key's, ${claims.algorithm}.`);
  }
  if (typeof keyVersion !== "string" || keyVersion.length > 256 || !provider.driver.isVersion(keyVersion)) {
    throw invalid(`The ${what} names a key version that the provider cannot have.`);
  }
  if (stated !== undefined && stated !== keyVersion) {
    throw invalid(`The ${what} names another key version than the option keyVersion.`);
  }
  return { bytes: readBytes(bytes, what), version: keyVersion };
}

/** 16, 24 or 32 bytes. */
export function readDataKeyLength(value: unknown): number {
  if (value === 16 || value === 24 || value === 32) return value;
  throw invalid("A data key has 16, 24 or 32 bytes.");
}

/** A wrapped data key, copied. Whose it is, the driver compares. */
export function readEncryptedDataKey(value: unknown): EncryptedDataKey {
  const { providerId, providerInfo, ciphertext } = plainObject(value, "encrypted data key");
  if (typeof providerId !== "string" || providerId === "" || providerId.length > 255) {
    throw invalid("providerId is a text of 1 to 255 characters.");
  }
  const info = readBytes(providerInfo, "providerInfo");
  return Object.freeze({ providerId, providerInfo: info, ciphertext: readBytes(ciphertext, "ciphertext") });
}

/** `info` of 1 to 1,024 bytes and a whole number of bytes to derive. */
export function readDerivation(value: unknown): { readonly info: OwnedBytes; readonly lengthBytes: number } {
  const { info, lengthBytes } = plainObject(value, "key derivation");
  const context = readBytes(info, "info");
  if (context.length === 0 || context.length > 1024) {
    throw invalid("info has 1 to 1,024 bytes: it says what the derived key is for.");
  }
  if (!Number.isSafeInteger(lengthBytes)) throw invalid("lengthBytes is a whole number.");
  return { info: context, lengthBytes: Number(lengthBytes) };
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
