import type { CapabilityRow, KeyHandle, Kms, Operation, Transition } from "@kms/core";
import { check, equal, present, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { conditions, dayMs, keyIn, reaches, stateOf, type Condition } from "../life.ts";
import { lifeRows } from "../life-operations.ts";
import { refusesUncalled, showRefused } from "../refusal.ts";
import { oneOfEachPurpose } from "../rows.ts";

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

/** Ways from one state to another, legal and not. */
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
    id: "transitions/revocation",
    title: "a revocation keeps its reason and both dates",
    shows: "requirements 14, 15",
    isolated: true,
    run: revocation,
  },
  {
    id: "transitions/bad-arguments",
    title: "malformed arguments of a transition are refused before the driver is called",
    shows: "design.md §3.7",
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
  if (from !== "destroyed") {
    equal((await context.kms.describeKey(key)).state, stateOf(from), `${what}: the state afterwards`);
  }
}

async function revocation(context: Context): Promise<void> {
  const { kms, harness, manifest } = context;
  for (const row of await lifeRows(context, "revokeKey")) {
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
  for (const row of await lifeRows(context, "scheduleDestruction")) {
    const key = await context.key(row);
    for (const windowDays of ["30", 1.5, Number.NaN, null]) {
      const work = (): unknown => attemptWith(context.kms, "scheduleDestruction", key, { windowDays });
      await refusesUncalled(context, work, "INVALID_ARGUMENT", `a window of ${String(windowDays)} days`);
    }
  }
  for (const row of await lifeRows(context, "revokeKey")) {
    const key = await context.key(row);
    for (const reason of [undefined, null, "", "boredom", "__proto__", 1]) {
      const work = (): unknown => attemptWith(context.kms, "revokeKey", key, reason);
      await refusesUncalled(context, work, "INVALID_ARGUMENT", `the revocation reason ${String(reason)}`);
    }
  }
}
