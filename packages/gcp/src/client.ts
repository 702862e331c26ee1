import type * as Sdk from "@google-cloud/kms";
import type { KeyManagementServiceClient } from "@google-cloud/kms";
import { KmsError, type Call } from "@kms/core/driver";
import { checksumsBy, type Checksums } from "./checksums.ts";
import { explained, notOpened } from "./errors.ts";
import { parseKeyRing } from "./key-id.ts";
import type { GcpOptions } from "./options.ts";

/** What a question to Cloud KMS is asked with. `options` goes into every method of the client that is called. */
export interface Asking {
  readonly client: KeyManagementServiceClient;
  readonly options: CallSettings;
  readonly checksums: Checksums;
}

/** The way to Cloud KMS: one method at a time, each with the call's own deadline and cancellation. */
export interface Connection {
  /** What `ask` answers. The SDK is loaded and the client made with the first question. Errors are the SDK's, for `classify`. */
  readonly send: <R>(ask: (asking: Asking) => Promise<R>, call: Call) => Promise<R>;
  /** Ends the client that the driver made; one that was given stays open. Sending is `CLOSED` from here on. */
  readonly close: () => Promise<void>;
}

/** What is loaded with the first question; the SDK only where no ready client was given. */
export interface Packages {
  readonly sdk: () => Promise<Pick<typeof Sdk, "KeyManagementServiceClient">>;
  readonly crc32c: () => Promise<(bytes: Uint8Array) => number>;
}

type Opened = Pick<Asking, "client" | "checksums">;

/**
 * A connection that opens by itself. On the first question: `UNSUPPORTED` naming the package when the SDK is not installed,
 * `UNAUTHENTICATED` when no credentials are found, `INVALID_ARGUMENT` when the given client speaks REST. `load` is for tests.
 */
export function connect(options: GcpOptions, load: Packages = packages): Connection {
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
    if (closed) throw new KmsError("CLOSED", "This driver of Cloud KMS was closed; make another one.");
  };
  return {
    send: async (ask, call) => {
      refuseClosed();
      const { client, checksums } = opened ?? (await open());
      refuseClosed(); // opening takes a while
      const { settings, release } = settingsFor(call);
      try {
        return await ask({ client, options: settings, checksums });
      } catch (cause) {
        throw explained(cause, call);
      } finally {
        release();
      }
    },
    close: async () => {
      closed = true;
      if (options.client !== undefined) return;
      // Nothing bounds an opening: one under way ends its client when that is there, and is not waited for.
      if (opened === undefined) opening?.then(({ client }) => client.close()).catch(() => undefined);
      await opened?.client.close();
    },
  };
}

/** Settings of one method call. Never `maxRetries`, which breaks the client for its next call (`provider-facts` T14). */
export interface CallSettings {
  /** No retries of the SDK's: its budget is ten minutes, and it repeats changes (T13). The guard retries, within the deadline. */
  readonly retry: null;
  readonly otherArgs: { readonly options: { readonly interceptors: readonly Interceptor[] } };
}
type Interceptor = (options: object, nextCall: (options: object) => OngoingCall) => OngoingCall;
interface OngoingCall {
  readonly cancelWithStatus: (status: number, details: string) => void;
}

const cancelledStatus = 1;

/**
 * Deadline and cancellation, which the SDK has no option for, by an interceptor of gRPC's. Not by the SDK's `timeout`: that
 * is written into the settings that the client keeps, where it would cut short the retries of everybody else's calls.
 */
function settingsFor(call: Call): { readonly settings: CallSettings; readonly release: () => void } {
  let isOver = false;
  let ongoing: OngoingCall | undefined;
  const release = call.onInterrupt(() => {
    isOver = true;
    ongoing?.cancelWithStatus(cancelledStatus, "The call is over.");
  });
  if (isOver) throw new KmsError("CANCELLED", "The call was cancelled before Cloud KMS was asked.");
  const interceptor: Interceptor = (options, nextCall) => {
    // gRPC takes a deadline as a date of this machine's clock; what counts is the time left.
    ongoing = nextCall(Object.assign(options, { deadline: Date.now() + call.remainingMs() }));
    if (isOver) ongoing.cancelWithStatus(cancelledStatus, "The call is over.");
    return ongoing;
  };
  return { settings: { retry: null, otherArgs: { options: { interceptors: [interceptor] } } }, release };
}

async function openClient(options: GcpOptions, load: Packages): Promise<Opened> {
  const crc32c = await load.crc32c();
  const client = options.client ?? makeClient(await loadSdk(load.sdk), options);
  // Awaited here: the SDK's methods start it too, and leave a failure of it to the process as an unhandled rejection.
  const stub = await client.initialize().catch((cause: unknown) => {
    throw notOpened(cause);
  });
  // The stubs of gRPC have a channel, those of the REST fallback have none.
  if (typeof Reflect.get(stub, "getChannel") !== "function") {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "The client given to gcpKms speaks the REST fallback, whose errors and retries differ. Make it without fallback.",
    );
  }
  return { client, checksums: checksumsBy(crc32c) };
}

type LoadedSdk = Awaited<ReturnType<Packages["sdk"]>>;
function makeClient(sdk: LoadedSdk, { keyRing, credentials, authClient }: GcpOptions): KeyManagementServiceClient {
  const projectId = parseKeyRing(keyRing)?.location.split("/")[1];
  return new sdk.KeyManagementServiceClient({
    fallback: false,
    ...(projectId === undefined ? {} : { projectId }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(authClient === undefined ? {} : { authClient }),
  });
}

const packages: Packages = {
  sdk: () => import("@google-cloud/kms"),
  // Its other module computes the CRC-32 of Ethernet. Sums come as signed numbers.
  crc32c: async () => {
    const { default: castagnoli } = await import("crc-32/crc32c.js");
    return (bytes) => castagnoli.buf(bytes) >>> 0;
  },
};

async function loadSdk(load: Packages["sdk"]): ReturnType<Packages["sdk"]> {
  try {
    return await load();
  } catch (cause) {
    throw new KmsError(
      "UNSUPPORTED",
      "@kms/gcp needs the package @google-cloud/kms, which could not be loaded. Install it: npm install @google-cloud/kms",
      { cause },
    );
  }
}
