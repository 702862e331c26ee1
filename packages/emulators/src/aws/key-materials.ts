import { randomBytes } from "../primitives.ts";
import { DAY_MS } from "../clock.ts";
import { AwsError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** When a key material came about by rotation, and by which kind. */
export interface Rotation {
  readonly dateMs: number;
  readonly type: "AUTOMATIC" | "ON_DEMAND";
}

/** One key material of a symmetric key: its id of 64 hexadecimal digits, its 32 bytes, the rotation that made it. */
export interface KeyMaterial {
  readonly id: string;
  readonly secret: Uint8Array;
  /** `undefined` for the first material. */
  readonly rotation: Rotation | undefined;
}

/** Automatic rotation: how often, and when next. */
export interface RotationSchedule {
  readonly periodDays: number;
  readonly nextAtMs: number;
}

/** Source: AWS KMS API Reference, RotateKeyOnDemand, ConflictException ("within the next 20 minutes"). */
const CONFLICT_WINDOW_MS = 20 * 60_000;

const fresh = (rotation: Rotation | undefined): KeyMaterial => ({
  id: Buffer.from(randomBytes(32)).toString("hex"),
  secret: randomBytes(32),
  rotation,
});

/** The key materials of one symmetric key, oldest first, and the rotations to come. */
export class KeyMaterials {
  readonly #first: KeyMaterial = fresh(undefined);
  readonly #rotated: KeyMaterial[] = [];
  #pending: { readonly startedAtMs: number; readonly completesAtMs: number } | undefined;
  #schedule: RotationSchedule | undefined;
  #onDemandRotations = 0;

  /** The material that encrypts. */
  get current(): KeyMaterial {
    return this.#rotated.at(-1) ?? this.#first;
  }

  /** Automatic rotation, or `undefined` when it is off. */
  get schedule(): RotationSchedule | undefined {
    return this.#schedule;
  }

  /** When the on-demand rotation that is under way began. */
  get pendingSinceMs(): number | undefined {
    return this.#pending?.startedAtMs;
  }

  /** Every material, the first one first. */
  list(): readonly KeyMaterial[] {
    return [this.#first, ...this.#rotated];
  }

  /** The material of that id. */
  find(id: string): KeyMaterial | undefined {
    return this.list().find((material) => material.id === id);
  }

  /** Completes the rotations that are due; scheduled ones only while the key is enabled. */
  settle(nowMs: number, isEnabled: boolean): void {
    const due: Rotation[] = [];
    while (isEnabled && this.#schedule !== undefined && this.#schedule.nextAtMs <= nowMs) {
      due.push({ dateMs: this.#schedule.nextAtMs, type: "AUTOMATIC" });
      this.setSchedule(this.#schedule.periodDays, this.#schedule.nextAtMs);
    }
    if (this.#pending !== undefined && this.#pending.completesAtMs <= nowMs) {
      due.push({ dateMs: this.#pending.completesAtMs, type: "ON_DEMAND" });
      this.#pending = undefined;
    }
    due.sort((a, b) => a.dateMs - b.dateMs);
    this.#rotated.push(...due.map(fresh));
  }

  /**
   * What enabling a key again does: a rotation that was missed happens at once.
   * Source: AWS KMS API Reference, GetKeyRotationStatus, "Disabled".
   */
  resume(nowMs: number): void {
    if (this.#schedule === undefined || this.#schedule.nextAtMs > nowMs) return;
    this.#rotated.push(fresh({ dateMs: nowMs, type: "AUTOMATIC" }));
    this.setSchedule(this.#schedule.periodDays, nowMs);
  }

  /** Turns automatic rotation on; the first one comes a whole period after `fromMs`. */
  setSchedule(periodDays: number, fromMs: number): void {
    this.#schedule = { periodDays, nextAtMs: fromMs + periodDays * DAY_MS };
  }

  /** Turns automatic rotation off. */
  clearSchedule(): void {
    this.#schedule = undefined;
  }

  /** Begins an on-demand rotation that completes after `delayMs`. */
  rotateOnDemand(nowMs: number, delayMs: number, arn: string): void {
    if (this.#schedule !== undefined && this.#schedule.nextAtMs - nowMs <= CONFLICT_WINDOW_MS) {
      throw new AwsError("ConflictException", `An automatic rotation of ${arn} begins within the next 20 minutes.`);
    }
    if (this.#pending !== undefined) {
      // The API Reference names no error for it.
      throw new AwsError("NotImplementedException", `This emulator begins no second on-demand rotation of ${arn}.`);
    }
    if (this.#onDemandRotations >= LIMITS.onDemandRotations.maximum) {
      throw new AwsError("LimitExceededException", `The on-demand rotations of ${arn} are used up.`);
    }
    this.#onDemandRotations += 1;
    this.#pending = { startedAtMs: nowMs, completesAtMs: nowMs + delayMs };
    this.settle(nowMs, false);
  }
}
