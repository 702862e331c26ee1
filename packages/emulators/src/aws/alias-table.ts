import { AwsError } from "./errors.ts";
import { Eventual, type Moment } from "./eventual.ts";
import { LIMITS } from "./limits.ts";

/** An alias and the key it points at. */
export interface Alias {
  readonly name: string;
  readonly arn: string;
  readonly keyId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** The aliases of one account in one region, by name. */
export class AliasTable {
  readonly #entries = new Map<string, Eventual<Alias | undefined>>();

  /** The alias of that name as callers see it. */
  find(name: string, nowMs: number): Alias | undefined {
    const entry = this.#entries.get(name);
    entry?.settle(nowMs);
    return entry?.visible;
  }

  /** Every alias that callers see, by name. */
  list(nowMs: number): readonly Alias[] {
    const names = [...this.#entries.keys()].toSorted((a, b) => (a < b ? -1 : 1));
    return names.map((name) => this.find(name, nowMs)).filter((alias) => alias !== undefined);
  }

  /** Adds an alias; `AlreadyExistsException` for a name that is taken, `LimitExceededException` for one too many. */
  add({ name, arn, keyId }: Omit<Alias, "createdAtMs" | "updatedAtMs">, moment: Moment): void {
    const entry = this.#entries.get(name) ?? new Eventual<Alias | undefined>(undefined);
    if (entry.latest !== undefined) {
      throw new AwsError("AlreadyExistsException", `An alias with the name ${arn} already exists`);
    }
    this.#checkQuota(keyId);
    this.#entries.set(name, entry);
    entry.set({ name, arn, keyId, createdAtMs: moment.nowMs, updatedAtMs: moment.nowMs }, moment);
  }

  /** Points an alias at another key; `LimitExceededException` when that has as many as it can. */
  retarget(alias: Alias, keyId: string, moment: Moment): void {
    if (alias.keyId !== keyId) this.#checkQuota(keyId);
    this.#entries.get(alias.name)?.set({ ...alias, keyId, updatedAtMs: moment.nowMs }, moment);
  }

  /** Removes an alias. */
  remove(name: string, moment: Moment): void {
    this.#entries.get(name)?.set(undefined, moment);
  }

  /** Removes the aliases of a key that is gone. */
  forget(keyId: string): void {
    for (const [name, entry] of this.#entries) if (entry.latest?.keyId === keyId) this.#entries.delete(name);
  }

  #checkQuota(keyId: string): void {
    const { maximum } = LIMITS.aliasesPerKey;
    if ([...this.#entries.values()].filter((entry) => entry.latest?.keyId === keyId).length < maximum) return;
    throw new AwsError("LimitExceededException", `The key ${keyId} has ${maximum} aliases already`);
  }
}
