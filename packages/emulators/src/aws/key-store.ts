import { randomIdentifier } from "../primitives.ts";
import { type Alias, AliasTable } from "./alias-table.ts";
import type { EmulatorClock } from "../clock.ts";
import type { ConsistencySwitch } from "./consistency.ts";
import { AwsError } from "./errors.ts";
import type { Moment } from "./eventual.ts";
import { type ArnScope, arnOf, type KeyName, newMultiRegionId } from "./key-id.ts";
import { KmsKey, type NewKey } from "./kms-key.ts";

/** Where the parts of one multi-Region key are. */
export interface MultiRegionParts {
  readonly primary: ArnScope;
  readonly replicas: readonly ArnScope[];
}

/** What a store stands on. */
export interface StoreParts {
  readonly scope: ArnScope;
  readonly clock: EmulatorClock;
  readonly consistency: ConsistencySwitch;
  /** The store whose multi-Region keys have their replicas here. */
  readonly primary?: KeyStore | undefined;
}

/** The keys and aliases of one account in one region, in memory. */
export class KeyStore {
  readonly scope: ArnScope;
  readonly #parts: StoreParts;
  readonly #keys = new Map<string, KmsKey>();
  /** When the last replica of each key went, of those that are gone. */
  readonly #replicaWent = new Map<string, number>();
  readonly #aliases = new AliasTable();
  readonly #replicas: KeyStore[] = [];

  /** A store; as a replica it holds from now on what its primary has and will have of multi-Region keys. */
  constructor(parts: StoreParts) {
    this.scope = parts.scope;
    this.#parts = parts;
    const { primary } = parts;
    if (primary === undefined) return;
    primary.#replicas.push(this);
    // "It cannot be replicated": AWS KMS API Reference, ScheduleKeyDeletion, of a primary that is to be deleted.
    for (const key of primary.#keys.values()) if (key.latestDeletion === undefined) this.#adopt(key);
  }

  /** The Regions whose stores hold replicas of this one's keys. */
  get replicaRegions(): readonly string[] {
    return this.#replicas.map(({ scope }) => scope.region);
  }

  /** Ends a store of replicas: they are gone, for the primary too. */
  leave(): void {
    const { primary } = this.#parts;
    if (primary === undefined || !primary.#replicas.includes(this)) return;
    const { nowMs } = this.moment();
    for (const id of this.#keys.keys()) if (this.#settled(id) !== undefined) this.#forget(id, nowMs);
    primary.#replicas.splice(primary.#replicas.indexOf(this), 1);
  }

  /** The present, and how long a change made now is not seen. */
  moment(): Moment {
    return { nowMs: this.#parts.clock.now(), delayMs: this.#parts.consistency.delayMs };
  }

  /** A new enabled key; a primary one with `isMultiRegion`. */
  create(
    properties: Pick<NewKey, "spec" | "usage" | "description" | "tags" | "secret">,
    isMultiRegion: boolean,
  ): KmsKey {
    const id = isMultiRegion ? newMultiRegionId() : randomIdentifier();
    const key = this.#add({ ...properties, id, multiRegion: isMultiRegion ? "PRIMARY" : undefined });
    for (const store of this.#replicas) store.#adopt(key);
    return key;
  }

  /** The key of that id as callers see it; a key whose waiting period has ended is gone, its aliases with it. */
  find(id: string): KmsKey | undefined {
    const key = this.#settled(id);
    return key === undefined || key.is.seenFromMs > this.moment().nowMs ? undefined : key;
  }

  /** The key that a reference names; `NotFoundException` when there is none. */
  get(name: KeyName): KmsKey {
    const id = name.kind === "key" ? name.id : this.#aliases.find(name.name, this.moment().nowMs)?.keyId;
    const key = id === undefined ? undefined : this.find(id);
    if (key !== undefined) return key;
    if (name.kind === "alias") throw aliasNotFound(arnOf(this.scope, name.name));
    throw new AwsError("NotFoundException", `Key '${arnOf(this.scope, `key/${name.id}`)}' does not exist`);
  }

  /** Every key that callers see, by id. */
  keys(): readonly KmsKey[] {
    const ids = [...this.#keys.keys()].toSorted();
    return ids.map((id) => this.find(id)).filter((key) => key !== undefined);
  }

  /** Every alias that callers see, or those of one key, by name. */
  aliases(keyId?: string): readonly Alias[] {
    this.keys(); // drops the aliases of keys that are gone
    const all = this.#aliases.list(this.moment().nowMs);
    return keyId === undefined ? all : all.filter((alias) => alias.keyId === keyId);
  }

  /** The alias of that name; `NotFoundException` when there is none. */
  alias(name: string): Alias {
    this.keys();
    const alias = this.#aliases.find(name, this.moment().nowMs);
    if (alias === undefined) throw aliasNotFound(arnOf(this.scope, name));
    return alias;
  }

  /** Points a new alias at a key. */
  addAlias(name: string, key: KmsKey): void {
    this.keys();
    this.#aliases.add({ name, arn: arnOf(this.scope, name), keyId: key.id }, this.moment());
  }

  /** Points an alias at another key. */
  updateAlias(alias: Alias, key: KmsKey): void {
    this.#aliases.retarget(alias, key.id, this.moment());
  }

  /** Removes an alias; its key stays. */
  removeAlias(name: string): void {
    this.#aliases.remove(name, this.moment());
  }

  /** Where the parts of a multi-Region key are; `undefined` for a key of one Region. */
  multiRegionParts({ id, is }: KmsKey): MultiRegionParts | undefined {
    if (is.multiRegion === undefined) return undefined;
    const primary = is.multiRegion === "REPLICA" ? (this.#parts.primary ?? this) : this;
    return { primary: primary.scope, replicas: primary.#holders(id).map(({ scope }) => scope) };
  }

  #add(properties: Omit<NewKey, "arn" | "createdAtMs" | "seenFromMs">): KmsKey {
    const { nowMs, delayMs } = this.moment();
    const arn = arnOf(this.scope, `key/${properties.id}`);
    const key = new KmsKey({ ...properties, arn, createdAtMs: nowMs, seenFromMs: nowMs + delayMs });
    this.#keys.set(key.id, key);
    return key;
  }

  // "The replica key … shares id, spec, usage and material": its description, tags, aliases and state are its own.
  // Source: AWS KMS Developer Guide, Multi-Region keys in AWS KMS, Shared properties.
  #adopt({ is }: KmsKey): void {
    if (is.multiRegion === "PRIMARY") this.#add({ ...is, description: "", tags: new Map(), multiRegion: "REPLICA" });
  }

  #holders(id: string): readonly KeyStore[] {
    return this.#replicas.filter((store) => store.#settled(id) !== undefined);
  }

  #settled(id: string): KmsKey | undefined {
    const [{ nowMs }, { primary }] = [this.moment(), this.#parts];
    const key = this.#keys.get(id);
    if (key === undefined) return undefined;
    if (key.is.multiRegion === "REPLICA" && primary !== undefined) primary.#keys.get(id)?.settle(nowMs);
    this.#beginWaiting(key);
    key.settle(nowMs);
    if (!key.isGone(nowMs)) return key;
    const { latestDeletion: deletion } = key;
    this.#forget(id, deletion !== undefined && "atMs" in deletion ? deletion.atMs : nowMs);
    return undefined;
  }

  #forget(id: string, wentAtMs: number): void {
    this.#keys.delete(id);
    // Source: AWS KMS API Reference, ScheduleKeyDeletion: "including all aliases that refer to it".
    this.#aliases.forget(id);
    const { primary } = this.#parts;
    if (primary === undefined) return;
    primary.#replicaWent.set(id, Math.max(wentAtMs, primary.#replicaWent.get(id) ?? 0));
  }

  // Source: AWS KMS API Reference, ScheduleKeyDeletion: the period of a primary begins when its last replica is deleted.
  #beginWaiting(key: KmsKey): void {
    const { latestDeletion: deletion } = key;
    if (deletion === undefined || "atMs" in deletion || this.#holders(key.id).length > 0) return;
    key.beginWaiting(deletion.windowDays, this.#replicaWent.get(key.id) ?? 0);
  }
}

const aliasNotFound = (arn: string): AwsError => new AwsError("NotFoundException", `Alias ${arn} is not found.`);
