import type { Kms } from "../../contract/kms.ts";
import type { CryptoOperation } from "../../contract/words.ts";
import { callerEntries } from "../../encoding/associated-data.ts";
import { readBytes } from "../../encoding/bytes.ts";
import { processOptions } from "../arguments.ts";
import type { Caller } from "../instance.ts";
import * as rows from "../operations/index.ts";
import { begin, onKey } from "./caller.ts";
import {
  readDataKeyLength,
  readDerivation,
  readEncryptedDataKey,
  readNamedVersion,
  readProof,
} from "./use-arguments.ts";

type Uses = Pick<Kms, CryptoOperation | "decryptNative">;
type Method<N extends keyof Uses> = (caller: Caller) => Uses[N];

const processWithVersion: readonly string[] = [...processOptions, "keyVersion"];

const encrypt: Method<"encrypt"> = (caller) => (key, plaintext, associatedData, options) =>
  begin(caller, "encrypt", () => {
    const entries = callerEntries(associatedData, "data");
    const input = { plaintext: readBytes(plaintext, "plaintext"), entries };
    return onKey(caller, rows.encrypt, { key, input, options, extra: undefined, entries });
  });

const decrypt: Method<"decrypt"> = (caller) => (key, ciphertext, associatedData, options) =>
  begin(caller, "decrypt", () => {
    const entries = callerEntries(associatedData, "data");
    const input = { ciphertext: readBytes(ciphertext, "ciphertext"), entries };
    return onKey(caller, rows.decrypt, { key, input, options, extra: processOptions, entries });
  });

const decryptNative: Method<"decryptNative"> = (caller) => (key, providerCiphertext, associatedData, options) =>
  begin(caller, "decrypt", () => {
    const entries = callerEntries(associatedData, "native");
    const version = readNamedVersion(caller, key, options);
    const input = { ciphertext: readBytes(providerCiphertext, "ciphertext"), entries, version };
    return onKey(caller, rows.decryptNative, { key, input, options, extra: processWithVersion, entries, version });
  });

const sign: Method<"sign"> = (caller) => (key, message, options) =>
  begin(caller, "sign", () =>
    onKey(caller, rows.sign, { key, input: { message: readBytes(message, "message") }, options }),
  );

const verify: Method<"verify"> = (caller) => (key, message, signature, options) =>
  begin(caller, "verify", () => {
    const { bytes, version } = readProof(caller, key, options, { proof: signature, what: "signature" });
    const input = { message: readBytes(message, "message"), signature: bytes, version };
    return onKey(caller, rows.verify, { key, input, options, extra: processWithVersion, version });
  });

const generateMac: Method<"generateMac"> = (caller) => (key, message, options) =>
  begin(caller, "generateMac", () =>
    onKey(caller, rows.generateMac, { key, input: { message: readBytes(message, "message") }, options }),
  );

const verifyMac: Method<"verifyMac"> = (caller) => (key, message, mac, options) =>
  begin(caller, "verifyMac", () => {
    const { bytes, version } = readProof(caller, key, options, { proof: mac, what: "MAC" });
    const input = { message: readBytes(message, "message"), mac: bytes, version };
    return onKey(caller, rows.verifyMac, { key, input, options, extra: processWithVersion, version });
  });

const wrapKey: Method<"wrapKey"> = (caller) => (key, material, options) =>
  begin(caller, "wrapKey", () =>
    onKey(caller, rows.wrapKey, { key, input: { material: readBytes(material, "key material") }, options }),
  );

const unwrapKey: Method<"unwrapKey"> = (caller) => (key, wrapped, options) =>
  begin(caller, "unwrapKey", () => {
    const input = { wrapped: readBytes(wrapped, "wrapped key") };
    return onKey(caller, rows.unwrapKey, { key, input, options, extra: processOptions });
  });

const generateDataKey: Method<"generateDataKey"> = (caller) => (key, lengthBytes, associatedData, options) =>
  begin(caller, "generateDataKey", () => {
    const entries = callerEntries(associatedData, "data-key");
    const input = { lengthBytes: readDataKeyLength(lengthBytes), entries };
    return onKey(caller, rows.generateDataKey, { key, input, options, entries });
  });

const wrapDataKey: Method<"wrapDataKey"> = (caller) => (key, plaintext, associatedData, options) =>
  begin(caller, "wrapDataKey", () => {
    const entries = callerEntries(associatedData, "data-key");
    const input = { plaintext: readBytes(plaintext, "data key"), entries };
    readDataKeyLength(input.plaintext.length);
    return onKey(caller, rows.wrapDataKey, { key, input, options, entries });
  });

const unwrapDataKey: Method<"unwrapDataKey"> = (caller) => (key, encrypted, associatedData, options) =>
  begin(caller, "unwrapDataKey", () => {
    const entries = callerEntries(associatedData, "data-key");
    const input = { encrypted: readEncryptedDataKey(encrypted), entries };
    return onKey(caller, rows.unwrapDataKey, { key, input, options, extra: processOptions, entries });
  });

const deriveSharedSecret: Method<"deriveSharedSecret"> = (caller) => (key, peerSpki, kdf, options) =>
  begin(caller, "deriveSharedSecret", () => {
    const input = { peerSpki: readBytes(peerSpki, "peer's public key"), ...readDerivation(kdf) };
    return onKey(caller, rows.deriveSharedSecret, { key, input, options });
  });

const encapsulate: Method<"encapsulate"> = (caller) => (key, kdf, options) =>
  begin(caller, "encapsulate", () => onKey(caller, rows.encapsulate, { key, input: readDerivation(kdf), options }));

const decapsulate: Method<"decapsulate"> = (caller) => (key, ciphertext, kdf, options) =>
  begin(caller, "decapsulate", () => {
    const input = { ciphertext: readBytes(ciphertext, "ciphertext"), ...readDerivation(kdf) };
    return onKey(caller, rows.decapsulate, { key, input, options, extra: processOptions });
  });

/** The uses of a key: each reads its arguments and names its row. */
export const useMethods = (caller: Caller): Uses => ({
  encrypt: encrypt(caller),
  decrypt: decrypt(caller),
  decryptNative: decryptNative(caller),
  sign: sign(caller),
  verify: verify(caller),
  generateMac: generateMac(caller),
  verifyMac: verifyMac(caller),
  wrapKey: wrapKey(caller),
  unwrapKey: unwrapKey(caller),
  generateDataKey: generateDataKey(caller),
  wrapDataKey: wrapDataKey(caller),
  unwrapDataKey: unwrapDataKey(caller),
  deriveSharedSecret: deriveSharedSecret(caller),
  encapsulate: encapsulate(caller),
  decapsulate: decapsulate(caller),
});
