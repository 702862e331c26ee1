import type { AzureFlavour } from "./algorithms.ts";
import { LIMITS, within } from "./limits.ts";

/** How to start the emulator. */
export interface AzureEmulatorOptions {
  /** Which back end: a vault of the standard or the premium tier, or a Managed HSM. Default `standard`. */
  readonly flavour?: AzureFlavour | undefined;
  /** How a vault decides: `rbac` (default) or `access-policy`. A Managed HSM has local RBAC and takes no such option. */
  readonly authorization?: "rbac" | "access-policy" | undefined;
  /** The tenant whose tokens are good, a UUID. The default protects nothing. */
  readonly tenantId?: string | undefined;
  /** The emulator's time in milliseconds since 1970. Default `Date.now`. Tokens are judged by real time. */
  readonly now?: (() => number) | undefined;
  /** Port on 127.0.0.1, 0 to 65535. Default 0: any free one. */
  readonly port?: number | undefined;
  /** Days that a deleted key can be recovered, 7 to 90; 0 for a vault without soft delete. Default 90. */
  readonly retentionDays?: number | undefined;
  /** Whether purging is refused. Default false. */
  readonly purgeProtection?: boolean | undefined;
  /** How long a deletion is under way, in milliseconds of the emulator's clock. Default 0. */
  readonly deletionDelayMs?: number | undefined;
  /** How long a recovery is under way, in milliseconds of the emulator's clock. Default 0. */
  readonly recoveryDelayMs?: number | undefined;
  /** How long a purged name stays taken, in milliseconds of the emulator's clock. Default 0. */
  readonly purgeDelayMs?: number | undefined;
  /**
   * What HS256, HS384 and HS512 take: the message, or a digest as long as the hash. Default: neither, and they are
   * refused as not implemented, because no document says.
   */
  readonly hmacInput?: "message" | "digest" | undefined;
  /**
   * Whether reading a disabled version is `served` (default; so it was seen in notaryproject/ratify pull request 1474) or
   * `refused` with 403 `KeyDisabled`: not established.
   */
  readonly disabledGet?: "served" | "refused" | undefined;
  /**
   * Whether a disabled version's encrypt, verify and wrapKey are `refused` (default, as documented) or `served` (as in
   * one live report, Azure/azure-sdk-for-python issue 45342).
   */
  readonly disabledPublicUse?: "refused" | "served" | undefined;
  /**
   * Whether the 403 `Forbidden` of a key outside its dates is `told` in the emulator's own words (default) or `bare`: the
   * service's words and inner code are not established.
   */
  readonly dateRefusal?: "told" | "bare" | undefined;
  /** Whether a rotation copies the tags of the version before. Default false: not established. */
  readonly rotateCopiesTags?: boolean | undefined;
  /**
   * Whether a key that is being recovered is still `shown` among the deleted ones (default) or `hidden`: not
   * established.
   */
  readonly recoveringDeleted?: "shown" | "hidden" | undefined;
  /** Whether recovery leaves a disabled version disabled (default true) or enables it: not established. */
  readonly recoverKeepsEnabled?: boolean | undefined;
}

type Defaulted = Omit<AzureEmulatorOptions, "authorization" | "hmacInput">;
type Filled = { readonly [Name in keyof Defaulted]-?: NonNullable<Defaulted[Name]> };

/** The options with their defaults. */
export interface ResolvedOptions extends Filled {
  readonly scheme: "rbac" | "access-policy" | "local-rbac";
  readonly hmacInput: "message" | "digest" | undefined;
}

const check = (isGood: boolean, message: string): void => {
  if (!isGood) throw new RangeError(`the Azure emulator takes ${message}`);
};

const oneOf =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);
const isFlag = oneOf(true, false);
const isDelay = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isPort = (value: unknown): boolean => isDelay(value) && Number(value) <= 65_535;
const isUuid = (value: unknown): boolean =>
  typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
const isRetention = (value: unknown): boolean =>
  value === 0 || (Number.isInteger(value) && within(Number(value), LIMITS.retentionDays));

/** What each option takes when it is given. */
const RULES: Readonly<
  Record<keyof AzureEmulatorOptions, readonly [isGood: (value: unknown) => boolean, what: string]>
> = {
  flavour: [oneOf("standard", "premium", "managed-hsm"), "a flavour of standard, premium or managed-hsm"],
  authorization: [oneOf("rbac", "access-policy"), "an authorization of rbac or access-policy"],
  tenantId: [isUuid, "a tenantId that is a UUID in lower case"],
  now: [(value) => typeof value === "function", "a now that is a function"],
  port: [isPort, "a port of 0 to 65535"],
  retentionDays: [isRetention, "retentionDays of 7 to 90, or 0"],
  purgeProtection: [isFlag, "a purgeProtection of true or false"],
  deletionDelayMs: [isDelay, "a deletionDelayMs of 0 or more"],
  recoveryDelayMs: [isDelay, "a recoveryDelayMs of 0 or more"],
  purgeDelayMs: [isDelay, "a purgeDelayMs of 0 or more"],
  hmacInput: [oneOf("message", "digest"), "a hmacInput of message or digest"],
  disabledGet: [oneOf("served", "refused"), "a disabledGet of served or refused"],
  disabledPublicUse: [oneOf("served", "refused"), "a disabledPublicUse of served or refused"],
  dateRefusal: [oneOf("told", "bare"), "a dateRefusal of told or bare"],
  rotateCopiesTags: [isFlag, "a rotateCopiesTags of true or false"],
  recoveringDeleted: [oneOf("shown", "hidden"), "a recoveringDeleted of shown or hidden"],
  recoverKeepsEnabled: [isFlag, "a recoverKeepsEnabled of true or false"],
};

const isOption = (name: string): name is keyof AzureEmulatorOptions => Object.hasOwn(RULES, name);

/** Fills in the defaults; a `TypeError` for an unknown option, a `RangeError` for a value that cannot be. */
export function resolveOptions(options: AzureEmulatorOptions): ResolvedOptions {
  for (const [name, value] of Object.entries(options)) {
    if (!isOption(name)) {
      throw new TypeError(`the Azure emulator has no option ${name}; it has ${Object.keys(RULES).join(", ")}`);
    }
    const [isGood, what] = RULES[name];
    if (value !== undefined) check(isGood(value), what);
  }
  const { flavour = "standard", authorization, retentionDays = 90, purgeProtection = false } = options;
  const isManagedHsm = flavour === "managed-hsm";
  check(!isManagedHsm || authorization === undefined, "no authorization with managed-hsm, which has local RBAC");
  check(retentionDays > 0 || (!purgeProtection && !isManagedHsm), "retentionDays of 0 for unprotected vaults alone");
  return {
    flavour,
    scheme: isManagedHsm ? "local-rbac" : (authorization ?? "rbac"),
    tenantId: options.tenantId ?? "00000000-0000-4000-8000-00000000a11d",
    now: options.now ?? Date.now,
    port: options.port ?? 0,
    retentionDays,
    purgeProtection,
    deletionDelayMs: options.deletionDelayMs ?? 0,
    recoveryDelayMs: options.recoveryDelayMs ?? 0,
    purgeDelayMs: options.purgeDelayMs ?? 0,
    hmacInput: options.hmacInput,
    disabledGet: options.disabledGet ?? "served",
    disabledPublicUse: options.disabledPublicUse ?? "refused",
    dateRefusal: options.dateRefusal ?? "told",
    rotateCopiesTags: options.rotateCopiesTags ?? false,
    recoveringDeleted: options.recoveringDeleted ?? "shown",
    recoverKeepsEnabled: options.recoverKeepsEnabled ?? true,
  };
}
