import type { DestructionReceipt, Finding, Revocation } from "./results.ts";
import type { Algorithm, Bytes, Origin, Protection, StringMap } from "./words.ts";

/** The guard reads the clock, drivers never: Pre-activation follows from `notBefore`, Deactivated from `notAfter`; `process-only` is for a provider that says so by a state. */
export type NativeState =
  | "pending"
  | "enabled"
  | "process-only"
  | "disabled"
  | "compromised"
  | "destruction-scheduled"
  | "destroyed"
  | "unavailable"
  | "failed";
/** One version, as the provider says it. `publicKey` is SPKI. */
export interface VersionRecord {
  readonly version: string;
  readonly native: NativeState;
  readonly createdAt?: Date | undefined;
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
  readonly destroyAt?: Date | undefined;
  readonly publicKey?: Bytes | undefined;
  readonly failure?: string | undefined;
}
/**
 * A key, as the provider says it. `versions` oldest first, each once. Texts are not empty and dates are valid, else no handle
 * is made over it: `UNKNOWN`.
 */
export interface KeyRecord<O = unknown> {
  readonly id: string;
  /** The provider's own type name. */
  readonly native: string;
  /** More than one where the provider binds only the type. */
  readonly algorithms: readonly Algorithm[];
  readonly protection: Protection;
  readonly protectionDetail?: string | undefined;
  readonly origin: Origin;
  readonly exportable: boolean;
  readonly state: NativeState;
  readonly currentVersion: string | undefined;
  readonly versions: readonly VersionRecord[];
  readonly versionsComplete: boolean;
  /** The caller's, without tags of the driver's own. */
  readonly labels: StringMap;
  readonly revocation?: Revocation | undefined;
  /** Whole days; 0 where nothing destroyed is kept. */
  readonly destructionWindowDays?: number | undefined;
  readonly rotateEveryDays?: number | undefined;
  readonly destroyAt?: Date | undefined;
  readonly createdAt?: Date | undefined;
  /** What only the driver sees: wider usage than the purpose needs, a size that cannot be read back. */
  readonly findings?: readonly Finding[] | undefined;
  /** What can be read back of them; a driver without options is `KmsDriver<A, never>`. */
  readonly options?: O | undefined;
}
/** An entry of a driver's list. */
export interface DriverListing {
  readonly id: string;
  readonly labels?: StringMap | undefined;
  readonly algorithms?: readonly Algorithm[] | undefined;
  readonly state?: NativeState | undefined;
  readonly createdAt?: Date | undefined;
}
/** `version`: the one that this rotation made, pending or not: the guard waits for it, then promotes it. undefined: not named yet (AWS); the guard waits until `currentVersion` is no longer the record's. */
export interface Rotated<O> {
  readonly record: KeyRecord<O>;
  readonly version: string | undefined;
}
/** A cancelled destruction may still read `destruction-scheduled`: the guard asks again, and disables what came back enabled. */
export interface Changed<O> {
  readonly record: KeyRecord<O>;
  readonly unfinished: readonly { readonly version: string; readonly cause: unknown }[];
}
/** What was erased, and how far that reaches (`crypto-rules` 15). */
export interface CompletedDestruction<O> {
  readonly record: KeyRecord<O>;
  readonly level: DestructionReceipt["level"];
  readonly mayRemain: readonly string[];
}
