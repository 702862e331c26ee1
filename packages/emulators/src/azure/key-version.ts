import { type AzureError, forbidden } from "./errors.ts";
import { type KeyMaterial, type KeySpec, makeKeyMaterial } from "./key-material.ts";

/** What its owner can change of a version, and what a new one is made with. Dates are seconds since 1970. */
export interface VersionSettings {
  readonly enabled: boolean;
  readonly notBefore: number | undefined;
  readonly expires: number | undefined;
  readonly tags: ReadonlyMap<string, string> | undefined;
  readonly keyOps: readonly string[];
}

/** Uses, by their names in `key_ops`. */
export type KeyOperation = "encrypt" | "decrypt" | "sign" | "verify" | "wrapKey" | "unwrapKey";

/**
 * What an expired key, or one that is not valid yet, still does. Source: learn.microsoft.com/azure/key-vault/keys/
 * about-keys-details, Date-time controlled operations; provider facts §3.1 and §5.1.
 */
const OUTSIDE_DATES: readonly KeyOperation[] = ["decrypt", "unwrapKey", "verify"];

/** What a disabled key refuses in every report; of the other uses, reports and documentation disagree. */
const PRIVATE_USES: readonly KeyOperation[] = ["decrypt", "sign", "unwrapKey"];

/** What of uses is an open question. */
export interface UseRules {
  readonly disabledPublicUse: "refused" | "served";
  /** Whether the refusal of a key outside its dates says so, in the emulator's own words. */
  readonly dateRefusal: "told" | "bare";
}

/** One version of a key. */
export class KeyVersion {
  readonly id: string;
  readonly spec: KeySpec;
  readonly createdAtMs: number;
  #material: Promise<KeyMaterial> | undefined;
  #settings: VersionSettings;
  #updatedAtMs: number;

  constructor(id: string, spec: KeySpec, settings: VersionSettings, createdAtMs: number) {
    this.id = id;
    this.spec = spec;
    this.createdAtMs = createdAtMs;
    this.#updatedAtMs = createdAtMs;
    this.#settings = settings;
  }

  /** The key material, made when it is first asked for: a clock that leaps makes many versions that nobody uses. */
  get material(): Promise<KeyMaterial> {
    this.#material ??= makeKeyMaterial(this.spec);
    return this.#material;
  }

  /** Its settings as they are now. */
  get settings(): VersionSettings {
    return this.#settings;
  }

  /** When the settings were last changed. */
  get updatedAtMs(): number {
    return this.#updatedAtMs;
  }

  /** Changes settings; those that are not named stay. */
  change(settings: Partial<VersionSettings>, nowMs: number): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#updatedAtMs = nowMs;
  }

  /**
   * Refuses a use that state, dates or `key_ops` do not allow. Source: provider facts §3.1, §5.1 and §8.2
   * (`KeyOperationForbidden`, `KeyDisabled`); the words: Azure/azure-sdk-for-net, Azure.Security.KeyVault.Keys,
   * TROUBLESHOOTING.md, Operation Not Permitted. Of dates neither words nor inner code are established: 403 `Forbidden`
   * alone is.
   */
  checkUse(operation: KeyOperation, nowMs: number, rules: UseRules): void {
    const { enabled, keyOps, notBefore, expires } = this.#settings;
    if (!keyOps.includes(operation)) {
      throw forbidden(`Operation ${operation} is not permitted on this key.`, "KeyOperationForbidden");
    }
    const isServed = rules.disabledPublicUse === "served" && !PRIVATE_USES.includes(operation);
    if (!enabled && !isServed) throw disabled(operation);
    if (OUTSIDE_DATES.includes(operation)) return;
    const isEarly = notBefore !== undefined && nowMs < notBefore * 1000;
    const isLate = expires !== undefined && nowMs >= expires * 1000;
    if (!isEarly && !isLate) return;
    if (rules.dateRefusal === "bare") throw forbidden(`Operation ${operation} is not allowed.`);
    throw forbidden(
      `Operation ${operation} is not allowed on ${isEarly ? "a key that is not yet valid" : "an expired key"}.`,
    );
  }
}

/** The refusal of a disabled version. Source: provider facts §5.1, disabled key. */
export const disabled = (operation: string): AzureError =>
  forbidden(`Operation ${operation} is not allowed on a disabled key.`, "KeyDisabled");
