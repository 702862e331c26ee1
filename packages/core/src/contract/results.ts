import type {
  Algorithm,
  Bytes,
  KmsErrorCode,
  Origin,
  OwnedBytes,
  Protection,
  RevocationReason,
  State,
  StringMap,
} from "./words.ts";
import type { Implementation } from "./capabilities.ts";

/** ECDSA signatures are DER (X9.62), Ed25519 64 bytes, RSA as long as the modulus. */
export interface Signature {
  readonly bytes: Bytes;
  readonly keyVersion: string;
  readonly algorithm: Algorithm;
}
/** A full-length HMAC and the key version that made it. */
export interface Mac {
  readonly bytes: Bytes;
  readonly keyVersion: string;
  readonly algorithm: Algorithm;
}
/** A public key as SubjectPublicKeyInfo (DER); `thumbprint` is RFC 7638 with SHA-256. */
export interface PublicKey {
  readonly spki: Bytes;
  readonly keyVersion: string;
  readonly algorithm: Algorithm;
  readonly thumbprint: string;
}
/** As the provider's own data-key format has it, so that an official SDK reads it. */
export interface EncryptedDataKey {
  readonly providerId: string;
  readonly providerInfo: Bytes;
  readonly ciphertext: Bytes;
}
/** A fresh data key in clear, and wrapped. Overwrite `plaintext` after use. */
export interface DataKey {
  readonly plaintext: OwnedBytes;
  readonly encrypted: EncryptedDataKey;
}

/** What the header of a ciphertext claims; nothing of it is proven until the ciphertext has been opened. */
export interface CiphertextDescription {
  readonly kind: string;
  readonly keyId: string;
  /** `null` where the provider picks the version and its own ciphertext embeds it. */
  readonly keyVersion: string | null;
  readonly algorithm: Algorithm;
  /** Opens with the vendor's own tools, given `providerAssociatedData`. */
  readonly providerCiphertext: Bytes;
}
/** One version of a key, as the provider says it now. */
export interface KeyVersionDescription {
  readonly keyVersion: string;
  readonly state: State;
  readonly createdAt?: Date | undefined;
  readonly destroyAt?: Date | undefined;
  readonly thumbprint?: string | undefined;
}
/** A key as the provider says it is at `asOf`. */
export interface KeyDescription {
  readonly provider: string;
  readonly kind: string;
  readonly keyId: string;
  readonly algorithm: Algorithm;
  readonly protection: Protection;
  readonly origin: Origin;
  readonly exportable: boolean;
  readonly state: State;
  readonly stateSource: "native" | "emulated";
  readonly asOf: Date;
  readonly currentVersion: string | null;
  readonly versions: readonly KeyVersionDescription[];
  readonly versionsComplete: boolean;
  readonly labels: StringMap;
  readonly createdAt?: Date | undefined;
  readonly destroyAt?: Date | undefined;
  readonly revocation?: Revocation | undefined;
  readonly findings: readonly Finding[];
}
/** A difference between the handle and what the provider says now, or a duty overdue. */
export interface Finding {
  readonly what: string;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  readonly severity: "info" | "warning" | "error";
}
/** An entry of a list; what it carries beside the id is said in the provider's manifest (`listing`). */
export interface KeyListing<A extends Algorithm = Algorithm> {
  readonly keyId: string;
  readonly labels?: StringMap | undefined;
  readonly algorithms?: readonly A[] | undefined;
  readonly state?: State | undefined;
  readonly createdAt?: Date | undefined;
}
/** Where a transition led. `unfinished`: versions that could not be changed yet; calling again finishes them. */
export interface Transition {
  readonly state: State;
  readonly destroyAt?: Date | undefined;
  readonly unfinished: readonly { readonly keyVersion: string; readonly code: KmsErrorCode }[];
}
/** Proof that a key is gone, and how far that reaches (`level`, `mayRemain`). `token` is sealed and verifies offline. */
export interface DestructionReceipt {
  readonly keyId: string;
  readonly level: "provider-reported" | "removed" | "generation-retired" | "unrecoverable";
  readonly confirmedAt: Date;
  readonly mayRemain: readonly string[];
  readonly token: string;
}
/** KMIP Revoke: when it was found out, and since when it holds. */
export interface Revocation {
  readonly reason: RevocationReason;
  readonly revokedAt: Date;
  readonly occurredAt: Date;
}
/** The answer of `supports`: how it is done, or why not and what to do instead. */
export interface Support {
  readonly ok: boolean;
  readonly implementation?: Implementation | undefined;
  readonly reason?: string | undefined;
  readonly instead?: string | undefined;
}
/** What a driver says of itself; `rollbackProtection` for own keys. */
export interface DriverHealth {
  readonly notes: readonly string[];
  /** The latest effective time is kept across processes, and a clock set back behind it is not believed (`crypto-rules` 26). */
  readonly keepsTime?: boolean | undefined;
  readonly rollbackProtection?:
    | "none"
    | { readonly monotonic: boolean; readonly cas: boolean; readonly independent: boolean }
    | undefined;
}
/** What a driver says of itself, whether it answered, and how long that took (milliseconds). */
export interface ProviderHealth extends DriverHealth {
  readonly ok: boolean;
  readonly latencyMs: number;
  readonly error?: KmsErrorCode | undefined;
}
