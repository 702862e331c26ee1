import type { ProtectionLevel } from "../algorithms.ts";
import type { CryptoKey } from "../crypto-key.ts";
import { checksumOf } from "../checksums.ts";
import { invalid, notImplemented } from "../errors.ts";
import type { Input } from "../input.ts";
import type { KeyVersion } from "../key-version.ts";
import { LIMITS, within } from "../limits.ts";
import { ancestor, isName, readName } from "../names.ts";
import { type Call, type MethodRow, ofKey, permission } from "./row.ts";

const AAD = "additionalAuthenticatedData";

const checkSizes = (level: ProtectionLevel, plaintext: Uint8Array, aad: Uint8Array): void => {
  if (level === "HSM") {
    if (within(plaintext.length + aad.length, LIMITS.hsmTogetherBytes)) return;
    throw invalid("plaintext and additional_authenticated_data together have at most 8192 bytes for HSM keys.");
  }
  if (!within(plaintext.length, LIMITS.softwarePlaintextBytes)) throw invalid("plaintext has at most 65536 bytes.");
  if (!within(aad.length, LIMITS.softwareAadBytes)) {
    throw invalid("additional_authenticated_data has at most 65536 bytes.");
  }
};

// "The CryptoKey.purpose must be ENCRYPT_DECRYPT" (service.proto); no document says which status another one gives.
function encryptionKey(call: Call): CryptoKey {
  const key = call.project.store.key(ancestor(call.name, 4));
  if (key.is.purpose !== "ENCRYPT_DECRYPT") throw notImplemented(`encryption with a key for ${key.is.purpose}`);
  return key;
}

function versionFor(call: Call, key: CryptoKey): KeyVersion {
  if (isName("cryptoKeyVersion", call.name)) return call.project.store.version(call.name).version;
  if (key.primary === undefined) throw notImplemented("encryption with a key that has no primary version");
  return key.primary;
}

async function secretOf(version: KeyVersion, nowMs: number): Promise<Uint8Array> {
  const material = await version.material(nowMs);
  if (material.kind !== "secret") throw new TypeError("a symmetric version has a secret");
  return material.secret;
}

const encrypt: MethodRow = {
  permission: permission("cryptoKeyVersions.useToEncrypt"),
  on: ofKey,
  fields: ["name", "plaintext", AAD, "plaintextCrc32c", `${AAD}Crc32c`],
  source: "service.proto, Encrypt, EncryptRequest and EncryptResponse",
  locate: (input) => readName(["cryptoKey", "cryptoKeyVersion"], input.text("name"), "name"),
  run: async (call) => {
    const { input, nowMs, project } = call;
    const key = encryptionKey(call);
    const version = versionFor(call, key);
    const secret = await secretOf(version, nowMs);
    const [plaintext, aad] = [input.requiredBytes("plaintext"), input.bytes(AAD)];
    checkSizes(key.is.level, plaintext, aad);
    const verified = {
      verifiedPlaintextCrc32c: input.verifies("plaintextCrc32c", plaintext),
      verifiedAdditionalAuthenticatedDataCrc32c: input.verifies(`${AAD}Crc32c`, aad),
    };
    const ciphertext = project.ciphertexts.seal(key, version.is.number, { secret, plaintext, aad });
    return {
      name: version.is.name,
      ciphertext,
      ciphertextCrc32c: checksumOf(ciphertext),
      ...verified,
      protectionLevel: key.is.level,
    };
  },
};

// Source of the messages: provider facts §5.1. Wrong associated data is not told from an altered ciphertext.
const refuseCiphertext = (): never => {
  throw invalid("Decryption failed: the ciphertext is invalid.");
};

function versionIn(call: Call, key: CryptoKey, input: Input): KeyVersion {
  const header = call.project.ciphertexts.read(input.bytes("ciphertext")) ?? refuseCiphertext();
  if (Buffer.compare(header.tag, key.tag) !== 0) {
    throw invalid("Decryption failed: verify that 'name' refers to the correct CryptoKey.");
  }
  return key.version(header.version);
}

const decrypt: MethodRow = {
  permission: permission("cryptoKeyVersions.useToDecrypt"),
  fields: ["name", "ciphertext", AAD, "ciphertextCrc32c", `${AAD}Crc32c`],
  source: "service.proto, Decrypt, DecryptRequest and DecryptResponse; provider facts §1.3 (by key name only)",
  locate: (input) => readName(["cryptoKey"], input.text("name"), "name"),
  run: async (call) => {
    const { input, nowMs, project } = call;
    const key = encryptionKey(call);
    const [ciphertext, aad] = [input.requiredBytes("ciphertext"), input.bytes(AAD)];
    input.verifies("ciphertextCrc32c", ciphertext);
    input.verifies(`${AAD}Crc32c`, aad);
    const version = versionIn(call, key, input);
    const secret = await secretOf(version, nowMs);
    const plaintext = project.ciphertexts.open(ciphertext, secret, aad) ?? refuseCiphertext();
    return {
      plaintext,
      plaintextCrc32c: checksumOf(plaintext),
      usedPrimary: version === key.primary,
      protectionLevel: key.is.level,
    };
  },
};

/** Encrypt and Decrypt. */
export const ENCRYPTION_METHODS: Readonly<Record<string, MethodRow>> = { Encrypt: encrypt, Decrypt: decrypt };
