import type { AlgorithmRow, ProtectionLevel } from "./algorithms.ts";
import { type ErrorDetail, GcpError } from "./errors.ts";
import { type KeyMaterial, makeKeyMaterial } from "./key-material.ts";

/** States that a version can have here; those of imported and external keys are not emulated. */
export type VersionState = "PENDING_GENERATION" | "ENABLED" | "DISABLED" | "DESTROY_SCHEDULED" | "DESTROYED";

/** What a version is made with. */
export interface NewVersion {
  readonly name: string;
  readonly number: number;
  readonly algorithm: string;
  readonly row: AlgorithmRow;
  readonly level: ProtectionLevel;
  readonly createdAtMs: number;
  /** When the version leaves PENDING_GENERATION. */
  readonly generatedAtMs: number;
}

/**
 * `violations[].type` of the refusal to use a version. Those of other states are not known, and left out.
 * Source: provider facts §5.1 (KEY_DISABLED); hashicorp/terraform-provider-google issue 5895 (KEY_PENDING_GENERATION).
 */
const VIOLATIONS: Readonly<Partial<Record<VersionState, string>>> = {
  DISABLED: "KEY_DISABLED",
  PENDING_GENERATION: "KEY_PENDING_GENERATION",
};

/**
 * One key version, its state a function of time. Source: Cloud KMS documentation, Key version states;
 * google/cloud/kms/v1/resources.proto, CryptoKeyVersionState.
 */
export class KeyVersion {
  readonly is: NewVersion;
  #material: Promise<KeyMaterial> | undefined;
  #isEnabled = true;
  #destroyAtMs: number | undefined;

  constructor(is: NewVersion) {
    this.is = is;
    this.#material = makeKeyMaterial(is.row.scheme);
    this.#material.catch(() => undefined); // told to whoever uses it
  }

  /** The state at a moment. */
  stateAt(nowMs: number): VersionState {
    if (this.#destroyAtMs !== undefined) return nowMs < this.#destroyAtMs ? "DESTROY_SCHEDULED" : "DESTROYED";
    if (nowMs < this.is.generatedAtMs) return "PENDING_GENERATION";
    return this.#isEnabled ? "ENABLED" : "DISABLED";
  }

  /** When the key material is, or was, destroyed. */
  get destroyAtMs(): number | undefined {
    return this.#destroyAtMs;
  }

  /** The key material of a version that may be used; FAILED_PRECONDITION unless it is ENABLED. */
  async material(nowMs: number): Promise<KeyMaterial> {
    this.#checkUsable(nowMs);
    if (this.#material === undefined) throw new TypeError("a usable version has key material");
    return this.#material;
  }

  /** ENABLED or DISABLED, from either. Source: service.proto, UpdateCryptoKeyVersion. */
  setEnabled(isEnabled: boolean, nowMs: number): void {
    this.#require(["ENABLED", "DISABLED"], nowMs);
    this.#isEnabled = isEnabled;
  }

  /** DESTROY_SCHEDULED until `destroyAtMs`. Source: service.proto, DestroyCryptoKeyVersion. */
  scheduleDestruction(nowMs: number, destroyAtMs: number): void {
    this.#require(["ENABLED", "DISABLED"], nowMs);
    this.#destroyAtMs = destroyAtMs;
  }

  /** Back from DESTROY_SCHEDULED, to DISABLED. Source: service.proto, RestoreCryptoKeyVersion. */
  restore(nowMs: number): void {
    this.#require(["DESTROY_SCHEDULED"], nowMs);
    this.#destroyAtMs = undefined;
    this.#isEnabled = false;
  }

  /** Forgets the key material of a version that is DESTROYED. */
  settle(nowMs: number): void {
    if (this.stateAt(nowMs) === "DESTROYED") this.#material = undefined;
  }

  // Source: provider facts §5.1 and §8.3.
  #checkUsable(nowMs: number): void {
    const state = this.stateAt(nowMs);
    if (state === "ENABLED") return;
    const { name } = this.is;
    const message = `${name} is not enabled, current state is: ${state}.`;
    const type = VIOLATIONS[state];
    const details: readonly ErrorDetail[] =
      type === undefined
        ? []
        : [{ type: "google.rpc.PreconditionFailure", message: { violations: [{ type, subject: name }] } }];
    throw new GcpError("FAILED_PRECONDITION", message, details);
  }

  // Source: Google AIP-216: a change that the state does not allow is FAILED_PRECONDITION; provider facts §5.2 for a
  // destruction repeated.
  #require(states: readonly VersionState[], nowMs: number): void {
    const state = this.stateAt(nowMs);
    if (states.includes(state)) return;
    throw new GcpError(
      "FAILED_PRECONDITION",
      `${this.is.name} is in state ${state}; this needs ${states.join(" or ")}.`,
    );
  }
}
