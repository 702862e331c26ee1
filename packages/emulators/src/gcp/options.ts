import type * as Grpc from "@grpc/grpc-js";

/** How to start the emulator. */
export interface GcpEmulatorOptions {
  /** The project whose keys it holds. Default `emulated-project`. */
  readonly projectId?: string | undefined;
  /** The location that `emulator.location` names. Default `europe-west1`; requests may use any other. */
  readonly location?: string | undefined;
  /** The only good bearer token. The default is written in the documentation: it protects nothing. */
  readonly accessToken?: string | undefined;
  /** The emulator's time in milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** How long new asymmetric versions are PENDING_GENERATION, in milliseconds of the emulator's clock. Default 0. */
  readonly generationDelayMs?: number | undefined;
  /** Port on 127.0.0.1, 0 to 65535. Default 0: any free one. */
  readonly port?: number | undefined;
  /**
   * The `@grpc/grpc-js` that the official client uses, where more than one is installed: `sslCreds` of
   * `clientConfiguration` is made by it. Default: the one that this package finds.
   */
  readonly grpc?: typeof Grpc | undefined;
}

/** The options with their defaults. */
export interface ResolvedOptions {
  readonly projectId: string;
  readonly location: string;
  readonly accessToken: string;
  readonly now: () => number;
  readonly generationDelayMs: number;
  readonly port: number;
  readonly grpc: typeof Grpc | undefined;
}

const KNOWN = ["projectId", "location", "accessToken", "now", "generationDelayMs", "port", "grpc"];

const check = (isGood: boolean, message: string): void => {
  if (!isGood) throw new RangeError(`the Google Cloud emulator takes ${message}`);
};

/** Fills in the defaults; a `TypeError` for an unknown option, a `RangeError` for a value that cannot be. */
export function resolveOptions(options: GcpEmulatorOptions): ResolvedOptions {
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`the Google Cloud emulator has no option ${unknown}; it has ${KNOWN.join(", ")}`);
  }
  const { projectId = "emulated-project", location = "europe-west1", generationDelayMs = 0, port = 0 } = options;
  const { accessToken = "emulator-access-token-protects-nothing" } = options;
  check(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(projectId), "a projectId of 6 to 30 lower-case letters, digits and -");
  check(/^[a-z0-9-]{1,63}$/.test(location), "a location such as europe-west1");
  check(/^[\x21-\x7e]{1,4096}$/.test(accessToken), "an accessToken of 1 to 4096 printable characters");
  check(options.now === undefined || typeof options.now === "function", "a now that is a function");
  check(Number.isSafeInteger(generationDelayMs) && generationDelayMs >= 0, "a generationDelayMs of 0 or more");
  check(Number.isInteger(port) && port >= 0 && port <= 65_535, "a port of 0 to 65535");
  const { now = Date.now, grpc } = options;
  return { projectId, location, accessToken, now, generationDelayMs, port, grpc };
}
