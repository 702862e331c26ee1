import { KmsError, type KmsErrorCode } from "@kms/core";

/** A case found the adapter, or the guard over it, doing something else than the rule says. */
export class CaseFailure extends Error {
  override readonly name: string = "CaseFailure";
}

/** Fails the case with a sentence unless the condition holds. */
export function check(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new CaseFailure(sentence);
}

/** The value, or a failed case where there is none. */
export function present<T>(value: T | undefined | null, sentence: string): T {
  if (value === undefined || value === null) throw new CaseFailure(sentence);
  return value;
}

/** Fails unless both are the same by `Object.is`. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  check(Object.is(actual, expected), `${what}: expected ${String(expected)}, found ${String(actual)}`);
}

/** Fails unless both have the same bytes in the same order. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  check(areSame(actual, expected), `${what}: the bytes differ (${actual.length} and ${expected.length} of them)`);
}

/** Fails when both have the same bytes. */
export function differentBytes(actual: Uint8Array, other: Uint8Array, what: string): void {
  check(!areSame(actual, other), `${what}: the bytes are the same`);
}

/** Whether both have the same bytes; not in constant time, for results of tests only. */
export function areSame(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at += 1) if (left[at] !== right[at]) return false;
  return true;
}

/** Fails unless the work is refused with a `KmsError` of one of these codes, which it answers. */
export async function refuses(
  work: () => unknown,
  codes: KmsErrorCode | readonly KmsErrorCode[],
  what: string,
): Promise<KmsError> {
  const error = await thrownBy(work, what);
  if (!KmsError.isInstance(error)) {
    throw new CaseFailure(`${what}: refused, but not by a KmsError`, { cause: error });
  }
  const allowed: readonly KmsErrorCode[] = typeof codes === "string" ? [codes] : codes;
  if (!allowed.includes(error.code)) {
    throw new CaseFailure(`${what}: expected ${allowed.join(" or ")}, found ${error.code}`, { cause: error });
  }
  return error;
}

/** What the work throws or rejects with; fails the case when it does neither. */
export async function thrownBy(work: () => unknown, what: string): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new CaseFailure(`${what}: it was accepted`);
}
