import { expect } from "vitest";
import { KmsError, type KmsErrorDetails } from "../src/errors.ts";
import type { KmsErrorCode } from "../src/contract/words.ts";

/** The code of the `KmsError` that a call throws; fails when it throws nothing, or something else. */
export const codeOf = (call: () => unknown): KmsErrorCode => errorOf(call).code;

/** The `KmsError` that a call throws. */
export const errorOf = (call: () => unknown): KmsError & KmsErrorDetails => {
  let caught: unknown;
  try {
    call();
  } catch (error) {
    caught = error;
  }
  expect(KmsError.isInstance(caught), `expected a KmsError, found ${String(caught)}`).toBe(true);
  return caught as KmsError;
};
