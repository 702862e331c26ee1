import type { KmsErrorCode, Operation, Outcome, State } from "./contract/words.ts";

const brand: unique symbol = Symbol.for("@kms/core/KmsError");

/** What a `KmsError` carries beside code and message. */
export interface KmsErrorDetails {
  readonly operation?: Operation | undefined;
  readonly provider?: string | undefined;
  readonly keyId?: string | undefined;
  readonly state?: State | undefined;
  readonly permission?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly outcome?: Outcome | undefined;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

const transient: ReadonlySet<KmsErrorCode> = new Set<KmsErrorCode>([
  "THROTTLED",
  "UNAVAILABLE",
  "CORRUPTED",
  "NOT_READY",
  "DEADLINE_EXCEEDED",
]);

/**
 * The one error of every @kms package. `code` says what went wrong, `outcome` whether anything happened.
 * Messages say what was attempted, what was found and what to do; they never carry plaintext, key bytes or tokens.
 * `cause` is the vendor's own error, except under `DECRYPTION_FAILED`, which is opaque (`crypto-rules` 9).
 */
export class KmsError extends Error {
  override readonly name: string = "KmsError";
  readonly code: KmsErrorCode;
  readonly operation: Operation | undefined;
  readonly provider: string | undefined;
  readonly keyId: string | undefined;
  /** With `INVALID_STATE`: the state that refused. */
  readonly state: State | undefined;
  /** With `PERMISSION_DENIED`, where the provider says it. */
  readonly permission: string | undefined;
  /** Trying the same call again may help, and cannot do it twice. */
  readonly retryable: boolean;
  /** The provider's own hint, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly outcome: Outcome;
  /** The provider's request id. */
  readonly requestId: string | undefined;

  constructor(code: KmsErrorCode, message: string, details: KmsErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.operation = details.operation;
    this.provider = details.provider;
    this.keyId = details.keyId;
    this.state = details.state;
    this.permission = details.permission;
    this.retryAfterMs = details.retryAfterMs;
    this.outcome = details.outcome ?? "none";
    this.requestId = details.requestId;
    this.retryable = this.outcome === "none" && transient.has(code);
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for every `KmsError`, of whichever installed copy of this package: by registered symbol, not by class. */
  static isInstance(value: unknown): value is KmsError {
    return typeof value === "object" && value !== null && Object.hasOwn(value, brand);
  }
}
