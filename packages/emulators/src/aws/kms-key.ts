import { DAY_MS } from "../clock.ts";
import { AwsError } from "./errors.ts";
import { Eventual, type Moment } from "./eventual.ts";
import type { KeyMaterials } from "./key-materials.ts";
import type { KeySecret } from "./key-secret.ts";
import { KEY_SPECS, type KeySpec, type KeyUsage } from "./key-specs.ts";

/** States that are emulated. Source: AWS KMS Developer Guide, Key states of AWS KMS keys. */
export type KeyState = "Enabled" | "Disabled" | "PendingDeletion" | "PendingReplicaDeletion";

/** Which part of a multi-Region key it is, by the wire names. */
export type MultiRegionKeyType = "PRIMARY" | "REPLICA";

/** What a key is made from. */
export interface NewKey {
  readonly id: string;
  readonly arn: string;
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  readonly description: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly secret: KeySecret;
  readonly multiRegion: MultiRegionKeyType | undefined;
  readonly createdAtMs: number;
  /** From when on the key is found. */
  readonly seenFromMs: number;
}

/** Deletion that is scheduled: when the key goes, or how long it waits once its last replica has gone. */
export type Deletion = { readonly atMs: number } | { readonly windowDays: number };

interface Condition {
  readonly isEnabled: boolean;
  readonly deletion: Deletion | undefined;
}

/** One emulated key: what it is, the state it is in. */
export class KmsKey {
  /** What does not change. */
  readonly is: NewKey;
  readonly #condition = new Eventual<Condition>({ isEnabled: true, deletion: undefined });
  readonly #tags: Eventual<ReadonlyMap<string, string>>;

  constructor(properties: NewKey) {
    this.is = properties;
    this.#tags = new Eventual(properties.tags);
  }

  get id(): string {
    return this.is.id;
  }

  get arn(): string {
    return this.is.arn;
  }

  /** The algorithms of the key's spec for its usage. */
  get algorithms(): readonly string[] {
    return KEY_SPECS[this.is.spec].usages[this.is.usage] ?? [];
  }

  /** The state that callers see, once `settle` has been called for the present. */
  get state(): KeyState {
    return stateOf(this.#condition.visible);
  }

  /** The state after the last change, seen or not. */
  get latestState(): KeyState {
    return stateOf(this.#condition.latest);
  }

  /** The deletion that callers see. */
  get deletion(): Deletion | undefined {
    return this.#condition.visible.deletion;
  }

  /** The deletion that is scheduled, seen or not. */
  get latestDeletion(): Deletion | undefined {
    return this.#condition.latest.deletion;
  }

  /** The tags that callers see. */
  get tags(): ReadonlyMap<string, string> {
    return this.#tags.visible;
  }

  /** The tags after the last change. */
  get latestTags(): ReadonlyMap<string, string> {
    return this.#tags.latest;
  }

  /** The rotating materials; `UnsupportedOperationException` for asymmetric and HMAC keys. */
  get materials(): KeyMaterials {
    if (this.is.secret.kind === "rotating") return this.is.secret.materials;
    // Source: AWS KMS API Reference, RotateKeyOnDemand, KeyId: symmetric encryption keys only.
    throw new AwsError(
      "UnsupportedOperationException",
      `${this.arn} has key spec ${this.is.spec}, which does not rotate.`,
    );
  }

  /** Brings what callers see up to date, and rotations too. A replica's materials are its primary's to rotate. */
  settle(nowMs: number): void {
    this.#condition.settle(nowMs);
    this.#tags.settle(nowMs);
    if (this.is.secret.kind !== "rotating" || this.is.multiRegion === "REPLICA") return;
    this.is.secret.materials.settle(nowMs, this.latestState === "Enabled");
  }

  /** Whether the waiting period has ended. */
  isGone(nowMs: number): boolean {
    const { deletion } = this.#condition.latest;
    return deletion !== undefined && "atMs" in deletion && deletion.atMs <= nowMs;
  }

  /** Enables the key; a scheduled rotation that was missed meanwhile happens now. */
  enable(moment: Moment): void {
    this.#change({ isEnabled: true }, moment);
    if (this.is.secret.kind !== "rotating" || this.is.multiRegion === "REPLICA") return;
    this.is.secret.materials.resume(moment.nowMs);
  }

  /** Disables the key. */
  disable(moment: Moment): void {
    this.#change({ isEnabled: false }, moment);
  }

  /** Begins the waiting period, or, for a primary with replicas, has it begin when the last of them has gone. */
  scheduleDeletion(days: number, hasReplicas: boolean, moment: Moment): Deletion {
    const deletion = hasReplicas ? { windowDays: days } : { atMs: moment.nowMs + days * DAY_MS };
    this.#change({ deletion }, moment);
    return deletion;
  }

  /** Begins the waiting period of a primary whose last replica went at `fromMs`. */
  beginWaiting(windowDays: number, fromMs: number): void {
    this.#change({ deletion: { atMs: fromMs + windowDays * DAY_MS } }, { nowMs: fromMs, delayMs: 0 });
  }

  /** Ends the waiting period: the key is Disabled. Source: AWS KMS API Reference, CancelKeyDeletion. */
  cancelDeletion(moment: Moment): void {
    this.#change({ isEnabled: false, deletion: undefined }, moment);
  }

  /** Replaces the tags. */
  setTags(tags: ReadonlyMap<string, string>, moment: Moment): void {
    this.#tags.set(tags, moment);
  }

  #change(change: Partial<Condition>, moment: Moment): void {
    this.#condition.set({ ...this.#condition.latest, ...change }, moment);
  }
}

function stateOf({ isEnabled, deletion }: Condition): KeyState {
  if (deletion !== undefined) return "atMs" in deletion ? "PendingDeletion" : "PendingReplicaDeletion";
  return isEnabled ? "Enabled" : "Disabled";
}
