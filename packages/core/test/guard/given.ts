import { expect } from "vitest";
import {
  createKms,
  hmacSealer,
  KmsError,
  type Algorithm,
  type Kms,
  type KmsErrorCode,
  type KmsErrorDetails,
  type KmsOptions,
  type Outcome,
} from "../../src/index.ts";
import type { KmsDriver } from "../../src/driver.ts";
import { TestClock } from "./fake-driver.ts";
// Loaded by the guard when they are first called: loaded here already, so that no test's clock runs ahead of a file.
import "../../src/guard/operations/agreement.ts";
import "../../src/guard/operations/data-keys.ts";
import "../../src/guard/operations/listing.ts";
import "../../src/guard/operations/receipts.ts";
import "../../src/guard/operations/replacing.ts";
import "../../src/guard/operations/rotation.ts";
import "../../src/guard/operations/wrapping.ts";
import "../../src/guard/operations/describing.ts";
import "../../src/guard/operations/exporting.ts";
import "../../src/guard/operations/keys.ts";
import "../../src/guard/operations/lifecycle.ts";
import "../../src/guard/operations/making.ts";
import "../../src/guard/sealing.ts";

/** A `Kms` over one driver under the name `it`. */
export type Single = Kms<{ readonly it: KmsDriver<Algorithm, never> }>;
type Options = Omit<KmsOptions<{ readonly it: KmsDriver<Algorithm, never> }>, "providers">;

export const data: Uint8Array<ArrayBuffer> = new TextEncoder().encode("a plaintext");
export const dayMs: number = 86_400_000;

/** An instance over a driver, with a clock that stands still until it is moved. */
export const given = (
  driver: KmsDriver<Algorithm, never>,
  options: Options & { readonly clock?: TestClock | undefined } = {},
): { readonly kms: Single; readonly clock: TestClock } => {
  const clock = options.clock ?? new TestClock();
  return { kms: createKms({ providers: { it: driver }, ...options, clock }), clock };
};

/** The `KmsError` that a promise rejects with; fails for anything else. */
export const failure = async (promise: Promise<unknown>): Promise<KmsError & KmsErrorDetails> => {
  const error: unknown = await promise.then(
    () => "nothing",
    (cause: unknown) => cause,
  );
  expect(KmsError.isInstance(error), `expected a KmsError, found ${String(error)}`).toBe(true);
  return error as KmsError;
};

/** The code of the `KmsError` that a promise rejects with. */
export const code = async (promise: Promise<unknown>): Promise<KmsErrorCode> => (await failure(promise)).code;

/** A vendor's error, which the fake drivers' table classifies by its members. */
export const vendor = (errorCode: KmsErrorCode, outcome: Outcome = "none", more: object = {}): Error =>
  Object.assign(new Error("vendor"), { code: errorCode, outcome, ...more });

/** A sealer under a key that every test shares. */
export const sealer: ReturnType<typeof hmacSealer> = hmacSealer({
  keys: [{ kid: "test", secret: new Uint8Array(32).fill(0x5a) }],
});

/** A promise that is settled by hand. */
export const gate = <T = void>(): { readonly promise: Promise<T>; readonly open: (value: T) => void } => {
  let open: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
};

/** Lets everything that is due in the queue of promises happen. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};
