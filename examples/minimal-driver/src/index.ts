import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomUUID } from "node:crypto";
import { KmsError, capabilities, capabilityRow, type KeyRecord, type KmsDriver } from "@kms/core/driver";

/**
 * The smallest honest provider: AES-256-GCM keys in a `Map`, gone when the process ends. It encrypts, decrypts and reads
 * back; what it does not claim, the guard refuses in its name. For real own keys there is `@kms/self-managed`.
 */
export function memoryKms(): KmsDriver<"AES-256-GCM", never> {
  const keys = new Map<string, Uint8Array>();
  const materialOf = (id: string): Uint8Array => {
    const material = keys.get(id);
    if (material === undefined) throw new KmsError("NOT_FOUND", "This process has no key of that id.", { keyId: id });
    return material;
  };
  return {
    specificationVersion: 1,
    capabilities: manifest,
    algorithms: ["AES-256-GCM"],
    checkConf,
    isVersion: (version) => version === "1",
    sameKey: (left, right) => left === right,
    scopeOf: () => "this process",
    classify: () => ({ code: "UNKNOWN", outcome: "unknown" }),
    createKey: async () => {
      const id = randomUUID();
      keys.set(id, randomBytes(32));
      return record(id);
    },
    describeKey: async (id) => {
      materialOf(id);
      return record(id);
    },
    // The answers name the key and version that was used: the guard compares them with what it asked for.
    encrypt: ({ id, version }, plaintext, { bytes }) => ({
      id,
      version,
      bytes: seal(materialOf(id), plaintext, bytes),
    }),
    decrypt: ({ id, version }, ciphertext, { bytes }) => ({
      id,
      version,
      bytes: open(materialOf(id), ciphertext, bytes),
    }),
    close: async () => keys.clear(),
  };
}

const checkConf: KmsDriver<"AES-256-GCM", never>["checkConf"] = ({ algorithm, protection, ...more }) => {
  if (algorithm !== "AES-256-GCM") throw new KmsError("UNSUPPORTED", "This provider makes AES-256-GCM keys only.");
  const [unknown] = Object.keys(more);
  if (unknown === undefined) return { algorithm, protection };
  throw new KmsError("INVALID_ARGUMENT", `This provider has no ${unknown} for its keys; leave it out.`);
};

const manifest = capabilities({
  kind: "memory",
  rows: [
    capabilityRow({
      algorithm: "AES-256-GCM",
      operations: ["encrypt", "decrypt"],
      version: "caller", // the guard names the version in the call and in the ciphertext's header
      associatedData: "bytes",
      answersName: { encrypt: ["id", "version"], decrypt: ["id", "version"] },
    }),
  ],
});

const record = (id: string): KeyRecord<never> => ({
  id,
  native: "AES-256-GCM",
  algorithms: ["AES-256-GCM"],
  protection: "software",
  origin: "generated",
  exportable: false,
  state: "enabled",
  currentVersion: "1",
  versions: [{ version: "1", native: "enabled" }],
  versionsComplete: true,
  labels: {},
});

const saltBytes = 32;
const tagBytes = 16;
const zeroIv = new Uint8Array(12); // every message has a key of its own, so no IV is used twice under one key

/** A key for one message, bound to salt and associated data: a random IV under one key ends after 2^32 messages. */
const oneUseKey = (material: Uint8Array, salt: Uint8Array, associatedData: Uint8Array): Uint8Array =>
  createHmac("sha256", material).update("memory/aead/1").update(salt).update(associatedData).digest();

/** salt ‖ ciphertext ‖ tag. */
function seal(material: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array {
  const salt = randomBytes(saltBytes);
  const cipher = createCipheriv("aes-256-gcm", oneUseKey(material, salt, associatedData), zeroIv);
  return Buffer.concat([salt, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open(material: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array {
  try {
    const key = oneUseKey(material, sealed.subarray(0, saltBytes), associatedData);
    const decipher = createDecipheriv("aes-256-gcm", key, zeroIv, { authTagLength: tagBytes });
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(saltBytes, -tagBytes)), decipher.final()]);
  } catch {
    throw new KmsError("DECRYPTION_FAILED", "The tag does not match."); // whatever was wrong: one answer
  }
}
