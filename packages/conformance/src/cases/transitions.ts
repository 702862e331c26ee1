import type { CapabilityRow, KeyHandle, Kms, Operation, Transition } from "@kms/core";
import { check, equal, present, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { conditions, dayMs, keyIn, reaches, stateOf, type Condition } from "../life.ts";
import { refusesUncalled, showRefused } from "../refusal.ts";
import { oneOfEach, oneOfEachPurpose } from "../rows.ts";
import { claimedUses, perform, protectAll } from "../use.ts";

type Event = "disable" | "enable" | "deactivate" | "compromise" | "schedule" | "cancel";

/** NIST SP 800-57 Part 1 §7 as this suite reads it; what is not here is illegal. Repeating what already holds is no error. */
const legal: Readonly<Record<Condition, Readonly<Partial<Record<Event, Condition>>>>> = {
  "pre-activation": { compromise: "compromised", schedule: "destruction-scheduled" },
  active: {
    disable: "suspended",
    enable: "active",
    deactivate: "deactivated",
    compromise: "compromised",
    schedule: "destruction-scheduled",
  },
  suspended: {
    disable: "suspended",
    enable: "active",
    deactivate: "deactivated",
    compromise: "compromised",
    schedule: "destruction-scheduled",
  },
  deactivated: { deactivate: "deactivated", compromise: "compromised", schedule: "destruction-scheduled" },
  compromised: { compromise: "compromised", schedule: "destruction-scheduled" },
  "destruction-scheduled": { cancel: "suspended", compromise: "destruction-scheduled" },
  destroyed: {},
};

const events: Readonly<
  Record<Event, { readonly operation: Operation; readonly run: (kms: Kms, key: KeyHandle) => Promise<Transition> }>
> = {
  disable: { operation: "disableKey", run: (kms, key) => kms.disableKey(key) },
  enable: { operation: "enableKey", run: (kms, key) => kms.enableKey(key) },
  deactivate: { operation: "revokeKey", run: (kms, key) => kms.revokeKey(key, "superseded") },
  compromise: { operation: "revokeKey", run: (kms, key) => kms.revokeKey(key, "key-compromise") },
  schedule: { operation: "scheduleDestruction", run: (kms, key) => kms.scheduleDestruction(key) },
  cancel: { operation: "cancelDestruction", run: (kms, key) => kms.cancelDestruction(key) },
};
const eventNames: readonly Event[] = ["disable", "enable", "deactivate", "compromise", "schedule", "cancel"];

export const transitionCases: readonly Case[] = [
  {
    id: "transitions/legal",
    title: "every legal transition ends where SP 800-57 says, and describeKey agrees",
    shows: "requirements 7, 8; NIST SP 800-57 Part 1 §7",
    isolated: true,
    run: (context) => overCells(context, (cell) => legalCell(context, cell)),
  },
  {
    id: "transitions/illegal",
    title: "every illegal transition is INVALID_STATE with the state, and changes nothing",
    shows: "requirements 7, 8; design.md §3.4",
    isolated: true,
    run: (context) => overCells(context, (cell) => illegalCell(context, cell)),
  },
  {
    id: "transitions/cancel-ends-suspended",
    title: "a cancelled destruction ends in Suspended, and only enableKey leads on to Active",
    shows: "requirements 68; design.md §3.4",
    isolated: true,
    run: cancelEndsSuspended,
  },
  {
    id: "transitions/window",
    title: "a destruction waits as long as it was told to, within the provider's window",
    shows: "requirements 68; contract-fit.md §1: destruction window",
    isolated: true,
    run: destructionWindow,
  },
  {
    id: "transitions/receipt",
    title: "a receipt of destruction is NOT_READY before the end, and afterwards names the key and what may remain",
    shows: "requirements 6, 70; crypto-rules.md 15",
    isolated: true,
    run: receipt,
  },
  {
    id: "transitions/revocation",
    title: "a revocation keeps its reason and both dates",
    shows: "requirements 14, 15",
    isolated: true,
    run: revocation,
  },
  {
    id: "transitions/bad-arguments",
    title: "malformed arguments of a transition are refused before the driver is called",
    shows: "Foundation, bad input",
    run: badArguments,
  },
];

interface Cell {
  readonly row: CapabilityRow;
  readonly from: Condition;
  readonly event: Event;
}

async function overCells(context: Context, work: (cell: Cell) => Promise<void>): Promise<void> {
  const { states } = context.manifest;
  for (const row of oneOfEachPurpose(context.rows())) {
    for (const from of conditions.filter((condition) => reaches(context, row, condition))) {
      for (const event of eventNames) {
        if (!(events[event].operation in row.operations)) continue;
        if (event === "deactivate" && states.deactivated === "unsupported") continue;
        if (event === "compromise" && states.compromised === "unsupported") continue;
        context.note("claimed");
        await work({ row, from, event });
      }
    }
  }
  for (const event of eventNames) {
    const { operation, run } = events[event];
    if (context.rows(operation).length === 0) await showRefused(context, operation, (key) => run(context.kms, key));
  }
}

async function legalCell(context: Context, { row, from, event }: Cell): Promise<void> {
  const to = legal[from][event];
  if (to === undefined || from === "destroyed") return;
  const key = await keyIn(context, row, from);
  const answer = await events[event].run(context.kms, key);
  const what = `${event} of ${row.algorithm}, ${from}`;
  equal(answer.state, stateOf(to), `${what}: the answer's state`);
  equal(answer.unfinished.length, 0, `${what}: unfinished versions`);
  equal(answer.destroyAt !== undefined, to === "destruction-scheduled", `${what}: a destruction date in the answer`);
  const found = await context.kms.describeKey(key);
  equal(found.state, stateOf(to), `${what}: the state afterwards`);
  equal(found.destroyAt !== undefined, to === "destruction-scheduled", `${what}: a destruction date afterwards`);
}

async function illegalCell(context: Context, { row, from, event }: Cell): Promise<void> {
  if (legal[from][event] !== undefined) return;
  // A compromise found later is recorded (requirements 13), where the provider still has a record.
  if (from === "destroyed" && event === "compromise") return;
  const what = `${event} of ${row.algorithm}, ${from}`;
  const key = await keyIn(context, row, from);
  const gone = from === "destroyed" ? (["INVALID_STATE", "NOT_FOUND"] as const) : (["INVALID_STATE"] as const);
  const error = await refuses(() => events[event].run(context.kms, key), gone, what);
  equal(error.outcome, "none", `${what}: outcome`);
  if (error.code === "NOT_FOUND") return;
  equal(error.state, stateOf(from), `${what}: the state in the error`);
  if (from !== "destroyed")
    equal((await context.kms.describeKey(key)).state, stateOf(from), `${what}: the state afterwards`);
}

async function overDestructions(context: Context, work: (row: CapabilityRow) => Promise<void>): Promise<void> {
  const rows = oneOfEachPurpose(context.rows("scheduleDestruction"));
  if (rows.length === 0)
    await showRefused(context, "scheduleDestruction", (key) => context.kms.scheduleDestruction(key));
  for (const row of rows) {
    context.note("claimed");
    await work(row);
  }
}

async function cancelEndsSuspended(context: Context): Promise<void> {
  const { kms } = context;
  await overDestructions(context, async (row) => {
    const key = await context.freshKey(row);
    const earlier = await protectAll(context, key);
    await kms.scheduleDestruction(key);
    equal((await kms.cancelDestruction(key)).state, "suspended", `state after cancelling ${row.algorithm}`);
    const uses = claimedUses(context, key);
    for (const operation of uses.filter((name) => row.operations[name] !== "local")) {
      await refuses(
        () => perform(kms, { key, operation, earlier }),
        "INVALID_STATE",
        `${operation} after a cancelled destruction`,
      );
    }
    if (!("enableKey" in row.operations)) return;
    equal((await kms.enableKey(key)).state, "active", `state of ${row.algorithm} enabled again`);
    context.harness.clock.advance(context.manifest.disableVisibleWithinMs ?? 0);
    for (const operation of uses) await perform(kms, { key, operation, earlier });
  });
}

async function destructionWindow(context: Context): Promise<void> {
  const { kms, harness, manifest } = context;
  const { chosen, minimumDays, maximumDays } = manifest.destructionWindow;
  await overDestructions(context, async (row) => {
    if (chosen !== "per-call") return;
    for (const windowDays of [minimumDays, maximumDays]) {
      const key = await context.freshKey(row);
      const { destroyAt } = await kms.scheduleDestruction(key, { windowDays });
      const days = (present(destroyAt, "no destruction date").getTime() - harness.clock.now()) / dayMs;
      check(Math.abs(days - windowDays) < 1.01, `a window of ${windowDays} days ends after ${days}`);
    }
    const key = await context.freshKey(row);
    for (const windowDays of [minimumDays - 1, maximumDays + 1, -1]) {
      const work = (): unknown => kms.scheduleDestruction(key, { windowDays });
      await refusesUncalled(context, work, ["INVALID_ARGUMENT", "UNSUPPORTED"], `a window of ${windowDays} days`);
    }
    equal((await kms.describeKey(key)).state, "active", "the state after refused windows");
  });
}

async function receipt(context: Context): Promise<void> {
  const { kms, harness } = context;
  await overDestructions(context, async (row) => {
    if (!("getDestructionReceipt" in row.operations)) return;
    const key = await context.freshKey(row);
    await refuses(() => kms.getDestructionReceipt(key), ["INVALID_STATE", "NOT_READY"], "a receipt for an Active key");
    const { destroyAt } = await kms.scheduleDestruction(key);
    await refuses(() => kms.getDestructionReceipt(key), "NOT_READY", "a receipt before the end");
    harness.clock.advance(present(destroyAt, "no destruction date").getTime() - harness.clock.now() + dayMs);
    const given = await kms.getDestructionReceipt(key);
    equal(given.keyId, key.keyId, "the key that the receipt names");
    check(given.token.length > 0, "the receipt is not sealed");
    check(given.confirmedAt instanceof Date, "the receipt has no date");
    check(given.level !== "unrecoverable" || given.mayRemain.length === 0, "unrecoverable, and something may remain");
  });
}

async function revocation(context: Context): Promise<void> {
  const { kms, harness, manifest } = context;
  const rows = oneOfEach(context.rows("revokeKey"));
  if (rows.length === 0) await showRefused(context, "revokeKey", (key) => kms.revokeKey(key, "unspecified"));
  for (const row of rows) {
    context.note("claimed");
    if (manifest.states.compromised === "unsupported") return;
    const key = await context.freshKey(row);
    harness.clock.advance(10 * dayMs);
    const occurredAt = new Date(harness.clock.now() - 5 * dayMs);
    await kms.revokeKey(key, "key-compromise", { occurredAt });
    const kept = present((await kms.describeKey(key)).revocation, "the revocation is not kept");
    equal(kept.reason, "key-compromise", "the reason");
    equal(kept.occurredAt.getTime(), occurredAt.getTime(), "since when it holds");
    check(Math.abs(kept.revokedAt.getTime() - harness.clock.now()) < dayMs, "when it was found out");
  }
}

async function badArguments(context: Context): Promise<void> {
  for (const row of oneOfEach(context.rows("scheduleDestruction"))) {
    const key = await context.key(row);
    for (const windowDays of ["30", 1.5, Number.NaN, null]) {
      const work = (): unknown => attemptWith(context.kms, "scheduleDestruction", key, { windowDays });
      await refusesUncalled(context, work, "INVALID_ARGUMENT", `a window of ${String(windowDays)} days`);
    }
  }
  for (const row of oneOfEach(context.rows("revokeKey"))) {
    const key = await context.key(row);
    for (const reason of [undefined, null, "", "boredom", "__proto__", 1]) {
      const work = (): unknown => attemptWith(context.kms, "revokeKey", key, reason);
      await refusesUncalled(context, work, "INVALID_ARGUMENT", `the revocation reason ${String(reason)}`);
    }
  }
}
