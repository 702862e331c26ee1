import type { Capabilities } from "./capabilities.ts";
import type { KmsDriver } from "./driver.ts";
import type { ActionConfig, CallOptions, KeyConf, KeyFor, KeyHandle, ProcessOptions } from "./key.ts";
import type {
  DataKey,
  DestructionReceipt,
  EncryptedDataKey,
  KeyDescription,
  KeyListing,
  Mac,
  ProviderHealth,
  PublicKey,
  Signature,
  Support,
  Transition,
} from "./results.ts";
import type { Algorithm, Bytes, Operation, OwnedBytes, Protection, RevocationReason, StringMap } from "./words.ts";

/** Drivers under any names: the wide view. */
export type Providers = Readonly<Record<string, KmsDriver>>;
/** The algorithms that a driver makes keys for. */
export type AlgorithmsOf<D> = D extends KmsDriver<infer A> ? A : never;
/** A driver's own options in `KeyConf`. Both inferred: resolves for a driver generic in A and O too. */
export type OptionsOf<D> = D extends KmsDriver<infer _A, infer O> ? O : never;

/** Options of a transition: `keyVersion` for one version only; `reason` stands in the audit events. */
export interface TransitionOptions extends CallOptions {
  readonly keyVersion?: string | undefined;
  readonly reason?: string | undefined;
}
/** How a shared secret becomes key material: HKDF (RFC 5869) with the algorithm's digest, no salt, and this `info`. */
export interface Derivation {
  readonly info: Bytes;
  /** 16 to 255 times the digest's length. */
  readonly lengthBytes: number;
}
/** What `getKey` must find. */
export interface ExpectedKey<A extends Algorithm> {
  readonly algorithm: A;
  readonly keyId?: string | undefined;
  readonly thumbprint?: string | undefined;
}
/** What `openHandle` must find. */
export interface ExpectedHandle<A extends Algorithm, N extends string> {
  readonly algorithm?: A | undefined;
  readonly provider?: N | undefined;
  readonly minimumRevision?: number | undefined;
  readonly notIssuedBefore?: Date | undefined;
}

/**
 * The Cryptographer. Safe for concurrent use. At most three positional parameters before the options.
 * Every method can fail with `INVALID_ARGUMENT`, `CLOSED`, `CANCELLED`, `DEADLINE_EXCEEDED`, `POLICY_VIOLATION`,
 * `PERMISSION_DENIED`, `UNSUPPORTED`, `AUDIT_FAILED` and what the provider's error table maps; further codes stand at the method.
 */
export interface Kms<P extends { readonly [N in keyof P]: KmsDriver } = Providers> {
  // keys
  /** A new key, read back and compared field by field: a difference is `TAMPERED`, names the key and destroys nothing. `NOT_READY` with the key id when it is still pending at the deadline: go on with `getKey`. */
  generateKey<N extends keyof P & string, const A extends AlgorithmsOf<P[N]>>(
    provider: N,
    conf: KeyConf<A, OptionsOf<P[N]>>,
    options?: CallOptions,
  ): Promise<KeyHandle<A>>;
  /** Symmetric keys raw, private keys as PKCS#8 DER. */
  importKey<N extends keyof P & string, const A extends AlgorithmsOf<P[N]>>(
    provider: N,
    conf: KeyConf<A, OptionsOf<P[N]>>,
    material: Bytes,
    options?: CallOptions,
  ): Promise<KeyHandle<A>>;
  /** An existing key, by any reference of the provider's. Reads it once. Trust on first use unless `keyId` or `thumbprint` is given: then a difference is `TAMPERED`. `UNSUPPORTED` when the key cannot have the algorithm. */
  getKey<N extends keyof P & string, const A extends AlgorithmsOf<P[N]>>(
    provider: N,
    reference: string,
    expect: ExpectedKey<A>,
    options?: CallOptions,
  ): Promise<KeyHandle<A>>;
  /**
   * The same key allowed to do less; sealed with the handle. `TOO_LARGE` where all restrictions of the handle together require
   * more associated data than a call can have.
   */
  restrictKey<A extends Algorithm>(key: KeyHandle<A>, config: ActionConfig): KeyHandle<A>;
  describeKey(key: KeyHandle, options?: CallOptions): Promise<KeyDescription>;
  listKeys<N extends keyof P & string>(
    provider: N,
    options?: CallOptions & { readonly labels?: StringMap | undefined },
  ): AsyncIterable<KeyListing<AlgorithmsOf<P[N]>>>;
  /** The pinned public key of `keyVersion` or of the newest pinned version; a version that is not pinned is `STALE_HANDLE`. */
  getPublicKey(
    key: KeyHandle,
    options?: CallOptions & { readonly keyVersion?: string | undefined },
  ): Promise<PublicKey>;
  generateRandom(provider: keyof P & string, lengthBytes: number, options?: CallOptions): Promise<OwnedBytes>;

  // tokens: tamper-evident at rest and in transit; each needs a sealer
  sealHandle(key: KeyHandle, options?: CallOptions): Promise<string>;
  /** Makes no call to the provider: a principal with use-only rights works from here on. `TAMPERED` when one bit changed or `expect` says otherwise; `STALE_HANDLE` below a floor; `POLICY_VIOLATION` for another audience or scope. */
  openHandle<A extends Algorithm = Algorithm>(
    token: string,
    expect?: ExpectedHandle<A, keyof P & string>,
    options?: CallOptions,
  ): Promise<KeyHandle<A>>;
  /** Reads the provider and admits versions that came after the handle was made; audited. */
  refreshHandle<A extends Algorithm>(key: KeyHandle<A>, options?: CallOptions): Promise<KeyHandle<A>>;
  sealKeyConf<N extends keyof P & string, const A extends AlgorithmsOf<P[N]>>(
    provider: N,
    conf: KeyConf<A, OptionsOf<P[N]>>,
    options?: CallOptions,
  ): Promise<string>;
  openKeyConf<N extends keyof P & string, A extends AlgorithmsOf<P[N]> = AlgorithmsOf<P[N]>>(
    token: string,
    expect: { readonly provider: N; readonly algorithm?: A | undefined },
    options?: CallOptions,
  ): Promise<KeyConf<A, OptionsOf<P[N]>>>;

  // use
  /** A self-describing ciphertext: header, then the provider's own bytes. `TOO_LARGE` above the row's limit. */
  encrypt<A extends Algorithm>(
    key: KeyFor<"encrypt", A>,
    plaintext: Bytes,
    associatedData?: StringMap,
    options?: CallOptions,
  ): Promise<OwnedBytes>;
  /** `DECRYPTION_FAILED`, opaque, for anything wrong in the ciphertext, the associated data or the key for it. */
  decrypt<A extends Algorithm>(
    key: KeyFor<"decrypt", A>,
    ciphertext: Bytes,
    associatedData?: StringMap,
    options?: ProcessOptions,
  ): Promise<OwnedBytes>;
  /**
   * A ciphertext made without this library, by the vendor's own SDK. `UNSUPPORTED` for a `keyVersion` where the provider
   * finds it by itself. To a provider a wrapped data key is a ciphertext like others: a handle that is restricted to
   * `decrypt` opens it here, without `unwrapDataKey`.
   */
  decryptNative<A extends Algorithm>(
    key: KeyFor<"decrypt", A>,
    providerCiphertext: Bytes,
    associatedData?: StringMap,
    options?: ProcessOptions & { readonly keyVersion?: string | undefined },
  ): Promise<OwnedBytes>;
  sign<A extends Algorithm>(key: KeyFor<"sign", A>, message: Bytes, options?: CallOptions): Promise<Signature>;
  /** False only when the signature is wrong. Bare bytes are checked against `keyVersion`, or every version that the handle pins, newest first. Local verification reads no state. */
  verify<A extends Algorithm>(
    key: KeyFor<"verify", A>,
    message: Bytes,
    signature: Signature | Bytes,
    options?: ProcessOptions & { readonly keyVersion?: string | undefined },
  ): Promise<boolean>;
  generateMac<A extends Algorithm>(key: KeyFor<"generateMac", A>, message: Bytes, options?: CallOptions): Promise<Mac>;
  verifyMac<A extends Algorithm>(
    key: KeyFor<"verifyMac", A>,
    message: Bytes,
    mac: Mac | Bytes,
    options?: ProcessOptions & { readonly keyVersion?: string | undefined },
  ): Promise<boolean>;
  /** @experimental */
  wrapKey<A extends Algorithm>(key: KeyFor<"wrapKey", A>, material: Bytes, options?: CallOptions): Promise<OwnedBytes>;
  /** @experimental */
  unwrapKey<A extends Algorithm>(
    key: KeyFor<"unwrapKey", A>,
    wrapped: Bytes,
    options?: ProcessOptions,
  ): Promise<OwnedBytes>;
  generateDataKey<A extends Algorithm>(
    key: KeyFor<"generateDataKey", A>,
    lengthBytes: 16 | 24 | 32,
    associatedData?: StringMap,
    options?: CallOptions,
  ): Promise<DataKey>;
  wrapDataKey<A extends Algorithm>(
    key: KeyFor<"wrapDataKey", A>,
    plaintext: Bytes,
    associatedData?: StringMap,
    options?: CallOptions,
  ): Promise<EncryptedDataKey>;
  unwrapDataKey<A extends Algorithm>(
    key: KeyFor<"unwrapDataKey", A>,
    encrypted: EncryptedDataKey,
    associatedData?: StringMap,
    options?: ProcessOptions,
  ): Promise<OwnedBytes>;
  /** The raw secret never leaves: HKDF with the caller's `info` is applied. */
  deriveSharedSecret<A extends Algorithm>(
    key: KeyFor<"deriveSharedSecret", A>,
    peerSpki: Bytes,
    kdf: Derivation,
    options?: CallOptions,
  ): Promise<OwnedBytes>;
  /** @experimental */
  encapsulate<A extends Algorithm>(
    key: KeyFor<"encapsulate", A>,
    kdf: Derivation,
    options?: CallOptions,
  ): Promise<{ readonly secret: OwnedBytes; readonly ciphertext: OwnedBytes }>;
  /** @experimental */
  decapsulate<A extends Algorithm>(
    key: KeyFor<"decapsulate", A>,
    ciphertext: Bytes,
    kdf: Derivation,
    options?: ProcessOptions,
  ): Promise<OwnedBytes>;

  // life
  /** A new version that protects from now on; the answered handle pins it. The old version still reads. */
  rotateKey<A extends Algorithm>(key: KeyHandle<A>, options?: CallOptions): Promise<KeyHandle<A>>;
  /** Where a provider cannot rotate a type: a new key that records what it replaces. */
  replaceKey<A extends Algorithm>(key: KeyHandle<A>, options?: CallOptions): Promise<KeyHandle<A>>;
  /** To Suspended. */
  disableKey(key: KeyHandle, options?: TransitionOptions): Promise<Transition>;
  /** From Suspended. */
  enableKey(key: KeyHandle, options?: TransitionOptions): Promise<Transition>;
  /** KMIP Revoke: `key-compromise` leads to Compromised, every other reason to Deactivated. There is no way back. */
  revokeKey(
    key: KeyHandle,
    reason: RevocationReason,
    options?: CallOptions & { readonly occurredAt?: Date | undefined; readonly keyVersion?: string | undefined },
  ): Promise<Transition>;
  scheduleDestruction(
    key: KeyHandle,
    options?: TransitionOptions & { readonly windowDays?: number | undefined },
  ): Promise<Transition>;
  /** Ends in Suspended, never Active. */
  cancelDestruction(key: KeyHandle, options?: TransitionOptions): Promise<Transition>;
  /** Reads that the key is gone; `NOT_READY` before it is. */
  getDestructionReceipt(
    key: KeyHandle,
    options?: CallOptions & { readonly keyVersion?: string | undefined },
  ): Promise<DestructionReceipt>;

  // the instance
  supports(query: {
    readonly provider: keyof P & string;
    readonly operation: Operation;
    readonly algorithm?: Algorithm | undefined;
    readonly protection?: Protection | undefined;
  }): Support;
  capabilities(provider: keyof P & string): Capabilities;
  health(options?: CallOptions): Promise<Readonly<Record<keyof P & string, ProviderHealth>>>;
  /** The same instance, acting for somebody: the actor stands in every audit event and reaches `authorize`. Shares everything; closing either closes both. */
  withActor(actor: string): Kms<P>;
  close(): Promise<void>;
}
