import type { KMSClient, KMSClientConfig } from "@aws-sdk/client-kms";
import { KmsError, type Algorithm, type KeyConf } from "@kms/core/driver";
import { isAwsAlgorithm, isSymmetric, type AwsAlgorithm } from "./algorithms.ts";
import { isRegion } from "./key-id.ts";

/**
 * How AWS KMS is reached. Nothing is required: what is left out, the SDK's own chain finds (environment, shared files,
 * instance role) when the first call is made; this library reads no environment itself.
 */
export interface AwsOptions {
  /** Such as "eu-west-1". */
  readonly region?: string | undefined;
  /** Credentials, or a function that answers them, as the SDK takes them. */
  readonly credentials?: KMSClientConfig["credentials"] | undefined;
  /**
   * A ready client, instead of region and credentials: for endpoints of your own, proxies and emulators. It must be made
   * with `maxAttempts: 1` (the guard retries, within the deadline; a retry inside a retry would outlast it and would
   * repeat mutations). It keeps its own timeouts, and stays open on `close()`: whoever made it closes it.
   */
  readonly client?: KMSClient | undefined;
}

const members: ReadonlySet<string> = new Set<keyof AwsOptions>(["region", "credentials", "client"]);

/** The options, copied. `INVALID_ARGUMENT` for one that does not exist, a malformed Region, or a client beside what it settles. */
export function readOptions(options: AwsOptions): AwsOptions {
  const unknown = Object.keys(options).find((name) => !members.has(name));
  if (unknown !== undefined) {
    throw invalid(`awsKms has no option ${JSON.stringify(unknown)}; it takes region, credentials and a ready client.`);
  }
  const { region, credentials, client } = options;
  if (client !== undefined && (region !== undefined || credentials !== undefined)) {
    throw invalid("awsKms was given a ready client and region or credentials beside it; the client settles both.");
  }
  if (client !== undefined && typeof client.send !== "function") throw invalid("awsKms takes a KMSClient as client.");
  if (region !== undefined && !isRegion(region)) throw invalid("The region given to awsKms is no AWS Region's name.");
  return { region, credentials: copied(credentials), client };
}

// The SDK writes into what it is given where that is an object.
const copied = (credentials: AwsOptions["credentials"]): AwsOptions["credentials"] =>
  typeof credentials === "object" && credentials !== null ? { ...credentials } : credentials;

// AWS KMS API Reference, ScheduleKeyDeletion: PendingWindowInDays.
/** Days between scheduling a deletion and the end, chosen with each call. */
export const destructionWindow: { readonly minimumDays: number; readonly maximumDays: number } = {
  minimumDays: 7,
  maximumDays: 30,
};
// AWS KMS API Reference, EnableKeyRotation: RotationPeriodInDays.
const rotation = { minimumDays: 90, maximumDays: 2560 } as const;

/**
 * A configuration narrowed to what AWS KMS can make, frozen, or refused before any call: `INVALID_ARGUMENT` for options (AWS keys
 * have none here) and for labels in the reserved name space, `UNSUPPORTED` for what AWS has no such thing of.
 */
export function checkConf(conf: KeyConf<Algorithm, unknown>): KeyConf<AwsAlgorithm> {
  const { options, algorithm, ...rest } = conf;
  if (options !== undefined) throw invalid("Keys of AWS KMS take no options of this adapter; leave `options` out.");
  if (!isAwsAlgorithm(algorithm)) throw unsupported(`${algorithm} is not an algorithm of this adapter.`);
  const refusal = refusalOf({ ...rest, algorithm });
  if (refusal !== undefined) throw unsupported(refusal);
  if (Object.keys(conf.labels ?? {}).some(isReserved)) throw invalid("Labels that begin with kms- are reserved.");
  return Object.freeze({ ...rest, algorithm });
}

/**
 * Is a tag in the name space kept for this library, or for AWS itself (such as `aws:cloudformation:stack-name`; General
 * Reference, "Tagging AWS resources")? It is no label: the one could pass for a tag of the driver's, the other nobody can set.
 */
export const isReserved = (name: string): boolean => name.startsWith("kms-") || /^aws:/i.test(name);

function refusalOf(conf: KeyConf<AwsAlgorithm>): string | undefined {
  const { protection, rotateEveryDays: days, destructionWindowDays: window } = conf;
  if (protection !== undefined && protection !== "hsm") return `AWS KMS keys are "hsm", never "${protection}".`;
  if (conf.exportable === true) return "No key leaves AWS KMS; leave `exportable` out.";
  if (conf.activateAt !== undefined) return "AWS KMS has no date of activation; make the key when it is needed.";
  if (conf.deactivateAt !== undefined) return "AWS KMS has no date of deactivation; disable the key when it is due.";
  if (days !== undefined && !isSymmetric(conf.algorithm)) {
    return "AWS KMS rotates symmetric encryption keys alone; replaceKey makes a successor.";
  }
  if (days !== undefined && !within(days, rotation)) return "AWS KMS rotates every 90 to 2560 days.";
  if (window !== undefined && !within(window, destructionWindow)) return "AWS KMS deletes after 7 to 30 days.";
  return undefined;
}

/** Is it a whole number of days of the range? */
export const within = (days: number, range: { readonly minimumDays: number; readonly maximumDays: number }): boolean =>
  Number.isInteger(days) && days >= range.minimumDays && days <= range.maximumDays;

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
const unsupported = (message: string): KmsError => new KmsError("UNSUPPORTED", message);
