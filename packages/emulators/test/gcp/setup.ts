import { KeyManagementServiceClient, type protos } from "@google-cloud/kms";
import { afterAll, afterEach } from "vitest";
import { type GcpEmulator, type GcpEmulatorOptions, startGcpEmulator } from "../../src/gcp/index.ts";

/** The client's own types of messages. */
export type V1 = typeof protos.google.cloud.kms.v1;
/** A key as the client takes and gives it. */
export type Key = protos.google.cloud.kms.v1.ICryptoKey;

const open = new Set<() => Promise<void>>();

afterEach(async () => {
  const closing = [...open].map((close) => close());
  open.clear();
  await Promise.all(closing);
});

/** Milliseconds in a day. */
export const DAY_MS = 86_400_000;

/** UTF-8 of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One call, and nothing more: the client would go on for ten minutes. */
export const ONCE = { retry: null, timeout: 20_000 } as const;

/** The official client; it ends with the test. */
export function clientFor(
  emulator: GcpEmulator,
  configuration: ConstructorParameters<typeof KeyManagementServiceClient>[0] = {},
): KeyManagementServiceClient {
  const client = new KeyManagementServiceClient({ ...emulator.clientConfiguration, ...configuration });
  open.add(() => client.close());
  return client;
}

/** Where a test works. */
export interface Place {
  readonly client: KeyManagementServiceClient;
  /** `projects/…/locations/…`. */
  readonly location: string;
  /** The name of a key ring. */
  readonly ring: string;
}

/** A place in an emulator of its own. */
export interface Started extends Place {
  readonly emulator: GcpEmulator;
}

async function withRing(emulator: GcpEmulator, client: KeyManagementServiceClient, id: string): Promise<Started> {
  const location = `projects/${emulator.projectId}/locations/${emulator.location}`;
  await client.createKeyRing({ parent: location, keyRingId: id, keyRing: {} }, ONCE);
  return { emulator, client, location, ring: `${location}/keyRings/${id}` };
}

/** An emulator of the test's own with a key ring, and the official client for it; both end with the test. */
export async function startAlone(options: GcpEmulatorOptions = {}): Promise<Started> {
  const emulator = await startGcpEmulator(options);
  open.add(() => emulator.close());
  return withRing(emulator, clientFor(emulator), "ring");
}

let common: Promise<{ readonly emulator: GcpEmulator; readonly client: KeyManagementServiceClient }> | undefined;
let rings = 0;

async function startCommon(): Promise<{ readonly emulator: GcpEmulator; readonly client: KeyManagementServiceClient }> {
  const emulator = await startGcpEmulator();
  return { emulator, client: new KeyManagementServiceClient(emulator.clientConfiguration) };
}

afterAll(async () => {
  const { client, emulator } = (await common) ?? {};
  await client?.close();
  await emulator?.close();
});

/**
 * A key ring of the test's own in an emulator that the tests of a file share: the official client takes a fifth of a
 * second to start. For tests that leave clock, faults, policy and the record of requests alone.
 */
export async function start(): Promise<Place> {
  common ??= startCommon();
  const { emulator, client } = await common;
  rings += 1;
  return withRing(emulator, client, `ring-${rings}`);
}

/** A member that the answer must have. */
export function present<T>(value: T | null | undefined): T {
  if (value === undefined || value === null) throw new TypeError("the answer lacks a member that it must have");
  return value;
}

let made = 0;

/** The name of a new key; symmetric unless said otherwise. */
export async function createKey(
  { client, ring }: Place,
  cryptoKey: Key = { purpose: "ENCRYPT_DECRYPT" },
): Promise<string> {
  made += 1;
  const [key] = await client.createCryptoKey({ parent: ring, cryptoKeyId: `key-${made}`, cryptoKey }, ONCE);
  return present(key.name);
}

/** The name of a new key with that algorithm. */
export const createKeyFor = (
  started: Place,
  purpose: keyof V1["CryptoKey"]["CryptoKeyPurpose"],
  algorithm: keyof V1["CryptoKeyVersion"]["CryptoKeyVersionAlgorithm"],
  protectionLevel: "SOFTWARE" | "HSM" = "SOFTWARE",
): Promise<string> => createKey(started, { purpose, versionTemplate: { algorithm, protectionLevel } });

/** The bytes of a field of an answer. */
export const bytesOf = (value: Uint8Array | string | null | undefined): Buffer => {
  const found = present(value);
  if (typeof found === "string") throw new TypeError("the client gives bytes as bytes");
  return Buffer.from(found);
};

/** What a refused call says. */
export interface Refusal {
  /** The name of the gRPC status; "OK" when the call was not refused. */
  readonly code: string;
  readonly message: string;
  readonly details: readonly unknown[];
}

const CODES = ["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"];
const MORE = ["PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE"];
const REST = ["UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"];
const ALL = [...CODES, ...MORE, ...REST];

/** How a call ends. */
export const refusalOf = (call: Promise<unknown>): Promise<Refusal> =>
  call.then(
    () => ({ code: "OK", message: "", details: [] }),
    (error: { readonly code?: number; readonly details?: string; readonly statusDetails?: readonly unknown[] }) => ({
      code: ALL[error.code ?? -1] ?? "no gRPC status",
      message: error.details ?? "",
      details: error.statusDetails ?? [],
    }),
  );

/** The gRPC status that a call ends in, or "OK". */
export const codeOf = async (call: Promise<unknown>): Promise<string> => (await refusalOf(call)).code;

/** What `testIamPermissions` answers. The client's type asks for a message of its own class; a plain one does. */
export async function askPermissions(
  client: KeyManagementServiceClient,
  resource: string,
  permissions: readonly string[],
): Promise<readonly string[]> {
  const request = { resource, permissions: [...permissions] } as Parameters<typeof client.testIamPermissions>[0];
  const [answer] = await client.testIamPermissions(request, ONCE);
  return present(answer.permissions);
}
