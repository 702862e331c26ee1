import type * as Sdk from "@aws-sdk/client-kms";
import type {
  $Command,
  KMSClient,
  KMSClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from "@aws-sdk/client-kms";
import { KmsError, type Bytes, type Call } from "@kms/core/driver";
import { Credentials } from "./client/credentials.ts";
import type { AwsOptions } from "./options.ts";
import { explained, present } from "./errors.ts";
import { withoutSecrets } from "./errors/without-secrets.ts";

type KmsSdk = typeof Sdk;
type Command<I extends ServiceInputTypes, O extends ServiceOutputTypes> = $Command<
  I,
  O,
  KMSClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/** The way to AWS KMS: one command at a time, each with the call's own deadline and cancellation. */
export interface Connection {
  /** What AWS answers. The SDK is loaded and the client made with the first command. Errors are the SDK's, for `classify`. */
  readonly send: <I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    command: (sdk: KmsSdk) => Command<I, O>,
    call: Call,
  ) => Promise<O>;
  /** The Region that is asked. */
  readonly region: () => Promise<string>;
  /** Ends the client that the driver made; one that was given stays open. Sending is `CLOSED` from here on. */
  readonly close: () => Promise<void>;
}

const connections = new WeakMap<object, Connection>();

/** Keeps by which connection a driver calls, for this adapter's functions beside the contract. Answers the driver. */
export function connected<D extends object>(driver: D, connection: Connection): D {
  connections.set(driver, connection);
  return driver;
}

/** The connection of a driver that `awsKms` made; `UNSUPPORTED` for another provider's. */
export function connectionOf(driver: object): Connection {
  const connection = connections.get(driver);
  if (connection !== undefined) return connection;
  throw new KmsError(
    "UNSUPPORTED",
    "This is an operation of AWS KMS, and the key is not one of a driver that awsKms made.",
  );
}

interface HttpHandlerOptions {
  readonly abortSignal: AbortSignal | Interruptible;
  readonly requestTimeout?: number;
}
/** What the SDK takes in the place of an `AbortSignal`, which costs as much as signing the request: it sets `onabort`. */
interface Interruptible {
  aborted: boolean;
  onabort: (() => void) | null;
}

interface Opened {
  readonly sdk: KmsSdk;
  readonly client: KMSClient;
  readonly credentials: Credentials;
  readonly settingsFor: (call: Call) => CommandSettings;
}

// As many as the guard has in flight; the SDK's own default of 50 would make the rest wait inside their timeouts.
const sockets = 64;
// The SDK hands the handler to the clients inside it that fetch credentials: without these, one hung connection would hold up
// the driver, and the process after `close`. Each command brings a request timeout of its own.
const handlerTimeouts = { connectionTimeout: 5_000, requestTimeout: 10_000 } as const;
// The longest time that a timer of Node can wait; longer ones fire at once.
const longestTimeoutMs = 2_147_483_647;

/**
 * A connection that opens by itself. On the first command: `UNSUPPORTED` naming the package when the SDK is not installed,
 * `INVALID_ARGUMENT` when no Region is known or the given client retries by itself. `load` is for tests.
 */
export function connect(
  options: AwsOptions,
  load: () => Promise<KmsSdk> = () => import("@aws-sdk/client-kms"),
): Connection {
  let opened: Opened | undefined;
  let opening: Promise<Opened> | undefined;
  let closed = false;
  const open = async (): Promise<Opened> => {
    try {
      return (opened = await (opening ??= openClient(options, load)));
    } catch (cause) {
      opening = undefined; // what was missing may have been put right by the next call
      throw cause;
    }
  };
  const refuseClosed = (): void => {
    if (closed) throw new KmsError("CLOSED", "This driver of AWS KMS was closed; make another one.");
  };
  return {
    send: async (command, call) => {
      refuseClosed();
      const { sdk, client, credentials, settingsFor } = opened ?? (await open());
      if (!credentials.areReady) await credentials.fetch(call);
      refuseClosed(); // opening takes a while, and so do credentials
      const { settings, release } = settingsFor(call);
      try {
        return await client.send(command(sdk), settings);
      } catch (cause) {
        throw explained(withoutSecrets(cause), options.client !== undefined);
      } finally {
        release();
      }
    },
    region: async () => (opened ?? (await open())).client.config.region(),
    close: async () => {
      closed = true;
      if (options.client === undefined) end(opened, opening);
    },
  };
}

/** Nothing bounds an opening: one under way ends its client when that is there, and is not waited for. */
function end(opened: Opened | undefined, opening: Promise<Opened> | undefined): void {
  if (opened === undefined) opening?.then(({ client }) => client.destroy()).catch(() => undefined);
  else opened.client.destroy();
}

async function openClient(options: AwsOptions, load: () => Promise<KmsSdk>): Promise<Opened> {
  const sdk = await loadSdk(load);
  const client = options.client ?? new sdk.KMSClient(clientConfiguration(options));
  if (options.client !== undefined) await refuseRetries(client);
  await client.config.region().catch((cause: unknown) => {
    throw new KmsError("INVALID_ARGUMENT", "No AWS Region is known; give awsKms a region.", { cause });
  });
  return {
    sdk,
    client,
    credentials: new Credentials(client),
    settingsFor: settingsOf(client, options.client === undefined),
  };
}

/** Settings of one command, and what to call once it has ended. */
interface CommandSettings {
  readonly settings: HttpHandlerOptions;
  readonly release: () => void;
}

/**
 * Every client is told of the call's end. Only our own is told of the deadline too: a ready one keeps the timeouts that it
 * was made with, and whether it throws on a request timeout or only prints a warning (`provider-facts` T10) cannot be read
 * before its first request.
 */
const settingsOf = (client: KMSClient, isOwn: boolean): ((call: Call) => CommandSettings) => {
  const ending = takesInterruptible(client) ? interruptible : signalled;
  if (!isOwn) return ending;
  return (call) => {
    const { settings, release } = ending(call);
    const requestTimeout = Math.min(Math.max(1, Math.ceil(call.remainingMs())), longestTimeoutMs);
    return { settings: { ...settings, requestTimeout }, release };
  };
};

/** The SDK's handlers for Node say which protocol they speak, and take both. The one over `fetch` says nothing, and `fetch` takes a real signal alone. */
const takesInterruptible = ({ config }: KMSClient): boolean => config.requestHandler.metadata !== undefined;

const signalled = ({ signal }: Call): CommandSettings => ({
  settings: { abortSignal: signal },
  release: () => undefined,
});

function interruptible(call: Call): CommandSettings {
  const abortSignal: Interruptible = { aborted: false, onabort: null };
  const release = call.onInterrupt(() => {
    abortSignal.aborted = true;
    abortSignal.onabort?.();
  });
  return { settings: { abortSignal }, release };
}

function clientConfiguration({ region, credentials }: AwsOptions): Sdk.KMSClientConfig {
  return {
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1, // the guard retries, within the deadline
    requestHandler: { ...handlerTimeouts, throwOnRequestTimeout: true, httpsAgent: { maxSockets: sockets } },
  };
}

async function loadSdk(load: () => Promise<KmsSdk>): Promise<KmsSdk> {
  try {
    return await load();
  } catch (cause) {
    throw new KmsError(
      "UNSUPPORTED",
      "@kms/aws needs the package @aws-sdk/client-kms, which could not be loaded. Install it: npm install @aws-sdk/client-kms",
      { cause },
    );
  }
}

/**
 * Refused rather than overridden: the SDK has no documented way to switch off retries for one command, and a setting that
 * the caller made is not to be ignored in silence. A retry strategy of the caller's own counts by its own word.
 */
async function refuseRetries(client: KMSClient): Promise<void> {
  const strategy = await client.config.retryStrategy();
  const own = "maxAttempts" in strategy ? strategy.maxAttempts : undefined;
  const attempts: unknown = typeof own === "function" ? await own.call(strategy) : await client.config.maxAttempts();
  if (attempts === 1) return;
  throw new KmsError(
    "INVALID_ARGUMENT",
    `The client given to awsKms makes up to ${String(attempts)} attempts by itself. Make it with maxAttempts: 1; retries belong to createKms({ retries }).`,
  );
}

/**
 * Secret bytes of an answer in memory of their own. The SDK cuts short ones out of a pool that it shares with others, where
 * they would lie in clear beside them; that copy is overwritten. `UNKNOWN` naming the member when AWS left it out. What is
 * not secret stays where it is: the guard copies it.
 */
export function ownBytes(value: Bytes | undefined, member: string): Bytes {
  const bytes = present(value, member);
  if (bytes.byteLength === bytes.buffer.byteLength) return bytes;
  const own = new Uint8Array(bytes);
  bytes.fill(0);
  return own;
}

/** The bytes, if they are as many as were asked for; `UNKNOWN` otherwise. */
export function exactly(lengthBytes: number, bytes: Bytes): Bytes {
  if (bytes.byteLength === lengthBytes) return bytes;
  throw new KmsError("UNKNOWN", `AWS KMS was asked for ${lengthBytes} bytes and answered ${bytes.byteLength}.`);
}
