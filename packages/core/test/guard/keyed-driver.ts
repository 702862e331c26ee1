import {
  createHmac,
  generateKeyPairSync,
  privateDecrypt,
  sign as signWith,
  verify as verifyWith,
  constants,
  type KeyObject,
} from "node:crypto";
import { capabilities, capabilityRow } from "../../src/driver.ts";
import type { Algorithm, CapabilityRowClaims, KeyRecord, KmsDriver, VersionRecord } from "../../src/driver.ts";
import { fakeDriver } from "./fake-driver.ts";

/** A driver over one key whose record and claims a test shapes. */
export interface KeyedOptions {
  readonly algorithm?: Algorithm;
  readonly row?: Partial<CapabilityRowClaims>;
  readonly record?: Partial<KeyRecord<never>>;
  readonly claims?: Partial<KmsDriver["capabilities"]>;
  readonly driver?: Partial<KmsDriver<Algorithm, never>>;
}

/** A fake driver over one key; its record can be exchanged. */
export type KeyedDriver = ReturnType<typeof fakeDriver> & { record: KeyRecord<never> };

/** Any driver, with what a record says held in `record`: a test changes it to change what is read. */
export function keyedDriver(options: KeyedOptions = {}): KeyedDriver {
  const { algorithm = "AES-256-GCM" } = options;
  const base = fakeDriver();
  const [plain] = base.capabilities.rows;
  const row = capabilityRow({
    ...(plain ?? { version: "caller" }),
    native: "fake",
    ...options.row,
    algorithm,
    version: options.row?.version ?? "caller",
    operations: options.row?.operations ?? plain?.operations ?? [],
  });
  const driver: KeyedDriver = {
    ...base,
    capabilities: capabilities({ ...base.capabilities, rows: [row], ...options.claims }),
    algorithms: [algorithm],
    record: {
      id: "store/key",
      native: "fake",
      algorithms: [algorithm],
      protection: row.protection,
      origin: row.origin,
      exportable: false,
      labels: {},
      state: "enabled",
      currentVersion: "1",
      versions: [version("1")],
      versionsComplete: true,
      ...options.record,
    },
    createKey: async () => driver.record,
    describeKey: async () => {
      base.calls.push("describeKey");
      return driver.record;
    },
    ...options.driver,
  };
  return driver;
}

/** A version of a record. */
export const version = (name: string, more: Partial<VersionRecord> = {}): VersionRecord => ({
  version: name,
  native: "enabled",
  createdAt: new Date("2026-06-01T00:00:00Z"),
  ...more,
});

/** A key pair as an asymmetric driver holds it. */
export interface Pair {
  readonly privateKey: KeyObject;
  readonly spki: Uint8Array<ArrayBuffer>;
}
const exported = ({
  privateKey,
  publicKey,
}: {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}): Pair => ({
  privateKey,
  spki: new Uint8Array(publicKey.export({ format: "der", type: "spki" })),
});
export const curvePair = (namedCurve: string): Pair => exported(generateKeyPairSync("ec", { namedCurve }));
export const rsaPair = (modulusLength: number, publicExponent = 65_537): Pair =>
  exported(generateKeyPairSync("rsa", { modulusLength, publicExponent }));
export const edwardsPair = (): Pair => exported(generateKeyPairSync("ed25519"));

const signing = ["sign", "verify", "getPublicKey", "rotateKey", "disableKey", "revokeKey", "exportKey"] as const;

/** A driver that signs by ECDSA P-256 over digests, versions `1`, `2` … in `pairs`. */
export function signingDriver(pairs: readonly Pair[], options: KeyedOptions = {}): KeyedDriver {
  const of = (name: string): Pair => {
    const pair = pairs[Number(name) - 1];
    if (pair === undefined) throw new Error(`no version ${name}`);
    return pair;
  };
  return keyedDriver({
    algorithm: "ECDSA-P256-SHA256",
    ...options,
    row: { operations: signing, signInput: "message", ...options.row },
    record: {
      currentVersion: String(pairs.length),
      versions: pairs.map(({ spki }, at) => version(String(at + 1), { publicKey: spki })),
      ...options.record,
    },
    driver: {
      sign: (key, { bytes }) => ({
        id: key.id,
        version: key.version,
        bytes: new Uint8Array(signWith("sha256", bytes, of(key.version).privateKey)),
      }),
      verify: (key, { bytes }, signature) => ({
        id: key.id,
        version: key.version,
        valid: verifyWith(
          "sha256",
          bytes,
          { key: Buffer.from(of(key.version).spki), format: "der", type: "spki" },
          signature,
        ),
      }),
      ...options.driver,
    },
  });
}

/** A driver with HMAC keys; a version's key is its name. */
export function macDriver(versions: readonly string[] = ["1"], options: KeyedOptions = {}): KeyedDriver {
  const tag = (name: string, message: Uint8Array): Uint8Array =>
    new Uint8Array(createHmac("sha256", name).update(message).digest());
  return keyedDriver({
    algorithm: "HMAC-SHA256",
    ...options,
    row: { operations: ["generateMac", "verifyMac", "rotateKey"], ...options.row },
    record: { currentVersion: versions.at(-1), versions: versions.map((name) => version(name)), ...options.record },
    driver: {
      generateMac: (key, message) => ({ id: key.id, version: key.version, bytes: tag(key.version, message) }),
      verifyMac: (key, message, mac) => ({
        id: key.id,
        version: key.version,
        valid: Buffer.from(tag(key.version, message)).equals(mac),
      }),
      ...options.driver,
    },
  });
}

/** RSA-OAEP by the private half, for drivers whose public half the guard uses. */
export const openOaep = ({ privateKey }: Pair, ciphertext: Uint8Array): Uint8Array =>
  new Uint8Array(
    privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" }, ciphertext),
  );
