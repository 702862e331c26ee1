/**
 * The switch of eventual consistency. Source: AWS KMS Developer Guide, AWS KMS eventual consistency ("when you create a
 * KMS key, … the change might not be visible" to calls that follow).
 */
export interface AwsConsistency {
  /**
   * Has every change from now on (CreateKey; enabling, disabling and deletion; tags; aliases) take `ms` of the
   * emulator's clock until anybody sees it: a fresh key or alias is `NotFoundException`, a disabled key still serves.
   * 0, the default, ends it for later changes. The answer of the changing call itself is up to date. A `RangeError` for
   * less than 0 or more than a day.
   */
  delay(ms: number): void;
}

const MAXIMUM_DELAY_MS = 86_400_000;

/** Holds the delay that is set. */
export class ConsistencySwitch implements AwsConsistency {
  #delayMs = 0;

  /** How long a change made now is not seen. */
  get delayMs(): number {
    return this.#delayMs;
  }

  delay(ms: number): void {
    if (!(ms >= 0 && ms <= MAXIMUM_DELAY_MS)) {
      throw new RangeError(`delay takes 0 to ${MAXIMUM_DELAY_MS} milliseconds, got ${ms}`);
    }
    this.#delayMs = ms;
  }
}
