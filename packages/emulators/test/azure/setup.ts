import { CryptographyClient, KeyClient, type KeyClientOptions } from "@azure/keyvault-keys";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { afterEach } from "vitest";
import {
  type AzureCredential,
  type AzureEmulator,
  type AzureEmulatorOptions,
  startAzureEmulator,
} from "../../src/azure/index.ts";

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

/** Everything for the official clients but retries, which are the tests' own. */
export const configuration = ({ clientOptions }: AzureEmulator): KeyClientOptions => ({
  ...clientOptions,
  retryOptions: { maxRetries: 0 },
});

/** The official client of keys. */
export const clientFor = (emulator: AzureEmulator, credential: AzureCredential = emulator.credential): KeyClient =>
  new KeyClient(emulator.vaultUrl, credential, configuration(emulator));

/** The official client of one key or version, which asks for the key first. */
export const cryptographyFor = (emulator: AzureEmulator, keyId: string): CryptographyClient =>
  new CryptographyClient(keyId, emulator.credential, configuration(emulator));

/** Where a test works. */
export interface Started {
  readonly emulator: AzureEmulator;
  readonly client: KeyClient;
  /** A client for the uses of a key or version. */
  use(keyId: string | undefined): CryptographyClient;
}

/** An emulator of the test's own and the official client for it; it ends with the test. */
export async function start(options: AzureEmulatorOptions = {}): Promise<Started> {
  const emulator = await startAzureEmulator(options);
  open.add(() => emulator.close());
  return { emulator, client: clientFor(emulator), use: (keyId) => cryptographyFor(emulator, present(keyId)) };
}

/** A member that the answer must have. */
export function present<T>(value: T | null | undefined): T {
  if (value === undefined || value === null) throw new TypeError("the answer lacks a member that it must have");
  return value;
}

/** What a refused call says. */
export interface Refusal {
  /** The HTTP status; 0 when the call was not refused by an answer. */
  readonly status: number;
  readonly code: string;
  readonly inner: string | undefined;
  readonly message: string;
}

/** How a call ends; the code is "OK" when it was not refused. */
export const refusalOf = (call: Promise<unknown>): Promise<Refusal> =>
  call.then(
    () => ({ status: 200, code: "OK", inner: undefined, message: "" }),
    (error: {
      readonly statusCode?: number;
      readonly code?: string;
      readonly message?: string;
      readonly details?: { readonly error?: { readonly innerError?: { readonly code?: string } } };
    }) => ({
      status: error.statusCode ?? 0,
      code: error.code ?? "none",
      inner: error.details?.error?.innerError?.code,
      message: error.message ?? "",
    }),
  );

/** Status and codes that a call ends in, as `403 Forbidden KeyDisabled`; `200 OK` when it was not refused. */
export async function endOf(call: Promise<unknown>): Promise<string> {
  const { status, code, inner } = await refusalOf(call);
  return [status, code, inner].filter((part) => part !== undefined).join(" ");
}

/** The `kid` that an answer named, read from its body: the client hides it (provider facts, trap T2). */
export async function kidOf<T>(
  call: (options: { onResponse: (response: { readonly bodyAsText?: string | null }) => void }) => Promise<T>,
): Promise<string> {
  let kid = "";
  await call({
    onResponse: ({ bodyAsText }) => {
      const json: unknown = JSON.parse(bodyAsText ?? "{}");
      if (typeof json === "object" && json !== null && "kid" in json) kid = String(json.kid);
    },
  });
  return kid;
}

/** One request without the official client: what arrives at status, headers and JSON. A body is said to be JSON. */
export async function send(
  emulator: AzureEmulator,
  line: string,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }> {
  const [method = "GET", path = "/"] = line.split(" ");
  const { port } = new URL(emulator.vaultUrl);
  const type = options.body === undefined ? {} : { "content-type": "application/json" };
  const headers = { authorization: `Bearer ${emulator.accessToken}`, ...type, ...options.headers };
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port, method, path, headers, ca: emulator.certificate, agent: false });
    call.once("error", reject).once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    call.end(options.body);
  });
}

/** The query that every request has. */
export const API = "api-version=2025-07-01";
