import type { AwsEmulator } from "./emulator.ts";
import { partitionOf } from "./key-id.ts";

/** How to start the emulator. */
export interface AwsEmulatorOptions {
  /** The region that clients must sign for. Default `eu-west-1`. */
  readonly region?: string | undefined;
  /** Twelve digits. Default `000000000000`. */
  readonly accountId?: string | undefined;
  /** The only credentials whose signatures are good. The default is written in the documentation: it protects nothing. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** The emulator's time in milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** How long `RotateKeyOnDemand` stays under way, in milliseconds of the emulator's clock. Default 0: not at all. */
  readonly rotationDelayMs?: number | undefined;
  /** Port on 127.0.0.1, 0 to 65535. Default 0: any free one. */
  readonly port?: number | undefined;
  /**
   * An emulator of another region whose multi-Region keys, those to come too, have their replicas in this one: same id
   * and material, own state, tags and aliases. Account and clock are the other's; so are the credentials unless given.
   * Of one emulator there is one in a Region, and none of a replica. When it is closed, its replicas are gone; when the
   * other is closed, they go on. `ReplicateKey` itself is not emulated.
   */
  readonly replicaOf?: AwsEmulator | undefined;
}

/** The options with their defaults. */
export interface ResolvedOptions {
  readonly region: string;
  readonly accountId: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly now: () => number;
  readonly rotationDelayMs: number;
  readonly port: number;
}

/** The running emulator that `replicaOf` names. */
export interface PrimarySource {
  readonly options: ResolvedOptions;
  /** Whether it holds replicas of another one's keys. */
  readonly isReplica: boolean;
  /** The Regions that have its replicas. */
  readonly replicaRegions: readonly string[];
}

const KNOWN = ["region", "accountId", "credentials", "now", "rotationDelayMs", "port", "replicaOf"];
const CREDENTIALS = {
  accessKeyId: "AKIAEMULATOREXAMPLE0",
  secretAccessKey: "emulator-secret-access-key-protects-nothing",
};

const check = (isGood: boolean, message: string): void => {
  if (!isGood) throw new RangeError(`the AWS emulator takes ${message}`);
};

/**
 * Fills in the defaults; a `TypeError` for an unknown option, a `RangeError` for a value that cannot be. `primary` is
 * the emulator that `replicaOf` names.
 */
export function resolveOptions(options: AwsEmulatorOptions, primary?: PrimarySource): ResolvedOptions {
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`the AWS emulator has no option ${unknown}; it has ${KNOWN.join(", ")}`);
  }
  const { region = "eu-west-1", rotationDelayMs = 0, port = 0 } = options;
  const accountId = options.accountId ?? primary?.options.accountId ?? "000000000000";
  const { accessKeyId, secretAccessKey } = options.credentials ?? primary?.options.credentials ?? CREDENTIALS;
  check(/^[a-z0-9-]{1,32}$/.test(region), "a region such as eu-west-1");
  check(/^\d{12}$/.test(accountId), "an accountId of twelve digits");
  check(/^[\w-]{1,128}$/.test(accessKeyId), "an accessKeyId of 1 to 128 letters, digits, _ and -");
  check(typeof secretAccessKey === "string" && secretAccessKey !== "", "a secretAccessKey that is not empty");
  check(options.now === undefined || typeof options.now === "function", "a now that is a function");
  check(Number.isSafeInteger(rotationDelayMs) && rotationDelayMs >= 0, "a rotationDelayMs of 0 or more");
  check(Number.isInteger(port) && port >= 0 && port <= 65_535, "a port of 0 to 65535");
  if (options.replicaOf !== undefined) checkReplica({ ...options, region }, primary);
  const credentials = Object.freeze({ accessKeyId, secretAccessKey });
  return { region, accountId, credentials, now: options.now ?? Date.now, rotationDelayMs, port };
}

// Source: AWS KMS Developer Guide, Multi-Region keys in AWS KMS: replicas are in other Regions of one partition and account;
// AWS KMS API Reference, ReplicateKey: "each must be in a different Region", of a "multi-Region primary key".
function checkReplica({ region = "", accountId, now }: AwsEmulatorOptions, primary: PrimarySource | undefined): void {
  if (primary === undefined) throw new RangeError("the AWS emulator takes a replicaOf that runs in this process");
  check(!primary.isReplica, "a replicaOf that is no replica itself");
  check(region !== primary.options.region, "a region for a replica that is not its primary's");
  check(!primary.replicaRegions.includes(region), "one replica of an emulator in a region");
  check(partitionOf(region) === partitionOf(primary.options.region), "a region in the partition of replicaOf");
  check(accountId === undefined && now === undefined, "accountId and now of a replica from replicaOf");
}
