import { DAY_MS, type EmulatorClock } from "../clock.ts";
import { type AzureError, conflict, forbidden, keyNotFound, notImplemented } from "./errors.ts";
import { type KeyRules, VaultKey } from "./vault-key.ts";

/** What decides how keys go away and come back. */
export interface StoreRules extends KeyRules {
  /** Days that a deleted key can be recovered, 7 to 90; 0 for a vault without soft delete. */
  readonly retentionDays: number;
  readonly purgeProtection: boolean;
  readonly deletionDelayMs: number;
  readonly recoveryDelayMs: number;
  readonly purgeDelayMs: number;
  /** Whether a key that is being recovered is among the deleted ones; not established. */
  readonly recoveringDeleted: "shown" | "hidden";
  /** Whether a recovered version is enabled or not as it was before; an open question (contract-fit §1). */
  readonly recoverKeepsEnabled: boolean;
}

/** A deleted key. */
export interface Deletion {
  readonly key: VaultKey;
  readonly deletedAtMs: number;
  readonly purgeAtMs: number;
}

/** Where a name is in its life. */
type Entry =
  | { readonly phase: "living"; readonly key: VaultKey }
  | { readonly phase: "deleting" | "deleted" | "recovering"; readonly deletion: Deletion; readonly doneAtMs: number }
  | { readonly phase: "purging"; readonly doneAtMs: number };

const nameLess = (name: string): string => name.toLowerCase();
const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  nameLess(a.name) < nameLess(b.name) ? -1 : 1;

/**
 * The keys of one vault, living and deleted. Source: provider facts §3.1 and §3.2 (soft delete, 404 to 200, the name is
 * blocked until purge or recovery is done); learn.microsoft.com/azure/key-vault/general/soft-delete-overview.
 */
export class KeyStore {
  readonly #clock: EmulatorClock;
  readonly #rules: StoreRules;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: EmulatorClock, rules: StoreRules) {
    this.#clock = clock;
    this.#rules = rules;
  }

  /** The living key of that name; 404 when there is none. */
  key(name: string): VaultKey {
    const entry = this.#entry(name);
    if (entry?.phase !== "living") throw keyNotFound(name);
    entry.key.settle(this.#clock.now());
    return entry.key;
  }

  /** The living key of that name, or a new one without versions; 409 while the name is blocked. */
  keyOrNew(name: string): VaultKey {
    const entry = this.#entry(name);
    if (entry?.phase === "living") return this.key(name);
    if (entry !== undefined) throw blocked(name, entry.phase);
    return new VaultKey(name, this.#rules);
  }

  /** Keeps a new key, which has its first version by now. */
  keep(key: VaultKey): void {
    if (this.#entry(key.name) === undefined) this.#entries.set(nameLess(key.name), { phase: "living", key });
  }

  /** The living keys, by name. */
  keys(): readonly VaultKey[] {
    const living = [...this.#entries.keys()].flatMap((name) => {
      const entry = this.#entry(name);
      return entry?.phase === "living" ? [entry.key.name] : [];
    });
    return living.map((name) => this.key(name)).toSorted(byName);
  }

  /** Deletes a key with all its versions; `undefined` in place of a deletion where there is no soft delete. */
  delete(name: string): { readonly key: VaultKey; readonly deletion: Deletion | undefined } {
    const key = this.key(name);
    const nowMs = this.#clock.now();
    if (this.#rules.retentionDays === 0) {
      this.#entries.delete(nameLess(name));
      return { key, deletion: undefined };
    }
    const deletion = { key, deletedAtMs: nowMs, purgeAtMs: nowMs + this.#rules.retentionDays * DAY_MS };
    this.#entries.set(nameLess(name), { phase: "deleting", deletion, doneAtMs: nowMs + this.#rules.deletionDelayMs });
    return { key, deletion };
  }

  /** The deleted key of that name; 404 when there is none, or not yet. */
  deleted(name: string): Deletion {
    this.#requireSoftDelete();
    const deletion = this.#shown(name);
    if (deletion === undefined) throw keyNotFound(name);
    return deletion;
  }

  /** The deleted keys, by name. */
  deletedKeys(): readonly Deletion[] {
    this.#requireSoftDelete();
    const found = [...this.#entries.keys()].flatMap((name) => this.#shown(name) ?? []);
    return found.toSorted((a, b) => byName(a.key, b.key));
  }

  /** Begins to bring a deleted key back. */
  recover(name: string): VaultKey {
    const { deletion } = this.#deletedOrConflict(name);
    const nowMs = this.#clock.now();
    if (!this.#rules.recoverKeepsEnabled) {
      for (const version of deletion.key.versions) version.change({ enabled: true }, nowMs);
    }
    const doneAtMs = nowMs + this.#rules.recoveryDelayMs;
    deletion.key.rotatesFromMs = doneAtMs;
    this.#entries.set(nameLess(name), { phase: "recovering", deletion, doneAtMs });
    return deletion.key;
  }

  /** Forgets a deleted key for good; 403 under purge protection. */
  purge(name: string): void {
    this.#deletedOrConflict(name);
    if (this.#rules.purgeProtection) {
      // Source: provider facts §1.2; the words: answers quoted by users of hashicorp/terraform-provider-azurerm.
      throw forbidden(
        `Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.`,
      );
    }
    const doneAtMs = this.#clock.now() + this.#rules.purgeDelayMs;
    this.#entries.set(nameLess(name), { phase: "purging", doneAtMs });
  }

  #shown(name: string): Deletion | undefined {
    const entry = this.#entry(name);
    if (entry?.phase === "deleted") return entry.deletion;
    return entry?.phase === "recovering" && this.#rules.recoveringDeleted === "shown" ? entry.deletion : undefined;
  }

  #deletedOrConflict(name: string): { readonly deletion: Deletion } {
    this.#requireSoftDelete();
    const entry = this.#entry(name);
    if (entry === undefined || entry.phase === "living") throw keyNotFound(name);
    if (entry.phase !== "deleted") throw blocked(name, entry.phase);
    return entry;
  }

  #requireSoftDelete(): void {
    if (this.#rules.retentionDays === 0) throw notImplemented("deleted keys of a vault without soft delete");
  }

  // Time moves entries on; what is due at once is seen at once.
  #entry(name: string): Entry | undefined {
    const entry = this.#entries.get(nameLess(name));
    if (entry === undefined || entry.phase === "living") return entry;
    const next = this.#after(entry, this.#clock.now());
    if (next === entry) return entry;
    if (next === undefined) this.#entries.delete(nameLess(name));
    else this.#entries.set(nameLess(name), next);
    return this.#entry(name);
  }

  #after(entry: Exclude<Entry, { readonly phase: "living" }>, nowMs: number): Entry | undefined {
    if (entry.phase === "purging") return nowMs < entry.doneAtMs ? entry : undefined;
    const { deletion } = entry;
    if (entry.phase === "recovering") return nowMs < entry.doneAtMs ? entry : { phase: "living", key: deletion.key };
    if (nowMs >= deletion.purgeAtMs) return { phase: "purging", doneAtMs: deletion.purgeAtMs };
    if (entry.phase === "deleted" || nowMs < entry.doneAtMs) return entry;
    return { ...entry, phase: "deleted" };
  }
}

/**
 * 409 for a name that is taken for now. Source: provider facts §3.1 and §8.2 (`ObjectIsDeletedButRecoverable`,
 * `ObjectIsBeingDeleted`, `ObjectIsBeingRecovered`); the words: Azure/azure-sdk-for-cpp, tests of the key client, and
 * hashicorp/terraform-provider-azurerm issue 12285.
 */
function blocked(name: string, phase: Exclude<Entry["phase"], "living">): AzureError {
  if (phase === "recovering") {
    return conflict(
      `Key ${name} is currently being recovered and cannot be re-created; retry later.`,
      "ObjectIsBeingRecovered",
    );
  }
  if (phase === "deleted") {
    return conflict(
      `Key ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the key can only be recovered or purged.`,
      "ObjectIsDeletedButRecoverable",
    );
  }
  return conflict(
    `Key ${name} is currently being deleted and cannot be re-created; retry later.`,
    "ObjectIsBeingDeleted",
  );
}
