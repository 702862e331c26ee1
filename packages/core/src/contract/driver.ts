import type { Capabilities } from "./capabilities.ts";
import type { KeyConf } from "./key.ts";
import type { Changed, CompletedDestruction, DriverListing, KeyRecord, NativeState, Rotated } from "./record.ts";
import type { DriverHealth, EncryptedDataKey, Revocation } from "./results.ts";
import type {
  Algorithm,
  Awaitable,
  Bytes,
  Json,
  KmsErrorCode,
  Operation,
  Origin,
  Outcome,
  Protection,
  StringMap,
} from "./words.ts";

/**
 * What an adapter makes: a plain object of closures.
 * A driver translates, calls, checks what only it can check, translates back. It never waits, retries, polls, logs, reads
 * the environment or the clock. Where it answers synchronously, no timer is armed.
 * `A`: the algorithms it makes keys for. `O`: its own options in `KeyConf`; `never` where it has none.
 */
export interface KmsDriver<out A extends Algorithm = Algorithm, out O = unknown> {
  readonly specificationVersion: 1;
  readonly capabilities: Capabilities;
  readonly algorithms: readonly A[];

  // pure
  /** Narrows a configuration; `INVALID_ARGUMENT` on options it does not know, `UNSUPPORTED` on what it cannot make. */
  readonly checkConf: (conf: KeyConf<Algorithm, unknown>) => KeyConf<A, O>;
  /** The grammar of a version, asked before a version reaches any URL or resource name. */
  readonly isVersion: (version: string) => boolean;
  readonly sameKey: (a: string, b: string) => boolean;
  /** Read out of the canonical key id: partition, account, region; vault host; project, location; store id. */
  readonly scopeOf: (keyId: string) => string;
  /** Can this driver, as configured, reach that scope? What it cannot know without a call matches. Without it, every scope of its kind. */
  readonly serves?: ((scope: string) => boolean) | undefined;
  /** The one error table; never sees a `KmsError`. `outcome` as it would be for a mutation: for the rest the guard says "none". One that throws is `UNKNOWN` to the caller. */
  readonly classify: (cause: unknown, operation: Operation) => ErrorClassification;

  // keys
  /**
   * `conf` is what `checkConf` of this driver answered, with `name` filled in where naming is "chosen": `ALREADY_EXISTS` where
   * that is taken, never a version of a key that is there. Method syntax here and in the imports alone, so that it arrives
   * narrowed.
   */
  createKey(conf: KeyConf<A, O>, call: Call): Promise<KeyRecord<O>>;
  /**
   * Any native reference; answers the canonical id. `INVALID_ARGUMENT`, before any call, for what is no reference;
   * `NOT_FOUND` where there is no such key.
   */
  readonly describeKey: (reference: string, call: Call) => Promise<KeyRecord<O>>;
  readonly listKeys?: ((call: Call) => AsyncIterable<DriverListing>) | undefined;
  /** Always SPKI. */
  readonly getPublicKey?: ((key: VersionReference, call: Call) => Promise<Answer>) | undefined;
  readonly generateRandom?: ((lengthBytes: number, call: Call) => Awaitable<Bytes>) | undefined;

  // use
  readonly encrypt?:
    | ((key: Target, plaintext: Bytes, associatedData: AssociatedData, call: Call) => Awaitable<Answer>)
    | undefined;
  readonly decrypt?:
    | ((key: Target, ciphertext: Bytes, associatedData: AssociatedData, call: Call) => Awaitable<Answer>)
    | undefined;
  readonly sign?: ((key: VersionReference, input: SignInput, call: Call) => Awaitable<Answer>) | undefined;
  readonly verify?:
    | ((key: VersionReference, input: SignInput, signature: Bytes, call: Call) => Awaitable<Verdict>)
    | undefined;
  readonly generateMac?: ((key: VersionReference, message: Bytes, call: Call) => Awaitable<Answer>) | undefined;
  readonly verifyMac?:
    | ((key: VersionReference, message: Bytes, mac: Bytes, call: Call) => Awaitable<Verdict>)
    | undefined;
  readonly wrapKey?: ((key: VersionReference, material: Bytes, call: Call) => Awaitable<Answer>) | undefined;
  readonly unwrapKey?: ((key: VersionReference, wrapped: Bytes, call: Call) => Awaitable<Answer>) | undefined;
  /** Without it, where the row claims it: the guard draws the data key and has `wrapDataKey` wrap it. */
  readonly generateDataKey?:
    | ((
        key: Target,
        lengthBytes: number,
        associatedData: AssociatedData,
        call: Call,
      ) => Awaitable<Named & { readonly plaintext: Bytes; readonly encrypted: EncryptedDataKey }>)
    | undefined;
  readonly wrapDataKey?:
    | ((
        key: Target,
        plaintext: Bytes,
        associatedData: AssociatedData,
        call: Call,
      ) => Awaitable<Named & { readonly encrypted: EncryptedDataKey }>)
    | undefined;
  /** Pure. Where data keys are wrapped locally under a pinned public key: how this provider's data-key format names the key. */
  readonly nameDataKey?: ((key: VersionReference, wrapped: Bytes) => EncryptedDataKey) | undefined;
  /** Compares `providerId` and `providerInfo` with the key and checks the version in it by `isVersion`: only the driver knows their form. `DECRYPTION_FAILED` when they differ. */
  readonly unwrapDataKey?:
    | ((
        key: KeyReference,
        encrypted: EncryptedDataKey,
        associatedData: AssociatedData,
        call: Call,
      ) => Awaitable<Answer>)
    | undefined;
  /** The raw shared secret; the guard derives from it (HKDF) and overwrites it. */
  readonly deriveSharedSecret?: ((key: VersionReference, peerSpki: Bytes, call: Call) => Awaitable<Answer>) | undefined;
  readonly encapsulate?:
    | ((key: VersionReference, call: Call) => Awaitable<Answer & { readonly secret: Bytes }>)
    | undefined;
  readonly decapsulate?: ((key: VersionReference, ciphertext: Bytes, call: Call) => Awaitable<Answer>) | undefined;

  // life
  readonly rotate?: ((key: KeyReference, call: Call) => Promise<Rotated<O>>) | undefined;
  /** Where rotation does not do it. */
  readonly promote?: ((key: VersionReference, call: Call) => Promise<KeyRecord<O>>) | undefined;
  readonly setEnabled?:
    | ((key: KeyReference, version: string | undefined, enabled: boolean, call: Call) => Promise<Changed<O>>)
    | undefined;
  readonly revoke?:
    | ((key: KeyReference, version: string | undefined, revocation: Revocation, call: Call) => Promise<Changed<O>>)
    | undefined;
  readonly scheduleDestruction?:
    | ((
        key: KeyReference,
        version: string | undefined,
        windowDays: number | undefined,
        call: Call,
      ) => Promise<Changed<O>>)
    | undefined;
  readonly cancelDestruction?:
    | ((key: KeyReference, version: string | undefined, call: Call) => Promise<Changed<O>>)
    | undefined;
  /** Erases what is due, where the provider does not do so by itself, and says how far that reaches. `NOT_READY` before it is due. */
  readonly completeDestruction?:
    | ((key: KeyReference, version: string | undefined, call: Call) => Promise<CompletedDestruction<O>>)
    | undefined;
  /** Reached only through the door `insecure`, with its access token, and audited. */
  readonly exportKey?: ((key: VersionReference, call: Call) => Promise<Answer>) | undefined;
  /** @experimental `publicKey` absent where one is wanted: not ready, the guard asks `continueImport`. */
  beginImport?(conf: KeyConf<A, O>, into: KeyReference | undefined, call: Call): Promise<ImportTicket>;
  /** @experimental */
  readonly continueImport?: ((ticket: ImportTicket, call: Call) => Promise<ImportTicket>) | undefined;
  /** @experimental */
  completeImport?(ticket: ImportTicket, conf: KeyConf<A, O>, material: Bytes, call: Call): Promise<KeyRecord<O>>;
  readonly health?: ((call: Call) => Promise<DriverHealth>) | undefined;
  /**
   * The latest effective time that the store of its keys has on record, in milliseconds since the epoch: ages, dates and
   * policy are judged by it where the clock stands behind it (`crypto-rules` 26). At once, and in well under a microsecond.
   * Where it throws, the clock alone counts. Only for keys whose store keeps time.
   */
  readonly latestTime?: (() => number) | undefined;
  readonly close: () => Promise<void>;
}

/** A key, as the guard names it to a driver. `native` is the provider's own type name. */
export interface KeyReference {
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly native: string;
  readonly protection: Protection;
  readonly origin: Origin;
  /**
   * The versions that the handle pins, where it is a handle that is meant. A driver whose key names can be taken again
   * refuses, as `TAMPERED`, to change a key that has none of them: that is another key.
   */
  readonly pinned?: readonly string[] | undefined;
}
/** A key and the version meant. */
export interface VersionReference extends KeyReference {
  readonly version: string;
}
/** `version` undefined: the provider chooses it (encrypt) or finds it (decrypt). */
export interface Target extends KeyReference {
  readonly version: string | undefined;
}
/** Who answered, as the answer itself says; undefined means the provider does not say. The guard compares what is said. */
export interface Named {
  readonly id: string | undefined;
  readonly version: string | undefined;
}
/** Bytes out; the guard hands them to the caller, so a driver keeps no reference to them. */
export interface Answer extends Named {
  readonly bytes: Bytes;
}
/** A verdict over a signature or MAC. */
export interface Verdict extends Named {
  readonly valid: boolean;
}
/** The same entries twice; `bytes` are their canonical form, empty for none (AWS Encryption SDK, encryption context). */
export interface AssociatedData {
  readonly map: StringMap;
  readonly bytes: Bytes;
}
/** What a signature is made over, as the capability row's `signInput` asks. `external-mu`: FIPS 204, 64 bytes. */
export type SignInput =
  | { readonly kind: "digest"; readonly hash: "SHA-256" | "SHA-384" | "SHA-512"; readonly bytes: Bytes }
  | { readonly kind: "message"; readonly bytes: Bytes }
  | { readonly kind: "external-mu"; readonly bytes: Bytes };

/** What the guard tells a driver about the call that it makes. */
export interface Call {
  /**
   * Aborted when the deadline has passed, the caller cancels or the instance closes. Of a change, what the driver says in the
   * moment after it still counts: a `KmsError` with outcome "done" and the id of what was made, say.
   */
  readonly signal: AbortSignal;
  /**
   * Calls `stop` once when `signal` would be aborted, at once if it is: for SDKs that need no `AbortSignal`, which costs as
   * much as an encryption. Answers how to take `stop` back.
   */
  readonly onInterrupt: (stop: () => void) => () => void;
  /**
   * Milliseconds left, for an SDK that cannot be ended from outside: where `signal` or `onInterrupt` end it, they do so at
   * the deadline too.
   */
  readonly remainingMs: () => number;
  /** The same for every attempt of one call. */
  readonly idempotencyToken: string;
  /** Effective time in milliseconds since the epoch (`crypto-rules` 26): what a driver writes into records and judges dates by. */
  readonly now: number;
  /** The state that the caller accepts for reading (`ProcessOptions.accept`); only a driver that enforces states itself needs it. */
  readonly accept: "suspended" | "compromised" | undefined;
  /** Who asks (`withActor`), and why where the caller says so: what a driver that keeps its own records writes beside a transition (`requirements` 9). */
  readonly actor: string | undefined;
  readonly reason: string | undefined;
}

/** An import under way; plain JSON in `state` lets it resume. */
export interface ImportTicket {
  readonly id: string | undefined;
  readonly publicKey?: Bytes | undefined;
  readonly expiresAt?: Date | undefined;
  readonly wrap: "none" | "RSA-OAEP-SHA256" | "RSA-AES-KWP-SHA1" | "RSA-AES-KWP-SHA256";
  readonly state: Json;
}
/** A vendor's error in the contract's words. */
export interface ErrorClassification {
  readonly code: KmsErrorCode;
  readonly state?: NativeState | undefined;
  readonly outcome: Outcome;
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
  readonly permission?: string | undefined;
}
