import type { CapabilityRow, CryptoOperation, KeyHandle, ProcessOptions } from "@kms/core";
import { uses } from "./algorithms.ts";
import { equal, refuses } from "./assertions.ts";
import type { Context } from "./context.ts";
import { dayMs, reaches, stateOf, type Condition } from "./life.ts";
import { lifeRows } from "./life-operations.ts";
import { refusesUncalled } from "./refusal.ts";
import { oneOfEach } from "./rows.ts";
import { provider } from "./session.ts";
import { perform, type Protected } from "./use.ts";

/** One cell of the matrix of states and operations. */
export interface Cell {
  readonly row: CapabilityRow;
  readonly key: KeyHandle;
  readonly operation: CryptoOperation;
  readonly condition: Condition;
  readonly earlier: Protected;
}

/** Runs over one row of each kind whose keys come into the condition; shows what leads there refused where none do. */
export async function overConditions(
  context: Context,
  condition: Condition,
  work: (row: CapabilityRow) => Promise<void>,
): Promise<void> {
  const rows = oneOfEach(context.rows()).filter((row) => reaches(context, row, condition));
  for (const row of rows) {
    context.note("claimed");
    await work(row);
  }
  if (rows.length > 0) return;
  if (condition === "suspended") await lifeRows(context, "disableKey");
  else if (condition === "destruction-scheduled" || condition === "destroyed") {
    await lifeRows(context, "scheduleDestruction");
  } else await showUnsupportedStates(context);
}

/** Shows one cell: what the state allows works, everything else is `INVALID_STATE` with that state. */
export async function showCell(context: Context, { row, key, operation, condition, earlier }: Cell): Promise<void> {
  const what = `${operation} with ${row.algorithm}, ${condition}`;
  const work = (options?: ProcessOptions): Promise<void> => perform(context.kms, { key, operation, earlier }, options);
  const accepting = (state: "suspended" | "compromised"): ProcessOptions => ({
    accept: { state, reason: "conformance" },
  });
  // What runs here under a pinned public key reads no state (design.md §3.4).
  if (condition === "active" || row.operations[operation] === "local") return work();
  const { effect } = uses[operation];
  if (condition === "deactivated" && effect === "process") return work();
  const gone = condition === "destroyed" ? (["INVALID_STATE", "NOT_FOUND"] as const) : (["INVALID_STATE"] as const);
  const error = await refuses(() => work(), gone, what);
  if (error.code === "INVALID_STATE") equal(error.state, stateOf(condition), `${what}: the state in the error`);
  equal(error.outcome, "none", `${what}: outcome`);
  if (effect === "protect") return;
  for (const state of ["suspended", "compromised"] as const) {
    if (state === condition && context.expected.accept.includes(state)) await work(accepting(state));
    else await refuses(() => work(accepting(state)), gone, `${what}, accepting ${state}`);
  }
}

/** Shows that whatever would lead into a state that is not supported is refused. */
export async function showUnsupportedStates(context: Context): Promise<void> {
  const { kms, manifest, harness } = context;
  const later = new Date(harness.clock.now() + 30 * dayMs);
  for (const row of oneOfEach(context.rows())) {
    const conf = { algorithm: row.algorithm, protection: row.protection };
    const key = await context.key(row);
    const refused = (work: () => unknown, what: string): Promise<unknown> => {
      context.note("refused");
      return refusesUncalled(context, work, ["UNSUPPORTED", "INVALID_ARGUMENT"], `${what} of ${row.algorithm}`);
    };
    if (manifest.states["pre-activation"] === "unsupported") {
      await refused(() => kms.generateKey(provider, { ...conf, activateAt: later }), "activateAt");
    }
    if (manifest.states.deactivated === "unsupported") {
      await refused(() => kms.generateKey(provider, { ...conf, deactivateAt: later }), "deactivateAt");
      await refused(() => kms.revokeKey(key, "superseded"), "revokeKey");
    }
    if (manifest.states.compromised === "unsupported") {
      await refused(() => kms.revokeKey(key, "key-compromise"), "revokeKey");
    }
    if (manifest.states.suspended === "unsupported") await refused(() => kms.disableKey(key), "disableKey");
  }
}
