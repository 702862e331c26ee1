import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { KeyMaterial, type StoredKey, type StoredTransition, type StoredVersion } from "../../src/index.ts";
import { selfManagedAlgorithms } from "../../src/algorithms.ts";
import type { RecordRow } from "../../src/sealed/records.ts";
import { StoreKeys, type StoreIdentity } from "../../src/sealed/store-keys.ts";
import { start } from "../fixture.ts";

/** A store key and identity that every test can count on. */
export const storeKey: Uint8Array = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
export const identity: StoreIdentity = {
  storeId: "0123456789abcdef".repeat(2),
  lineage: "f".repeat(32),
  generation: 1,
};
export const keysOf = (other: Partial<StoreIdentity> = {}): StoreKeys =>
  new StoreKeys(storeKey, { ...identity, ...other });
export const idOf = (name: string): string => `${identity.storeId}/${name}`;

/** Material whose bytes are told apart from everything else. */
export const canary = (seed: number, lengthBytes = 32): Uint8Array =>
  Uint8Array.from({ length: lengthBytes }, (_, index) => (seed * 37 + index * 151 + 11) & 255);

export const version = (number: number, details: Partial<StoredVersion> = {}): StoredVersion => ({
  version: String(number),
  native: "enabled",
  createdAt: start,
  notBefore: undefined,
  notAfter: start + 1000,
  destroyAt: undefined,
  cancelTo: undefined,
  revocation: undefined,
  material: new KeyMaterial(canary(number)),
  publicKey: Uint8Array.of(number, 2, 3),
  history: [made],
  ...details,
});

const made: StoredTransition = {
  at: start,
  actor: "operator",
  event: "generate",
  from: undefined,
  to: "pre-activation",
  revocation: undefined,
  reason: "because",
};

/** A key with two versions. */
export const key = (details: Partial<StoredKey> = {}): StoredKey => ({
  id: idOf("a"),
  revision: 3,
  algorithm: "HMAC-SHA256",
  origin: "generated",
  exportable: false,
  labels: { app: "orders", team: "x" },
  createdAt: start,
  createdBy: "call-1",
  deactivateAt: start + 1000,
  destructionWindowDays: 30,
  rotateEveryDays: 90,
  currentVersion: "2",
  versions: [version(1), version(2)],
  ...details,
});

/** A record with its material's bytes in the open, to be compared. */
export const shown = (record: StoredKey): unknown => ({
  ...record,
  versions: record.versions.map((one) => ({
    ...one,
    publicKey: one.publicKey === undefined ? undefined : Buffer.from(one.publicKey).toString("hex"),
    material: one.material?.use((bytes) => Buffer.from(bytes).toString("hex")),
  })),
});

/** The body of a row as JSON whose members can be changed. */
export interface OpenBody {
  [name: string]: unknown;
  versions: Record<string, unknown>[];
}
export const bodyOf = (row: Pick<RecordRow, "body">): OpenBody =>
  JSON.parse(Buffer.from(row.body).toString()) as OpenBody;

// From here on: the format once more, by @noble alone.

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const framed = (parts: readonly (string | Uint8Array | number)[]): Uint8Array =>
  Buffer.concat(
    parts.flatMap((part) => {
      const bytes = typeof part === "string" ? ascii(part) : typeof part === "number" ? u64(part) : part;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
const u64 = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
const derived = (secret: Uint8Array, salt: Uint8Array, info: string, length = 32): Uint8Array =>
  hkdf(sha512, secret, salt, ascii(info), length);

/** HMAC of a record, by @noble. */
export const recordMac = ({ id, revision, body }: Omit<RecordRow, "mac">): Uint8Array => {
  const { storeId, lineage, generation } = identity;
  const secret = derived(storeKey, new Uint8Array(0), "kms/store/record-key/1");
  return hmac(sha256, secret, framed(["kms/store/record/1", storeId, lineage, generation, id, revision, body]));
};

/** HMAC of a head, by @noble. */
export const headMac = (body: Uint8Array): Uint8Array => {
  const secret = derived(storeKey, new Uint8Array(0), "kms/store/head-key/1");
  return hmac(sha256, secret, framed(["kms/store/head/1", identity.storeId, identity.lineage, body]));
};

/** A row under a right MAC, with whatever body. */
export const rowOf = (id: string, revision: number, body: Uint8Array | object | string): RecordRow => {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : sorted(body));
  return { id, revision, body: bytes, mac: recordMac({ id, revision, body: bytes }) };
};

/** RFC 8785 for values of the kinds that stand in bodies. */
export const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

/** Opens salt ‖ commitment ‖ ciphertext ‖ tag by @noble; throws for anything wrong. */
export const unwrapped = (secret: Uint8Array, label: string, wrap: Uint8Array, associated: Uint8Array): Uint8Array => {
  const once = derived(secret, wrap.subarray(0, 32), label, 64);
  if (Buffer.compare(once.subarray(32), wrap.subarray(32, 64)) !== 0) throw new Error("commitment");
  return gcm(once.subarray(0, 32), new Uint8Array(12), associated).decrypt(wrap.subarray(64));
};

/** The material of a version in a body, by @noble. */
export const materialIn = (body: OpenBody, index: number): Uint8Array => {
  const { format: _f, revision: _r, currentVersion: _c, versions, ...fields } = body;
  const { version: number, createdAt, notBefore, notAfter, publicKey, material } = versions[index] ?? {};
  const associated = sorted({
    store: identity,
    key: fields,
    version: { version: number, createdAt, notBefore, notAfter, publicKey },
  });
  const secret = derived(storeKey, new Uint8Array(0), "kms/store/material-key/1");
  return unwrapped(secret, "kms/store/material/1", Buffer.from(String(material), "base64"), ascii(associated));
};

/** The store key in a slot, given the slot's key, by @noble. */
export const storeKeyIn = (
  slotKey: Uint8Array,
  slot: { readonly id: string; readonly kind: string; readonly parameters: Uint8Array; readonly sealed: Uint8Array },
): Uint8Array => {
  const { id, kind, parameters, sealed } = slot;
  const associated = framed(["kms/store/slot/1", identity.storeId, id, kind, parameters, identity.generation]);
  return unwrapped(slotKey, "kms/store/slot/1", sealed, associated);
};

/** The slot key of a key root, by @noble. */
export const rootSlotKey = (root: Uint8Array, salt: Uint8Array): Uint8Array =>
  derived(root, salt, "kms/store/root-key/1");

/** SHA-256 over slots, by @noble. */
export const slotsDigest = (parts: readonly (string | Uint8Array)[]): string =>
  Buffer.from(sha256(framed(["kms/store/slots/1", parts.length / 4, ...parts]))).toString("hex");

// Records of every shape that the format has.

const date = fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const words = (most: number): fc.Arbitrary<string> => fc.string({ unit: "grapheme", maxLength: most / 16 });
const days = maybe(fc.integer({ min: 1, max: 36_500 }));
const reason = fc.constantFrom(
  "key-compromise",
  "superseded",
  "cessation-of-operation",
  "privilege-withdrawn",
  "unspecified",
);
const state = fc.constantFrom("pre-activation", "active", "suspended", "deactivated", "compromised", "destroyed");
const events = ["generate", "import", "activate", "disable", "enable", "deactivate", "compromise"] as const;
const native = fc.constantFrom(
  "enabled",
  "disabled",
  "process-only",
  "compromised",
  "destruction-scheduled",
  "destroyed",
);
const bytes = (most: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: 1, maxLength: most });

const transition: fc.Arbitrary<StoredTransition> = fc.record({
  at: date,
  actor: maybe(words(512)),
  event: fc.constantFrom(...events, "schedule-destruction" as const, "cancel-destruction" as const, "destroy" as const),
  from: maybe(state),
  to: state,
  revocation: maybe(reason),
  reason: maybe(words(1024)),
});

const versionArbitrary = fc
  .record({
    native,
    createdAt: date,
    notBefore: maybe(date),
    notAfter: maybe(date),
    destroyAt: maybe(date),
    cancelTo: maybe(fc.constantFrom("disabled", "process-only", "compromised")),
    revocation: maybe(fc.record({ reason, revokedAt: date, occurredAt: date })),
    material: maybe(bytes(200)),
    publicKey: maybe(bytes(100)),
    history: fc.array(transition, { maxLength: 3 }),
  })
  .map(({ material, ...rest }) => ({
    ...rest,
    material: material === undefined || rest.native === "destroyed" ? undefined : new KeyMaterial(material),
  }));

/** Any record that a store can hold. */
export const anyKey: fc.Arbitrary<StoredKey> = fc
  .record({
    id: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/).map(idOf),
    revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    algorithm: fc.constantFrom(...selfManagedAlgorithms),
    origin: fc.constantFrom("generated", "imported"),
    exportable: fc.boolean(),
    labels: fc
      .dictionary(fc.stringMatching(/^[a-z][a-z0-9_-]{0,62}$/), fc.stringMatching(/^[a-z0-9_-]{0,63}$/), { maxKeys: 8 })
      .map((labels) => ({ ...labels })),
    createdAt: date,
    createdBy: words(256),
    deactivateAt: maybe(date),
    destructionWindowDays: days,
    rotateEveryDays: days,
    current: fc.nat(),
    versions: fc.array(versionArbitrary, { minLength: 1, maxLength: 4 }),
  })
  .map(({ current, versions, ...rest }) => ({
    ...rest,
    currentVersion: String((current % versions.length) + 1),
    versions: versions.map((one, index) => ({ ...one, version: String(index + 1) })),
  }));
