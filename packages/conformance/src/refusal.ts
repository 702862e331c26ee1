import type { CapabilityRow, CryptoOperation, KeyHandle, KmsError, KmsErrorCode, Operation } from "@kms/core";
import { algorithms, fits } from "./algorithms.ts";
import { check, equal, refuses } from "./assertions.ts";
import type { Context } from "./context.ts";
import { provider } from "./session.ts";
import { attempt } from "./use.ts";

/** Like `refuses`, and neither the driver nor its back end has been called. */
export async function refusesUncalled(
  context: Context,
  work: () => unknown,
  codes: KmsErrorCode | readonly KmsErrorCode[],
  what: string,
): Promise<KmsError> {
  const atDoor = context.door.calls().length;
  const onWire = context.harness.calls?.();
  const error = await refuses(work, codes, what);
  equal(context.door.calls().length, atDoor, `${what}: calls of the driver`);
  equal(context.harness.calls?.(), onWire, `${what}: requests to the back end`);
  equal(error.outcome, "none", `${what}: outcome`);
  return error;
}

/** Runs the work over every row that claims all of these uses, each with the shared key; shows the refusal where none does. */
export async function forEachClaim(
  context: Context,
  claimed: CryptoOperation | readonly CryptoOperation[],
  work: (key: KeyHandle, row: CapabilityRow) => Promise<void>,
): Promise<void> {
  const wanted: readonly CryptoOperation[] = typeof claimed === "string" ? [claimed] : claimed;
  await overRows(context, context.rows(...wanted), wanted, work);
}

/** Like `forEachClaim`, over some of the rows that claim the uses. */
export async function overRows(
  context: Context,
  rows: readonly CapabilityRow[],
  wanted: readonly CryptoOperation[],
  work: (key: KeyHandle, row: CapabilityRow) => Promise<void>,
): Promise<void> {
  for (const row of rows) {
    context.note("claimed");
    await work(await context.key(row), row);
  }
  if (rows.length > 0) return;
  const unclaimed = wanted.filter((operation) => context.rows(operation).length === 0);
  for (const operation of unclaimed.length > 0 ? unclaimed : wanted) await showUseRefused(context, operation);
}

/** Shows that a use is refused for every type of key that does not claim it, and keys of its purpose where there are none. */
export async function showUseRefused(context: Context, operation: CryptoOperation): Promise<void> {
  const { kms, manifest } = context;
  const claimed = manifest.rows.some((row) => operation in row.operations);
  check(
    !claimed || context.rows(operation).length > 0,
    `${operation} is claimed by rows without generateKey alone: the suite has no key to show it with`,
  );
  context.note("refused");
  const rows = context.rows().filter((row) => !(operation in row.operations));
  for (const row of rows) {
    const code = fits(row.algorithm, operation) ? "UNSUPPORTED" : "INVALID_ARGUMENT";
    const key = await context.key(row);
    await refusesUncalled(context, () => attempt(kms, key, operation), code, `${operation} with ${row.algorithm}`);
  }
  for (const algorithm of algorithms.filter((each) => fits(each, operation))) {
    if (manifest.rows.some((row) => row.algorithm === algorithm)) continue;
    check(!kms.supports({ provider, operation, algorithm }).ok, `supports says yes to ${operation} with ${algorithm}`);
    await refusesUncalled(
      context,
      () => kms.generateKey(provider, { algorithm }),
      "UNSUPPORTED",
      `a key for ${algorithm}`,
    );
  }
}

/** Shows that an operation on keys that no row claims is refused for one key of each type. */
export async function showRefused(
  context: Context,
  operation: Operation,
  work: (key: KeyHandle) => unknown,
  codes: KmsErrorCode | readonly KmsErrorCode[] = "UNSUPPORTED",
): Promise<void> {
  context.note("refused");
  check(!context.kms.supports({ provider, operation }).ok, `supports says yes to ${operation}`);
  for (const row of context.rows()) {
    const key = await context.key(row);
    await refusesUncalled(context, () => work(key), codes, `${operation} of ${row.algorithm}`);
  }
}
