import { randomIdentifier } from "../primitives.ts";
import type { EmulatorClock } from "./clock.ts";
import { AwsError } from "./errors.ts";
import { type ArnScope, arnOf, type KeyName } from "./key-id.ts";
import { KmsKey, type NewKey } from "./kms-key.ts";
import { LIMITS } from "./limits.ts";

/** An alias and the key it points at. */
export interface Alias {
  readonly name: string;
  readonly arn: string;
  readonly keyId: string;
  readonly createdAtMs: number;
}

/** The keys and aliases of one account in one region, in memory. */
export class KeyStore {
  readonly scope: ArnScope;
  readonly #clock: EmulatorClock;
  readonly #keys = new Map<string, KmsKey>();
  readonly #aliases = new Map<string, Alias>();

  constructor(scope: ArnScope, clock: EmulatorClock) {
    this.scope = scope;
    this.#clock = clock;
  }

  /** A new enabled key. */
  create(properties: Pick<NewKey, "spec" | "description" | "tags">): KmsKey {
    const id = randomIdentifier();
    const arn = arnOf(this.scope, `key/${id}`);
    const key = new KmsKey({ ...properties, id, arn, createdAtMs: this.#clock.now() });
    this.#keys.set(id, key);
    return key;
  }

  /** The key of that id as it is now; a key whose waiting period has ended is gone, its aliases with it. */
  find(id: string): KmsKey | undefined {
    const key = this.#keys.get(id);
    if (key === undefined || key.settle(this.#clock.now())) return key;
    this.#keys.delete(id);
    // Source: AWS KMS API Reference, ScheduleKeyDeletion: "including all aliases that refer to it".
    for (const alias of this.#aliases.values()) if (alias.keyId === id) this.#aliases.delete(alias.name);
    return undefined;
  }

  /** The key that a reference names; `NotFoundException` when there is none. */
  get(name: KeyName): KmsKey {
    const id = name.kind === "key" ? name.id : this.#aliases.get(name.name)?.keyId;
    const key = id === undefined ? undefined : this.find(id);
    if (key !== undefined) return key;
    const arn = arnOf(this.scope, name.kind === "key" ? `key/${name.id}` : name.name);
    throw new AwsError(
      "NotFoundException",
      name.kind === "key" ? `Key '${arn}' does not exist` : `Alias ${arn} is not found.`,
    );
  }

  /** Every key, by id. */
  keys(): readonly KmsKey[] {
    const ids = [...this.#keys.keys()].toSorted();
    return ids.map((id) => this.find(id)).filter((key) => key !== undefined);
  }

  /** Every alias, or those of one key, by name. */
  aliases(keyId?: string): readonly Alias[] {
    this.keys(); // drops the aliases of keys that are gone
    const all = [...this.#aliases.values()].filter((alias) => keyId === undefined || alias.keyId === keyId);
    return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Points a new alias at a key. */
  addAlias(name: string, key: KmsKey): void {
    const arn = arnOf(this.scope, name);
    this.keys();
    if (this.#aliases.has(name)) {
      throw new AwsError("AlreadyExistsException", `An alias with the name ${arn} already exists`);
    }
    if (this.aliases(key.id).length >= LIMITS.aliasesPerKey.maximum) {
      throw new AwsError("LimitExceededException", `${key.arn} has ${LIMITS.aliasesPerKey.maximum} aliases already`);
    }
    this.#aliases.set(name, { name, arn, keyId: key.id, createdAtMs: this.#clock.now() });
  }
}
