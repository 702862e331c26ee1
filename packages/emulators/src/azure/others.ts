import type { EmulatorClock } from "../clock.ts";
import type { KeySpec } from "./key-material.ts";
import { type JsonObject, isObject } from "./input.ts";
import type { KeyStore } from "./key-store.ts";
import type { VersionSettings } from "./key-version.ts";

/** What somebody else makes: as in a request to create a key, but with every value said. */
export interface OtherVersion extends Partial<VersionSettings> {
  /** Type, and the size or curve that goes with it. Default: those of the latest version. */
  readonly spec?: KeySpec | undefined;
}

/** Another hand on the same vault, which no permission and no fault concerns. */
export interface AzureOthers {
  /**
   * Makes a version of a key at once, or the key when there is none of that name (then `spec` and `keyOps` are
   * needed), and gives the version's id. What is not said is as in the latest version.
   */
  createVersion(name: string, version?: OtherVersion): string;
  /** Changes settings of a version, of the latest one when `id` is not given. */
  updateVersion(name: string, settings: Partial<VersionSettings>, id?: string): void;
  /** Deletes a key. */
  deleteKey(name: string): void;
  /** Purges a deleted key. */
  purgeKey(name: string): void;
  /** Does something just before the next request for that operation is worked on: between two calls of a client. */
  before(operation: string, act: () => void | Promise<void>): void;
  /**
   * Makes the next answer to that operation name another version in its `kid`; the work is done as asked. A `RangeError`
   * for an operation whose answers name no version.
   */
  answerAs(version: string, operation: string): void;
}

/** Operations whose answers name no version of a key. */
const NAMELESS: readonly string[] = [
  "GetKeys",
  "GetKeyVersions",
  "GetDeletedKeys",
  "PurgeDeletedKey",
  "GetKeyRotationPolicy",
  "UpdateKeyRotationPolicy",
  "Verify",
  "GetRandomBytes",
];

/** Carries out what tests have others do. */
export class OtherHands implements AzureOthers {
  readonly #store: KeyStore;
  readonly #clock: EmulatorClock;
  readonly #known: ReadonlySet<string>;
  readonly #acts = new Map<string, (() => void | Promise<void>)[]>();
  readonly #names = new Map<string, string[]>();

  constructor(store: KeyStore, clock: EmulatorClock, known: ReadonlySet<string>) {
    this.#store = store;
    this.#clock = clock;
    this.#known = known;
  }

  createVersion(name: string, { spec, ...settings }: OtherVersion = {}): string {
    const key = this.#store.keyOrNew(name);
    const model = key.versions.length === 0 ? undefined : key.latest;
    const [ownSpec, keyOps] = [spec ?? model?.spec, settings.keyOps ?? model?.settings.keyOps];
    if (ownSpec === undefined || keyOps === undefined) throw new TypeError("a new key needs spec and keyOps");
    const standard = { enabled: true, notBefore: undefined, expires: undefined, tags: undefined };
    const version = key.addVersion(
      ownSpec,
      { ...(model?.settings ?? standard), ...settings, keyOps },
      this.#clock.now(),
    );
    this.#store.keep(key);
    return version.id;
  }

  updateVersion(name: string, settings: Partial<VersionSettings>, id?: string): void {
    this.#store.key(name).version(id).change(settings, this.#clock.now());
  }

  deleteKey(name: string): void {
    this.#store.delete(name);
  }

  purgeKey(name: string): void {
    this.#store.purge(name);
  }

  before(operation: string, act: () => void | Promise<void>): void {
    this.#queueOf(this.#acts, operation).push(act);
  }

  answerAs(version: string, operation: string): void {
    if (NAMELESS.includes(operation)) throw new RangeError(`an answer to ${operation} names no version`);
    this.#queueOf(this.#names, operation).push(version);
  }

  /** Does what was to come before this operation, if anything. */
  async comeFirst(operation: string): Promise<void> {
    await this.#acts.get(operation)?.shift()?.();
  }

  /** The answer with the version that a test has it name, if any. */
  rename(operation: string, answer: JsonObject): JsonObject {
    const version = this.#names.get(operation)?.shift();
    if (version === undefined) return answer;
    const renamed = (kid: unknown): unknown => (typeof kid === "string" ? kid.replace(/[^/]*$/, version) : kid);
    const { key } = answer;
    if (isObject(key)) return { ...answer, key: { ...key, kid: renamed(key["kid"]) } };
    return { ...answer, kid: renamed(answer["kid"]) };
  }

  #queueOf<T>(queues: Map<string, T[]>, operation: string): T[] {
    if (!this.#known.has(operation)) throw new RangeError(`the emulator has no operation ${operation}`);
    const queue = queues.get(operation) ?? [];
    queues.set(operation, queue);
    return queue;
  }
}
