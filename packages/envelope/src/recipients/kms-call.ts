import type { CallOptions, KeyHandle, Kms, ProcessOptions, StringMap } from "@kms/core";
import type { WrapRequest } from "./recipient.ts";

/** What stands behind a recipient that is a key of a provider. */
export interface KmsKey {
  readonly kms: Kms;
  readonly key: KeyHandle;
  readonly accept: ProcessOptions["accept"];
  /** RSA keys bind none, and none is passed for them. */
  readonly bindsAssociatedData: boolean;
}

/** The associated data that the provider is given: a plain object, frozen. */
export const entriesFor = ({ bindsAssociatedData }: KmsKey, { associatedData }: WrapRequest): StringMap | undefined =>
  bindsAssociatedData ? associatedData : undefined;

/** The options of a call that protects. */
export const within = ({ signal, remainingMs }: WrapRequest): CallOptions => ({ signal, timeoutMs: remainingMs() });

/** The options of a call that reads. */
export const reading = ({ accept }: KmsKey, request: WrapRequest): ProcessOptions =>
  accept === undefined ? within(request) : { ...within(request), accept };
