import type { CryptographyClient, KeyClient, KeyVaultKey } from "@azure/keyvault-keys";
import { KmsError, type Algorithm, type KeyConf } from "@kms/core/driver";
import { isAzureAlgorithm, protectionsOf, type AzureAlgorithm, type AzureTier } from "./algorithms.ts";
import { hostOf, kindOfHost } from "./key-id.ts";

/** Whatever answers tokens of Microsoft Entra ID; `@azure/identity` has many. */
export type AzureCredential = ConstructorParameters<typeof KeyClient>[1];

/**
 * Ready clients, for addresses that are not Azure's own: proxies and emulators. Both must be made with
 * `retryOptions: { maxRetries: 0 }`: the guard retries, within the deadline, and a retry inside a retry would repeat changes.
 */
export interface AzureClients {
  readonly keys: KeyClient;
  /** Makes the client of one key version, which is named by its identifier alone. Kept for further calls. */
  readonly cryptography: (key: KeyVaultKey) => CryptographyClient;
}

/** How a vault or a Managed HSM is reached: by address and credential, or by ready clients. */
interface Reached {
  /** `https://<name>.vault.azure.net` or `https://<name>.managedhsm.azure.net`, or the same of another cloud of Azure's. */
  readonly vaultUrl?: string | undefined;
  /** Whose rights are used. */
  readonly credential?: AzureCredential | undefined;
  /** Ready clients, instead of address and credential. */
  readonly client?: AzureClients | undefined;
}
/** Options of a driver for a vault. */
export interface AzureVaultOptions extends Reached {
  /** Of the vault, where it cannot be read. Default "standard": without it no HSM keys are made or adopted. */
  readonly tier?: "standard" | "premium" | undefined;
}
/** Options of a driver for a Managed HSM. */
export interface AzureManagedHsmOptions extends Reached {
  readonly tier: "managed-hsm";
}
/** Options of `azureKms`. */
export type AzureOptions = AzureVaultOptions | AzureManagedHsmOptions;

/** The options, checked. */
export interface CheckedOptions {
  readonly host: string;
  readonly tier: AzureTier;
  readonly credential: AzureCredential | undefined;
  readonly client: AzureClients | undefined;
}

const members: ReadonlySet<string> = new Set<keyof AzureOptions>(["vaultUrl", "credential", "tier", "client"]);
const tiers: ReadonlySet<unknown> = new Set<AzureTier>(["standard", "premium", "managed-hsm"]);

/**
 * The options, copied. `INVALID_ARGUMENT` for one that does not exist, for clients beside what they settle, for an address
 * that is no vault's or Managed HSM's of Azure's (it is never sent a token), and for a tier that its host cannot have.
 */
export function readOptions(options: AzureOptions): CheckedOptions {
  const unknown = Object.keys(options).find((name) => !members.has(name));
  if (unknown !== undefined) {
    throw invalid(`azureKms has no option ${JSON.stringify(unknown)}; it takes ${[...members].join(", ")}.`);
  }
  const { vaultUrl, credential, client, tier = "standard" } = options;
  if (!tiers.has(tier)) throw invalid('azureKms takes tier as "standard", "premium" or "managed-hsm".');
  const host = client === undefined ? ownHost(vaultUrl, credential) : readyHost(options, client);
  const kind = kindOfHost(host);
  if (kind === "managed-hsm" && tier !== "managed-hsm") {
    throw invalid(`${host} is a Managed HSM; say tier: "managed-hsm".`);
  }
  if (kind === "vault" && tier === "managed-hsm") {
    throw invalid(`${host} is a vault, not a Managed HSM; say tier: "standard" or "premium".`);
  }
  return Object.freeze({ host, tier, credential, client });
}

function ownHost(vaultUrl: unknown, credential: unknown): string {
  const host = typeof vaultUrl === "string" ? hostOf(vaultUrl) : undefined;
  if (host === undefined || kindOfHost(host) === undefined) {
    throw invalid(
      "azureKms takes as vaultUrl the address of a vault or Managed HSM in a cloud of Azure's, such as https://<name>.vault.azure.net; nothing else is sent a token. Another address is reached through ready clients.",
    );
  }
  if (typeof credential !== "object" || credential === null || !("getToken" in credential)) {
    throw invalid("azureKms takes a credential with getToken, such as those of @azure/identity.");
  }
  return host;
}

function readyHost({ vaultUrl, credential }: AzureOptions, { keys, cryptography }: Partial<AzureClients>): string {
  if (vaultUrl !== undefined || credential !== undefined) {
    throw invalid(
      "azureKms was given ready clients and an address or credential beside them; the clients settle both.",
    );
  }
  if (typeof keys?.getKey !== "function" || typeof cryptography !== "function") {
    throw invalid("azureKms takes as client { keys: a KeyClient, cryptography: (key) => a CryptographyClient }.");
  }
  const host = hostOf(keys.vaultUrl);
  if (host === undefined) throw invalid("The KeyClient given to azureKms leads to no address https://<host>.");
  return host;
}

// learn.microsoft.com/azure/key-vault/general/soft-delete-overview: 7 to 90 days, set for the whole vault.
/** Days between a deletion and its end, set for the whole vault or Managed HSM. */
export const destructionWindow: { readonly minimumDays: number; readonly maximumDays: number } = {
  minimumDays: 7,
  maximumDays: 90,
};
// `provider-facts` §3.2: from 7 days in a vault, from 28 in a Managed HSM.
const leastRotationDays = (tier: AzureTier): number => (tier === "managed-hsm" ? 28 : 7);
const mostRotationDays = 36_500;
// The SDK writes dates as signed 32-bit seconds: a later one would count as expired at once (`provider-facts` §8.2).
const lastDateMs = 0x7fffffff * 1000;

/** What a driver of this tier makes of a configuration. */
export type CheckConf<A extends AzureAlgorithm> = (conf: KeyConf<Algorithm, unknown>) => KeyConf<A>;

/**
 * Narrows configurations to what a tier can make, frozen, or refuses them before any call: `INVALID_ARGUMENT` for options
 * (keys have none here) and labels in the reserved name space; `UNSUPPORTED` for what Azure has no such thing of, with the
 * way out. Dates are narrowed to whole seconds.
 */
export const checkConfFor =
  <A extends AzureAlgorithm>(tier: AzureTier, own: readonly A[]): CheckConf<A> =>
  (conf) => {
    const { options, algorithm, ...rest } = conf;
    if (options !== undefined) throw invalid("Keys of Azure take no options of this adapter; leave `options` out.");
    const known = own.find((name) => name === algorithm);
    if (known === undefined) throw unsupported(whyNot(algorithm, tier));
    const refusal = refusalOf(conf, tier);
    if (refusal !== undefined) throw unsupported(refusal);
    if (Object.keys(conf.labels ?? {}).some(isReserved)) throw invalid("Labels that begin with kms- are reserved.");
    return Object.freeze({ ...rest, algorithm: known, ...inSeconds(conf) });
  };

/** Azure keeps dates in whole seconds: a key is active a part of a second less than asked, never more. */
function inSeconds({ activateAt, deactivateAt }: Dates): Dates {
  const from = activateAt && new Date(Math.ceil(activateAt.getTime() / 1000) * 1000);
  const until = deactivateAt && new Date(Math.floor(deactivateAt.getTime() / 1000) * 1000);
  if (from !== undefined && until !== undefined && from >= until) {
    throw invalid("Azure keeps dates in whole seconds; activateAt and deactivateAt lie within one.");
  }
  return {
    ...(from === undefined ? {} : { activateAt: from }),
    ...(until === undefined ? {} : { deactivateAt: until }),
  };
}
type Dates = Pick<KeyConf, "activateAt" | "deactivateAt">;

/** Is a tag in the name space kept for this library? It is no label; a label in it could pass for a tag of the driver's. */
export const isReserved = (name: string): boolean => name.startsWith("kms-");

function whyNot(algorithm: Algorithm, tier: AzureTier): string {
  if (algorithm.startsWith("HMAC-")) {
    return tier === "managed-hsm"
      ? "What a Managed HSM computes under HS256 is not established, so this adapter makes no HMAC keys. Use own keys (@kms/self-managed), AWS KMS or Google Cloud KMS, or a signature."
      : "A vault has no HMAC keys. Use own keys (@kms/self-managed), AWS KMS or Google Cloud KMS, or a signature.";
  }
  if (isAzureAlgorithm(algorithm)) {
    return `A vault has no symmetric keys, so ${algorithm} cannot be made there. Use an envelope over an RSA-OAEP key, own keys (@kms/self-managed), or a Managed HSM.`;
  }
  return `${algorithm} is not an algorithm of this adapter.`;
}

function refusalOf(conf: KeyConf<Algorithm, unknown>, tier: AzureTier): string | undefined {
  const { protection, rotateEveryDays: days, destructionWindowDays: window } = conf;
  if (protection !== undefined && !protectionsOf(tier).includes(protection)) {
    return tier === "standard" && protection === "hsm"
      ? 'HSM keys need a vault of tier premium or a Managed HSM; if this vault is one, say tier: "premium".'
      : `Keys of this tier (${tier}) are ${protectionsOf(tier).join(" or ")}, never ${protection}.`;
  }
  if (conf.exportable === true) return "Exportable keys need a release policy, which this adapter does not set yet.";
  if ([conf.activateAt, conf.deactivateAt].some((date) => date !== undefined && date.getTime() > lastDateMs)) {
    return "The SDK of Azure cannot write dates after 19 January 2038; give an earlier one or none.";
  }
  if (days !== undefined && !within(days, { minimumDays: leastRotationDays(tier), maximumDays: mostRotationDays })) {
    return `Azure rotates this key every ${leastRotationDays(tier)} to ${mostRotationDays} days.`;
  }
  if (window !== undefined && !within(window, destructionWindow)) return "Azure destroys after 7 to 90 days.";
  return undefined;
}

const within = (days: number, range: { readonly minimumDays: number; readonly maximumDays: number }): boolean =>
  Number.isInteger(days) && days >= range.minimumDays && days <= range.maximumDays;

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
const unsupported = (message: string): KmsError => new KmsError("UNSUPPORTED", message);
