import type { KeyProperties } from "@azure/keyvault-keys";
import { KmsError, type Call, type DriverHealth, type DriverListing, type NativeState } from "@kms/core/driver";
import { maximumRandomBytes } from "./capabilities.ts";
import { ownBytes } from "./client.ts";
import { bytesOf } from "./encryption.ts";
import { codeOf, present } from "./errors.ts";
import { keyIdOf, nameOf, parseKeyId, readReference } from "./key-id.ts";
import { createKey } from "./keys/making.ts";
import { labelsOf, type AzureRecord, type DriverPart, type Vault } from "./records.ts";
import { pages } from "./records/pages.ts";
import { readKey } from "./records/reading.ts";
import { keepShape, readVersion } from "./records/versions.ts";

type Keys = "createKey" | "describeKey" | "listKeys" | "getPublicKey" | "health";

/** Making, reading and listing keys, public keys, and whether the vault answers; on a Managed HSM random bytes too. */
export const keys = (vault: Vault): DriverPart<Keys> & Partial<DriverPart<"generateRandom">> => ({
  createKey: (conf, call) => createKey(vault, conf, call),
  describeKey: (reference, call) => describeReference(vault, reference, call),
  listKeys: (call) => listKeys(vault, call),
  getPublicKey: async (key, call) => {
    const shown = await readVersion(vault, nameOf(key.id), key.version, call);
    const { publicKey } = keepShape(vault, shown);
    return { bytes: present(publicKey, "a public key"), id: key.id, version: shown.properties.version };
  },
  ...(vault.tier === "managed-hsm" ? { generateRandom: (length, call) => generateRandom(vault, length, call) } : {}),
  health: (call) => health(vault, call),
});

/** A reference may name a version: then the key must have it. */
async function describeReference(vault: Vault, reference: string, call: Call): Promise<AzureRecord> {
  const { host, name, version } = readReference(reference, vault.connection.host);
  const record = await readKey(vault, name, call);
  if (version === undefined || !record.versionsComplete || record.versions.some((found) => found.version === version)) {
    return record;
  }
  throw new KmsError("NOT_FOUND", "The key has no version of the id that the reference names.", {
    keyId: keyIdOf(host, name),
  });
}

/** Living keys, then deleted ones: the two lists ask for rights of their own on a Managed HSM. */
async function* listKeys({ connection }: Vault, call: Call): AsyncGenerator<DriverListing> {
  const listing = (properties: KeyProperties, state: NativeState): DriverListing => ({
    id: listedId(connection.host, properties),
    labels: labelsOf(properties.tags),
    state,
    createdAt: properties.createdOn,
  });
  const living = pages(connection, (keys, settings) => keys.listPropertiesOfKeys(settings).byPage(), call);
  for await (const page of living) {
    for (const properties of page) yield listing(properties, listedState(properties, call.now));
  }
  const deleted = pages(connection, (keys, settings) => keys.listDeletedKeys(settings).byPage(), call);
  for await (const page of deleted) {
    for (const { properties } of page) yield listing(properties, "destruction-scheduled");
  }
}

/** The canonical id of an entry. `TAMPERED` for a key of another host. */
function listedId(host: string, { id, name }: KeyProperties): string {
  if (parseKeyId(present(id, "kid"))?.host === host) return keyIdOf(host, name);
  throw new KmsError("TAMPERED", "A key of another vault was listed among this one's; check the address.");
}

const listedState = ({ enabled, notBefore, expiresOn }: KeyProperties, now: number): NativeState => {
  if (enabled === false) return "disabled";
  if (notBefore !== undefined && now < notBefore.getTime()) return "pending";
  return expiresOn !== undefined && now >= expiresOn.getTime() ? "process-only" : "enabled";
};

/** Bytes of the HSM's generator, by as many requests as it takes. */
async function generateRandom({ connection }: Vault, wanted: number, call: Call): Promise<Uint8Array> {
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "Random bytes were asked for by a length that is no whole number from 1 on.",
    );
  }
  if (wanted > mostRandomBytes) {
    throw new KmsError("TOO_LARGE", `At most ${mostRandomBytes} random bytes are made in one call; ask for fewer.`);
  }
  const random = new Uint8Array(wanted);
  for (let at = 0; at < wanted; at += maximumRandomBytes) {
    const count = Math.min(maximumRandomBytes, wanted - at);
    const answer = await connection.ask((client, settings) => client.getRandomBytes(count, settings), call);
    const part = ownBytes(bytesOf(answer));
    if (part.length !== count) {
      throw new KmsError("CORRUPTED", `Azure was asked for ${count} random bytes and answered ${part.length}.`);
    }
    random.set(part, at);
    part.fill(0);
  }
  return random;
}

const mostRandomBytes = 1024;

/** Reads the first page of the list of keys, which changes nothing. Whoever is denied it was known to Azure all the same. */
async function health({ connection }: Vault, call: Call): Promise<DriverHealth> {
  try {
    await connection.ask((client, settings) => client.listPropertiesOfKeys(settings).byPage().next(), call);
    return { notes: [] };
  } catch (cause) {
    if (codeOf(cause, "listKeys") !== "PERMISSION_DENIED") throw cause;
    return { notes: ["Azure knows this principal; which keys it may use, only a use shows."] };
  }
}
