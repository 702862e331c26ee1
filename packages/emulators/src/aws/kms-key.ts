import { type CurveName, generateEcKeyPair, randomBytes } from "../primitives.ts";
import { DAY_MS } from "./clock.ts";
import { AwsError } from "./errors.ts";
import { KeyMaterials } from "./key-materials.ts";
import { KEY_SPECS, type KeySpec, type KeySpecRow } from "./key-specs.ts";

/** What a key protects with; only symmetric keys have materials that rotate. */
export type KeySecret =
  | { readonly kind: "materials"; readonly materials: KeyMaterials }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | {
      readonly kind: "pair";
      readonly curve: CurveName;
      readonly scalar: Uint8Array;
      /** SubjectPublicKeyInfo DER. */
      readonly publicKey: Uint8Array;
    };

/** States of the slice. Source: AWS KMS Developer Guide, Key states of AWS KMS keys. */
export type KeyState = "Enabled" | "Disabled" | "PendingDeletion";

/** What a key is made from. */
export interface NewKey {
  readonly id: string;
  readonly arn: string;
  readonly spec: KeySpec;
  readonly description: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly createdAtMs: number;
}

function makeSecret(row: KeySpecRow): KeySecret {
  if (row.curve !== undefined) return { kind: "pair", curve: row.curve, ...generateEcKeyPair(row.curve) };
  if (row.usage === "ENCRYPT_DECRYPT") return { kind: "materials", materials: new KeyMaterials() };
  return { kind: "bytes", bytes: randomBytes(row.secretBytes ?? 0) };
}

/** One emulated key: what it is, the state it is in. */
export class KmsKey {
  readonly id: string;
  readonly arn: string;
  readonly spec: KeySpec;
  readonly row: KeySpecRow;
  readonly description: string;
  readonly createdAtMs: number;
  readonly secret: KeySecret;
  readonly tags: Map<string, string>;
  #isEnabled = true;
  #deletionAtMs: number | undefined;

  constructor({ id, arn, spec, description, tags, createdAtMs }: NewKey) {
    this.id = id;
    this.arn = arn;
    this.spec = spec;
    this.row = KEY_SPECS[spec];
    this.description = description;
    this.createdAtMs = createdAtMs;
    this.secret = makeSecret(this.row);
    this.tags = new Map(tags);
  }

  /** The state, once `settle` has been called for the present. */
  get state(): KeyState {
    if (this.#deletionAtMs !== undefined) return "PendingDeletion";
    return this.#isEnabled ? "Enabled" : "Disabled";
  }

  /** When the waiting period ends, while deletion is scheduled. */
  get deletionAtMs(): number | undefined {
    return this.#deletionAtMs;
  }

  /** The rotating materials; `UnsupportedOperationException` for asymmetric and HMAC keys. */
  get materials(): KeyMaterials {
    if (this.secret.kind === "materials") return this.secret.materials;
    // Source: AWS KMS API Reference, RotateKeyOnDemand, KeyId: symmetric encryption keys only.
    throw new AwsError(
      "UnsupportedOperationException",
      `${this.arn} has key spec ${this.spec}, which does not rotate.`,
    );
  }

  /** Whether the key still exists; brings its rotations up to date. */
  settle(nowMs: number): boolean {
    if (this.#deletionAtMs !== undefined && this.#deletionAtMs <= nowMs) return false;
    if (this.secret.kind === "materials") this.secret.materials.settle(nowMs, this.state === "Enabled");
    return true;
  }

  /** Enables the key; a scheduled rotation that was missed meanwhile happens now. */
  enable(nowMs: number): void {
    this.#isEnabled = true;
    if (this.secret.kind === "materials") this.secret.materials.resume(nowMs);
  }

  /** Disables the key. */
  disable(): void {
    this.#isEnabled = false;
  }

  /** Begins the waiting period. */
  scheduleDeletion(nowMs: number, days: number): number {
    this.#deletionAtMs = nowMs + days * DAY_MS;
    return this.#deletionAtMs;
  }

  /** Ends the waiting period: the key is Disabled. Source: AWS KMS API Reference, CancelKeyDeletion. */
  cancelDeletion(): void {
    this.#deletionAtMs = undefined;
    this.#isEnabled = false;
  }
}
