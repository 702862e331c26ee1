import { KmsError, pemToSpki, type Call, type DriverHealth, type DriverListing, type KeyConf } from "@kms/core/driver";
import { algorithms, algorithmsOf, levelFor, type GcpAlgorithm } from "./algorithms.ts";
import { randomBytes } from "./capabilities.ts";
import type { Connection } from "./client.ts";
import { classify, codeOf, halfDone, outcomeOf, present } from "./errors.ts";
import { parseKeyRing, readReference, versionNameOf } from "./key-id.ts";
import type { GcpOptions } from "./options.ts";
import {
  checkedKey,
  dateOf,
  describe,
  labelsOf,
  namedBy,
  nonceLabel,
  pageSize,
  readKey,
  recordOf,
  type CryptoKey,
  type DriverPart,
  type GcpRecord,
} from "./records.ts";

type Keys = "createKey" | "describeKey" | "listKeys" | "getPublicKey" | "generateRandom" | "health";
type Ring = Pick<GcpOptions, "keyRing" | "createKeyRing">;

/** Making, reading and listing keys, public keys, random bytes, and whether Cloud KMS answers. */
export const keys = (connection: Connection, ring: Ring): DriverPart<Keys> => ({
  createKey: (conf, call) => createKey(connection, ring, conf, call),
  describeKey: async (reference, call) =>
    recordOf(await describe(connection, readReference(reference, ring.keyRing), call)),
  listKeys: (call) => listKeys(connection, ring.keyRing, call),
  getPublicKey: (key, call) =>
    connection.send(async ({ client, options, checksums }) => {
      // A format must be named for the answer to carry the key beside its checksum (`provider-facts` §8.3).
      const request = { name: versionNameOf(key.id, key.version), publicKeyFormat: "PEM" } as const;
      const [answer] = await client.getPublicKey(request, options);
      const { data, crc32cChecksum } = present(answer.publicKey, "publicKey");
      const pem = checksums.verified(data, crc32cChecksum, "publicKey.data");
      return { bytes: pemToSpki(new TextDecoder().decode(pem)), ...namedBy(answer.name) };
    }, call),
  generateRandom: (lengthBytes, call) => generateRandom(connection, ring.keyRing, lengthBytes, call),
  health: (call) => health(connection, ring.keyRing, call),
});

/**
 * One `CreateCryptoKey`; where the ring is missing and may be made, that first. A key of this name that bears the call's own
 * token was made by this call, whose answer was lost on the way to somebody who asked twice; any other is `ALREADY_EXISTS`.
 */
async function createKey(
  connection: Connection,
  ring: Ring,
  conf: KeyConf<GcpAlgorithm>,
  call: Call,
): Promise<GcpRecord> {
  const id = conf.name;
  if (id === undefined) throw new KmsError("INVALID_ARGUMENT", "A key of Cloud KMS is made under a name; give one.");
  const name = `${ring.keyRing}/cryptoKeys/${id}`;
  const request = { parent: ring.keyRing, cryptoKeyId: id, cryptoKey: cryptoKeyOf(conf, call) };
  const create = async (): Promise<CryptoKey> => {
    const [key] = await connection.send(({ client, options }) => client.createCryptoKey(request, options), call);
    return key;
  };
  const key = await create().catch(async (cause: unknown) => {
    const code = codeOf(cause, "generateKey");
    if (code === "ALREADY_EXISTS") return own(connection, name, call, cause);
    if (code !== "NOT_FOUND" || ring.createKeyRing !== true) throw lost(cause, keyToFind(name, call));
    const made = await createRing(connection, ring.keyRing, call);
    return create().catch((again: unknown) => {
      if (!made || outcomeOf(again) !== "none") throw lost(again, keyToFind(name, call));
      const what = `The key ring ${ring.keyRing} was made, and stays: a ring can never be deleted. The key was not made; ask again.`;
      throw halfDone(again, "generateKey", name, what);
    });
  });
  return recordOf({ key: checkedKey(key, name), versions: key.primary ? [key.primary] : [] });
}

const dayS = 86_400;

/** Purpose, template, labels with the call's token, and what is asked for of rotation and destruction. */
function cryptoKeyOf(conf: KeyConf<GcpAlgorithm>, { now, idempotencyToken }: Call): CryptoKey {
  const { purpose, name: algorithm } = algorithms[conf.algorithm];
  const { rotateEveryDays: rotation, destructionWindowDays: window } = conf;
  return {
    purpose,
    versionTemplate: { algorithm, protectionLevel: levelFor(conf.algorithm, conf.protection) ?? null },
    labels: { ...conf.labels, [nonceLabel]: idempotencyToken },
    ...(window === undefined ? {} : { destroyScheduledDuration: { seconds: window * dayS } }),
    ...(rotation === undefined
      ? {}
      : {
          rotationPeriod: { seconds: rotation * dayS },
          nextRotationTime: { seconds: Math.floor(now / 1000) + rotation * dayS },
        }),
  };
}

async function own(connection: Connection, name: string, call: Call, cause: unknown): Promise<CryptoKey> {
  const found = await readKey(connection, name, call).catch(() => undefined);
  if (found?.labels?.[nonceLabel] === call.idempotencyToken) return found;
  throw cause; // that the name is taken is what the caller has to know, whoever may read the key
}

const keyToFind = (name: string, { idempotencyToken }: Call): string =>
  `A key was made all the same if ${name} is there and bears the label ${nonceLabel}=${idempotencyToken}: look for it, then adopt it by getKey or schedule its destruction. Do not assume that there is none.`;

/** A failure after which something may have been made says what to do about that; every other one stays as it is. */
function lost(cause: unknown, whatToDo: string): unknown {
  const { code, outcome, requestId } = KmsError.isInstance(cause) ? cause : classify(cause, "generateKey");
  if (outcome !== "unknown") return cause;
  const found = KmsError.isInstance(cause) ? cause.message : "No answer of Cloud KMS came.";
  const vendor = KmsError.isInstance(cause) ? cause.cause : cause;
  return new KmsError(code, `A key was to be made. ${found} ${whatToDo}`, { outcome, requestId, cause: vendor });
}

/** Makes a key ring; false where somebody was faster. */
async function createRing(connection: Connection, keyRing: string, call: Call): Promise<boolean> {
  const { location: parent = "", ring: keyRingId = "" } = parseKeyRing(keyRing) ?? {};
  const request = { parent, keyRingId, keyRing: {} };
  try {
    await connection.send(({ client, options }) => client.createKeyRing(request, options), call);
    return true;
  } catch (cause) {
    if (codeOf(cause, "generateKey") === "ALREADY_EXISTS") return false;
    throw lost(cause, `Its key ring ${keyRing} may be there now, the key is not: ask again.`);
  }
}

async function* listKeys(connection: Connection, parent: string, call: Call): AsyncGenerator<DriverListing> {
  let pageToken = "";
  do {
    const request = { parent, pageSize, pageToken };
    const [, , page] = await connection.send(
      ({ client, options }) => client.listCryptoKeys(request, { ...options, autoPaginate: false }),
      call,
    );
    for (const key of page.cryptoKeys ?? []) {
      yield {
        id: present(key.name, "CryptoKey.name"),
        labels: labelsOf(key),
        algorithms: algorithmsOf(key.purpose, key.versionTemplate ?? {}),
        createdAt: dateOf(key.createTime),
      };
    }
    pageToken = page.nextPageToken ?? "";
  } while (pageToken !== "");
}

/** Bytes of the HSM's generator: Google has no other (service.proto, GenerateRandomBytesRequest). Of fewer than 8, the rest of 8 is thrown away. */
async function generateRandom(
  connection: Connection,
  keyRing: string,
  wanted: number,
  call: Call,
): Promise<Uint8Array> {
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "Random bytes were asked for by a length that is no whole number from 1 on.",
    );
  }
  if (wanted > randomBytes.maximum) {
    throw new KmsError(
      "TOO_LARGE",
      `Cloud KMS makes at most ${randomBytes.maximum} random bytes in one call; ask for fewer.`,
    );
  }
  const location = parseKeyRing(keyRing)?.location ?? "";
  const lengthBytes = Math.max(wanted, randomBytes.minimum);
  return connection.send(async ({ client, options, checksums }) => {
    const request = { location, lengthBytes, protectionLevel: "HSM" } as const;
    const [{ data, dataCrc32c }] = await client.generateRandomBytes(request, options);
    const bytes = checksums.verifiedSecret(data, dataCrc32c, "data");
    if (bytes.byteLength !== lengthBytes) {
      throw new KmsError("UNKNOWN", `Cloud KMS was asked for ${lengthBytes} bytes and answered ${bytes.byteLength}.`);
    }
    const random = bytes.slice(0, wanted);
    bytes.fill(0);
    return random;
  }, call);
}

/**
 * Reads the key ring, which changes nothing. Whoever is denied it was known to Google all the same, so that health asks for
 * no right; a ring that is not there yet is a note too.
 */
async function health(connection: Connection, name: string, call: Call): Promise<DriverHealth> {
  try {
    await connection.send(({ client, options }) => client.getKeyRing({ name }, options), call);
    return { notes: [] };
  } catch (cause) {
    if (KmsError.isInstance(cause)) throw cause;
    const { code } = classify(cause, "describeKey");
    if (code === "PERMISSION_DENIED") {
      return { notes: ["Cloud KMS knows this principal; which keys it may use, only a use shows."] };
    }
    if (code === "NOT_FOUND") return { notes: [`Cloud KMS answers, but has no key ring ${name}.`] };
    throw cause;
  }
}
