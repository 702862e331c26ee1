import type { Kms } from "../../contract/kms.ts";
import type { Mac, Signature } from "../../contract/results.ts";
import type { KeyHandle } from "../../contract/key.ts";
import type { CryptoOperation, OwnedBytes } from "../../contract/words.ts";
import { callerEntries } from "../../encoding/associated-data.ts";
import { readBytes } from "../../encoding/bytes.ts";
import { KmsError } from "../../errors.ts";
import { plainObject } from "../../keys/configuration.ts";
import { processOptions, readVersion } from "../arguments.ts";
import { boundKey } from "../handles.ts";
import * as rows from "../operations/index.ts";
import { begin, onKey, type Caller } from "./caller.ts";

const processWithVersion: readonly string[] = [...processOptions, "keyVersion"];

/** The uses of a key: one row each. */
export const useMethods = (caller: Caller): Pick<Kms, CryptoOperation | "decryptNative"> => ({
  encrypt: (key, plaintext, associatedData, options) =>
    begin(caller, "encrypt", () => {
      const entries = callerEntries(associatedData, "data");
      return onKey(caller, rows.encrypt, key, { plaintext: readBytes(plaintext, "plaintext"), entries }, { options, entries });
    }),
  decrypt: (key, ciphertext, associatedData, options) =>
    begin(caller, "decrypt", () => {
      const entries = callerEntries(associatedData, "data");
      return onKey(caller, rows.decrypt, key, { ciphertext: readBytes(ciphertext, "ciphertext"), entries }, { options, extra: processOptions, entries });
    }),
  decryptNative: (key, providerCiphertext, associatedData, options) =>
    begin(caller, "decrypt", () => {
      const entries = callerEntries(associatedData, "native");
      const input = { ciphertext: readBytes(providerCiphertext, "ciphertext"), entries, version: versionOf(caller, key, options) };
      return onKey(caller, rows.decryptNative, key, input, { options, extra: processWithVersion, entries });
    }),
  sign: (key, message, options) =>
    begin(caller, "sign", () => onKey(caller, rows.sign, key, { message: readBytes(message, "message") }, { options })),
  verify: (key, message, signature, options) =>
    begin(caller, "verify", () => {
      const proof = readProof(caller, key, signature, options, "signature");
      const input = { message: readBytes(message, "message"), signature: proof.bytes, version: proof.version };
      return onKey(caller, rows.verify, key, input, { options, extra: processWithVersion });
    }),
  generateMac: (key, message, options) =>
    begin(caller, "generateMac", () => onKey(caller, rows.generateMac, key, { message: readBytes(message, "message") }, { options })),
  verifyMac: (key, message, mac, options) =>
    begin(caller, "verifyMac", () => {
      const proof = readProof(caller, key, mac, options, "MAC");
      const input = { message: readBytes(message, "message"), mac: proof.bytes, version: proof.version };
      return onKey(caller, rows.verifyMac, key, input, { options, extra: processWithVersion });
    }),
  wrapKey: (key, material, options) =>
    begin(caller, "wrapKey", () => onKey(caller, rows.wrapKey, key, { material: readBytes(material, "key material") }, { options })),
  unwrapKey: (key, wrapped, options) =>
    begin(caller, "unwrapKey", () => onKey(caller, rows.unwrapKey, key, { wrapped: readBytes(wrapped, "wrapped key") }, { options, extra: processOptions })),
  generateDataKey: (key, lengthBytes, associatedData, options) =>
    begin(caller, "generateDataKey", () => {
      const entries = callerEntries(associatedData, "data-key");
      return onKey(caller, rows.generateDataKey, key, { lengthBytes: readDataKeyLength(lengthBytes), entries }, { options, entries });
    }),
  wrapDataKey: (key, plaintext, associatedData, options) =>
    begin(caller, "wrapDataKey", () => {
      const entries = callerEntries(associatedData, "data-key");
      const copy = readBytes(plaintext, "data key");
      readDataKeyLength(copy.length);
      return onKey(caller, rows.wrapDataKey, key, { plaintext: copy, entries }, { options, entries });
    }),
  unwrapDataKey: (key, encrypted, associatedData, options) =>
    begin(caller, "unwrapDataKey", () => {
      const entries = callerEntries(associatedData, "data-key");
      return onKey(caller, rows.unwrapDataKey, key, { encrypted: readEncryptedDataKey(encrypted), entries }, { options, extra: processOptions, entries });
    }),
  deriveSharedSecret: (key, peerSpki, kdf, options) =>
    begin(caller, "deriveSharedSecret", () =>
      onKey(caller, rows.deriveSharedSecret, key, { peerSpki: readBytes(peerSpki, "peer's public key"), ...readDerivation(kdf) }, { options })),
  encapsulate: (key, kdf, options) =>
    begin(caller, "encapsulate", () => onKey(caller, rows.encapsulate, key, readDerivation(kdf), { options })),
  decapsulate: (key, ciphertext, kdf, options) =>
    begin(caller, "decapsulate", () =>
      onKey(caller, rows.decapsulate, key, { ciphertext: readBytes(ciphertext, "ciphertext"), ...readDerivation(kdf) }, { options, extra: processOptions })),
});

const versionOf = (caller: Caller, key: unknown, options: unknown): string | undefined =>
  options === undefined ? undefined : readVersion(options, boundKey(caller.instance, key).provider.driver.isVersion);

/** A signature or MAC as bytes, and the version that it or the options name. An object made with another algorithm is `INVALID_ARGUMENT`. */
function readProof(
  caller: Caller,
  key: KeyHandle,
  proof: unknown,
  options: unknown,
  what: string,
): { readonly bytes: OwnedBytes; readonly version: string | undefined } {
  const stated = versionOf(caller, key, options);
  if (typeof proof !== "object" || proof === null || ArrayBuffer.isView(proof)) return { bytes: readBytes(proof, what), version: stated };
  const { bytes, keyVersion, algorithm }: Partial<Signature | Mac> = proof;
  const { claims, provider } = boundKey(caller.instance, key);
  if (algorithm !== claims.algorithm) throw invalid(`The ${what} was made with another algorithm than the key's, ${claims.algorithm}.`);
  if (typeof keyVersion !== "string" || keyVersion.length > 256 || !provider.driver.isVersion(keyVersion)) {
    throw invalid(`The ${what} names a key version that the provider cannot have.`);
  }
  if (stated !== undefined && stated !== keyVersion) throw invalid(`The ${what} names another key version than the option keyVersion.`);
  return { bytes: readBytes(bytes, what), version: keyVersion };
}

function readDataKeyLength(value: unknown): number {
  if (value === 16 || value === 24 || value === 32) return value;
  throw invalid("A data key has 16, 24 or 32 bytes.");
}

function readEncryptedDataKey(value: unknown): { readonly providerId: string; readonly providerInfo: OwnedBytes; readonly ciphertext: OwnedBytes } {
  const { providerId, providerInfo, ciphertext } = plainObject(value, "encrypted data key");
  if (typeof providerId !== "string" || providerId === "" || providerId.length > 255) throw invalid("providerId is a text of 1 to 255 characters.");
  return Object.freeze({ providerId, providerInfo: readBytes(providerInfo, "providerInfo"), ciphertext: readBytes(ciphertext, "ciphertext") });
}

function readDerivation(value: unknown): { readonly info: OwnedBytes; readonly lengthBytes: number } {
  const { info, lengthBytes } = plainObject(value, "key derivation");
  const context = readBytes(info, "info");
  if (context.length === 0 || context.length > 1024) throw invalid("info has 1 to 1,024 bytes: it says what the derived key is for.");
  if (!Number.isSafeInteger(lengthBytes)) throw invalid("lengthBytes is a whole number.");
  return { info: context, lengthBytes: Number(lengthBytes) };
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
