import type { KeyManagementServiceClient } from "@google-cloud/kms";
import { KmsError, type Algorithm, type KeyConf } from "@kms/core/driver";
import { isGcpAlgorithm, isSymmetric, levelFor, type GcpAlgorithm } from "./algorithms.ts";
import { parseKeyRing } from "./key-id.ts";

type ClientOptions = NonNullable<ConstructorParameters<typeof KeyManagementServiceClient>[0]>;

/** How Cloud KMS is reached. Credentials that are left out the SDK's own chain finds when the first call is made. */
export interface GcpOptions {
  /**
   * `projects/<project id>/locations/<location>/keyRings/<ring>`: where keys are made and listed. Keys of other rings of
   * the same project and location are read and used by their full names.
   */
  readonly keyRing: string;
  /** Makes the key ring when the first key finds none. Default false: a ring can never be deleted. */
  readonly createKeyRing?: boolean | undefined;
  /** A service account's credentials, as the SDK takes them. */
  readonly credentials?: ClientOptions["credentials"] | undefined;
  /** An auth client of google-auth-library, as the SDK takes it: impersonation, workload identity. */
  readonly authClient?: ClientOptions["authClient"] | undefined;
  /**
   * A ready client, instead of credentials: for endpoints of your own, proxies and emulators. It must speak gRPC, not the
   * REST fallback. It keeps its own settings; each call of the driver switches off the SDK's retries and sets its own
   * deadline. It stays open on `close()`: whoever made it closes it.
   */
  readonly client?: KeyManagementServiceClient | undefined;
}

const members: ReadonlySet<string> = new Set<keyof GcpOptions>([
  "keyRing",
  "createKeyRing",
  "credentials",
  "authClient",
  "client",
]);

/** The options, copied. `INVALID_ARGUMENT` for one that does not exist, a malformed key ring, or a client beside what it settles. */
export function readOptions(options: GcpOptions): GcpOptions {
  const unknown = Object.keys(options).find((name) => !members.has(name));
  if (unknown !== undefined) {
    throw invalid(`gcpKms has no option ${JSON.stringify(unknown)}; it takes ${[...members].join(", ")}.`);
  }
  const { keyRing, createKeyRing = false, credentials, authClient, client } = options;
  if (typeof keyRing !== "string" || parseKeyRing(keyRing) === undefined) {
    throw invalid(
      "gcpKms takes a keyRing: projects/<project id>/locations/<location>/keyRings/<ring>, the project by its id, not its number.",
    );
  }
  if (typeof createKeyRing !== "boolean") throw invalid("gcpKms takes createKeyRing as true or false.");
  if (client !== undefined && (credentials !== undefined || authClient !== undefined)) {
    throw invalid("gcpKms was given a ready client and credentials beside it; the client settles both.");
  }
  if (credentials !== undefined && authClient !== undefined) {
    throw invalid("gcpKms was given credentials and an authClient; give one of them.");
  }
  if (client !== undefined && typeof client.initialize !== "function") {
    throw invalid("gcpKms takes a KeyManagementServiceClient as client.");
  }
  return { keyRing, createKeyRing, credentials, authClient, client };
}

// Cloud KMS documentation, "Destroy and restore key versions": between 24 hours and 120 days, fixed with the key.
/** Days between scheduling a destruction and the end, chosen when the key is made. */
export const destructionWindow: { readonly minimumDays: number; readonly maximumDays: number } = {
  minimumDays: 1,
  maximumDays: 120,
};
// resources.proto, CryptoKey.rotation_period: 24 to 876,000 hours.
const rotation = { minimumDays: 1, maximumDays: 36_500 } as const;

/**
 * A configuration narrowed to what Cloud KMS can make, frozen, or refused before any call: `INVALID_ARGUMENT` for options
 * (keys have none here) and for labels in the reserved name space, `UNSUPPORTED` for what Google has no such thing of.
 */
export function checkConf(conf: KeyConf<Algorithm, unknown>): KeyConf<GcpAlgorithm> {
  const { options, algorithm, ...rest } = conf;
  if (options !== undefined) throw invalid("Keys of Cloud KMS take no options of this adapter; leave `options` out.");
  if (!isGcpAlgorithm(algorithm)) throw unsupported(`${algorithm} is not an algorithm of this adapter.`);
  const refusal = refusalOf({ ...rest, algorithm });
  if (refusal !== undefined) throw unsupported(refusal);
  if (Object.keys(conf.labels ?? {}).some(isReserved)) throw invalid("Labels that begin with kms- are reserved.");
  return Object.freeze({ ...rest, algorithm });
}

/** Is a label in the name space kept for this library? It is not the caller's; one in it could pass for the driver's own. */
export const isReserved = (name: string): boolean => name.startsWith("kms-");

function refusalOf(conf: KeyConf<GcpAlgorithm>): string | undefined {
  const { algorithm, protection, rotateEveryDays: days, destructionWindowDays: window } = conf;
  if (levelFor(algorithm, protection) === undefined) {
    return `Cloud KMS makes no ${protection} keys for ${algorithm} here.`;
  }
  if (conf.exportable === true) return "No key leaves Cloud KMS; leave `exportable` out.";
  if (conf.activateAt !== undefined) return "Cloud KMS has no date of activation; make the key when it is needed.";
  if (conf.deactivateAt !== undefined) return "Cloud KMS has no date of deactivation; disable the key when it is due.";
  if (days !== undefined && !isSymmetric(algorithm)) {
    return "Cloud KMS rotates symmetric encryption keys alone by itself; rotateKey makes a version of the others.";
  }
  if (days !== undefined && !within(days, rotation)) return "Cloud KMS rotates every 1 to 36500 days.";
  if (window !== undefined && !within(window, destructionWindow)) return "Cloud KMS destroys after 1 to 120 days.";
  return undefined;
}

const within = (days: number, range: { readonly minimumDays: number; readonly maximumDays: number }): boolean =>
  Number.isInteger(days) && days >= range.minimumDays && days <= range.maximumDays;

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
const unsupported = (message: string): KmsError => new KmsError("UNSUPPORTED", message);
