import type { EmulatorClock } from "../clock.ts";
import { CryptoKey, type NewKey, type VersionTemplate } from "./crypto-key.ts";
import { GcpError } from "./errors.ts";
import type { KeyVersion } from "./key-version.ts";
import { ancestor } from "./names.ts";

/** A key ring: a name for keys to be in. It cannot be deleted (provider facts §1.3). */
export interface KeyRing {
  readonly name: string;
  readonly createdAtMs: number;
}

// Source of both messages: hashicorp/terraform-provider-google issue 1214 ("KeyRing … already exists.") and its kind.
const notFound = (kind: string, name: string): GcpError => new GcpError("NOT_FOUND", `${kind} ${name} not found.`);
const exists = (kind: string, name: string): GcpError =>
  new GcpError("ALREADY_EXISTS", `${kind} ${name} already exists.`);

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

/** The key rings and keys of one project, in memory. */
export class KeyStore {
  readonly #clock: EmulatorClock;
  readonly #rings = new Map<string, KeyRing>();
  readonly #keys = new Map<string, CryptoKey>();

  constructor(clock: EmulatorClock) {
    this.#clock = clock;
  }

  /** A new key ring; ALREADY_EXISTS when there is one. */
  createRing(name: string): KeyRing {
    if (this.#rings.has(name)) throw exists("KeyRing", name);
    const ring = { name, createdAtMs: this.#clock.now() };
    this.#rings.set(name, ring);
    return ring;
  }

  /** The key ring of that name; NOT_FOUND when there is none. */
  ring(name: string): KeyRing {
    const ring = this.#rings.get(name);
    if (ring === undefined) throw notFound("KeyRing", name);
    return ring;
  }

  /** The key rings of a location, by name. */
  rings(location: string): readonly KeyRing[] {
    const rings = [...this.#rings.values()].filter(({ name }) => ancestor(name, 2) === location);
    return rings.toSorted((a, b) => byName(a.name, b.name));
  }

  /** A new key; NOT_FOUND without its ring, ALREADY_EXISTS when there is one of that name. */
  createKey(is: NewKey, template: VersionTemplate): CryptoKey {
    this.ring(ancestor(is.name, 3));
    if (this.#keys.has(is.name)) throw exists("CryptoKey", is.name);
    const key = new CryptoKey(is, template);
    this.#keys.set(is.name, key);
    return key;
  }

  /** The key of that name as it is now; NOT_FOUND when there is none. */
  key(name: string): CryptoKey {
    this.ring(ancestor(name, 3));
    const key = this.#keys.get(name);
    if (key === undefined) throw notFound("CryptoKey", name);
    key.settle(this.#clock.now());
    return key;
  }

  /** The keys of a ring, by name; NOT_FOUND without the ring. */
  keys(ring: string): readonly CryptoKey[] {
    this.ring(ring);
    const names = [...this.#keys.keys()].filter((name) => ancestor(name, 3) === ring);
    return names.toSorted(byName).map((name) => this.key(name));
  }

  /** The version of that name, with its key; NOT_FOUND when there is none. */
  version(name: string): { readonly key: CryptoKey; readonly version: KeyVersion } {
    const key = this.key(ancestor(name, 4));
    return { key, version: key.version(Number(name.slice(name.lastIndexOf("/") + 1))) };
  }
}
