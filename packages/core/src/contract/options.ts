import type { KmsDriver } from "./driver.ts";
import type {
  Algorithm,
  Awaitable,
  Bytes,
  Json,
  KmsErrorCode,
  Operation,
  Outcome,
  Protection,
  Purpose,
  StringMap,
} from "./words.ts";

/** What `createKms` takes. */
export interface KmsOptions<P extends { readonly [N in keyof P]: KmsDriver }> {
  /** Drivers under the application's own names. */
  readonly providers: P;
  /** Without one, handles live in this process only. */
  readonly sealer?: Sealer | undefined;
  readonly policy?: KeyPolicy | undefined;
  /** Without one, nothing is audited, and `health()` says so. */
  readonly audit?: AuditSink | undefined;
  readonly actor?: string | undefined;
  /** Bound into tokens; one made for another audience is `POLICY_VIOLATION`. */
  readonly audience?: string | undefined;
  /**
   * Asked before every operation; throwing denies it with `PERMISSION_DENIED`, and so does an answer of `false`, which the type
   * rules out.
   */
  readonly authorize?: ((request: AuthorizationRequest) => void | Promise<void>) | undefined;
  /** Default 60,000: age of "current version" where the caller names it. */
  readonly maxStateAgeMs?: number | undefined;
  /** Default for every call; see `CallOptions`. */
  readonly timeoutMs?: number | undefined;
  /** Calls in flight per provider, default 64; more wait, within their deadline. */
  readonly concurrency?: number | undefined;
  /** Of calls that are safe to repeat, default 2, within the deadline. */
  readonly retries?: number | undefined;
  /** @experimental Local verification that this runtime lacks (`@kms/post-quantum`). */
  readonly publicKeyCrypto?: readonly PublicKeyCrypto[] | undefined;
  readonly clock?: Clock | undefined;
}

/** Time, injectable. Randomness is not (`crypto-rules` 13). */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Rejects with the signal's reason when it is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Milliseconds that never go back. With it, a leap of `now` by a day or more is noticed and mutations are refused (`crypto-rules` 26); without it nothing is compared. */
  readonly monotonic?: (() => number) | undefined;
}
/** What `authorize` sees: exactly what will be done. */
export interface AuthorizationRequest {
  readonly actor: string | undefined;
  readonly operation: Operation;
  readonly provider: string;
  readonly keyId: string | undefined;
  readonly associatedData: StringMap;
}
/** The kinds of token; each is sealed under its own derived key. */
export type TokenType = "key-handle" | "key-conf" | "destruction-receipt" | "audit-checkpoint";
/** Seals each type of token under its own derived key; opens what any of its entries made. Tokens are signed, not secret. */
export interface Sealer {
  readonly seal: (type: TokenType, claims: Json, signal?: AbortSignal) => Awaitable<string>;
  /** `TAMPERED` when one bit differs or the type is another. */
  readonly open: (type: TokenType, token: string, signal?: AbortSignal) => Awaitable<Json>;
}
/** What keys an application may make, adopt and use. Checked at every use, not only at creation. */
export interface KeyPolicy {
  /** Default: the dated table of SP 800-57 Part 1, as of now. */
  readonly minimumStrengthBits?: number | undefined;
  readonly allowedAlgorithms?: readonly Algorithm[] | undefined;
  readonly allowedProtection?: readonly Protection[] | undefined;
  /** Originator-usage period (SP 800-57 Part 1 §5.3): older key versions no longer protect. */
  readonly maximumProtectAgeDays?: Readonly<Partial<Record<Purpose, number>>> | undefined;
  /** Default false. */
  readonly allowJsPrimitives?: boolean | undefined;
  /** Default false. true: a `warning` finding (a key that allows more than its purpose needs) refuses `generateKey` and `getKey`. */
  readonly refuseWarnings?: boolean | undefined;
}
/** One line of the record: an intent before, an outcome after, joined by `correlation`. */
export interface AuditEvent {
  readonly at: Date;
  readonly phase: "intent" | "outcome";
  readonly actor?: string | undefined;
  readonly operation: Operation;
  readonly provider: string;
  readonly keyId?: string | undefined;
  readonly keyVersion?: string | undefined;
  readonly algorithm?: Algorithm | undefined;
  readonly code?: KmsErrorCode | undefined;
  readonly outcome?: Outcome | undefined;
  readonly requestId?: string | undefined;
  readonly correlation: string;
  readonly reason?: string | undefined;
  /** As given; the file sink writes its values as keyed HMACs unless told otherwise. */
  readonly associatedData?: StringMap | undefined;
  /** What lay under an opaque `DECRYPTION_FAILED`; never key bytes or plaintext. */
  readonly diagnostic?: string | undefined;
}
/** An intent that cannot be written refuses the call. Local operations may be batched by the sink, never dropped. */
export interface AuditSink {
  readonly write: (event: AuditEvent) => void | Promise<void>;
  readonly close: () => Promise<void>;
}
/** @experimental Public-key algorithms that this runtime lacks, brought by another package. */
export interface PublicKeyCrypto {
  readonly implementation: string;
  readonly algorithms: readonly Algorithm[];
  readonly verify?: ((algorithm: Algorithm, spki: Bytes, message: Bytes, signature: Bytes) => boolean) | undefined;
  readonly encapsulate?:
    | ((algorithm: Algorithm, spki: Bytes) => { readonly secret: Bytes; readonly ciphertext: Bytes })
    | undefined;
}
