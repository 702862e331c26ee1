import type { CapabilityRow, KeyHandle, Operation, State } from "@kms/core";
import { CaseFailure } from "./assertions.ts";
import type { Context } from "./context.ts";

/** Milliseconds in a day. */
export const dayMs = 86_400_000;

/** A state, or the time between a scheduled destruction and its end. */
export type Condition = State | "destruction-scheduled";

/** Every condition, in the order of a key's life. */
export const conditions: readonly Condition[] = [
  "pre-activation",
  "active",
  "suspended",
  "deactivated",
  "compromised",
  "destruction-scheduled",
  "destroyed",
];

/** The state that a condition reads as. */
export const stateOf = (condition: Condition): State =>
  condition === "destruction-scheduled" ? "suspended" : condition;

/** Which operation of a row leads to the condition; nothing where a key is made in it. */
const leads: Readonly<Record<Condition, readonly Operation[]>> = {
  "pre-activation": [],
  active: [],
  suspended: ["disableKey"],
  deactivated: ["revokeKey"],
  compromised: ["revokeKey"],
  "destruction-scheduled": ["scheduleDestruction"],
  destroyed: ["scheduleDestruction", "getDestructionReceipt"],
};

/** Whether keys of this row come into this condition here. */
export function reaches({ manifest }: Context, row: CapabilityRow, condition: Condition): boolean {
  if (condition in manifest.states && manifest.states[condition as keyof typeof manifest.states] === "unsupported") {
    return false;
  }
  return leads[condition].every((operation) => operation in row.operations);
}

/** What brings a key, Active until now, into the condition; then waits until that must be visible. */
export async function bring(context: Context, key: KeyHandle, condition: Condition): Promise<void> {
  await steps[condition](context, key);
  context.harness.clock.advance(context.manifest.disableVisibleWithinMs ?? 0);
}

const scheduled = async ({ kms }: Context, key: KeyHandle): Promise<Date> => {
  const { destroyAt } = await kms.scheduleDestruction(key);
  if (destroyAt === undefined) throw new CaseFailure("a scheduled destruction says no date");
  return destroyAt;
};

const steps: Readonly<Record<Condition, (context: Context, key: KeyHandle) => Promise<unknown>>> = {
  "pre-activation": async () => undefined,
  active: async () => undefined,
  suspended: ({ kms }, key) => kms.disableKey(key),
  deactivated: ({ kms }, key) => kms.revokeKey(key, "superseded"),
  compromised: ({ kms }, key) => kms.revokeKey(key, "key-compromise"),
  "destruction-scheduled": scheduled,
  destroyed: async (context, key) => {
    const { kms, harness } = context;
    const destroyAt = await scheduled(context, key);
    harness.clock.advance(Math.max(0, destroyAt.getTime() - harness.clock.now()) + dayMs);
    await kms.getDestructionReceipt(key);
  },
};

/** A fresh key in the condition. */
export async function keyIn(context: Context, row: CapabilityRow, condition: Condition): Promise<KeyHandle> {
  const activateAt = new Date(context.harness.clock.now() + dayMs);
  const key = await context.freshKey(row, condition === "pre-activation" ? { activateAt } : {});
  await bring(context, key, condition);
  return key;
}
