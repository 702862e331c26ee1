import type { NativeState, VersionRecord } from "../contract/record.ts";
import type { State } from "../contract/words.ts";

/** A state, or the time between a scheduled destruction and its end, which reads as Suspended beside `destroyAt`. */
export type Condition = State | "destruction-scheduled";

/** What moves a key or a version from one condition to another. */
export type LifecycleEvent =
  | "activate"
  | "disable"
  | "enable"
  | "deactivate"
  | "compromise"
  | "schedule-destruction"
  | "cancel-destruction"
  | "destroy";

/**
 * NIST SP 800-57 Part 1 §7, transitions 2–15, with two liberties: repeating what already holds changes nothing and is no
 * error (so that half-finished work can be finished), and a compromise found later is recorded (transition 14, and after
 * Destroyed). A missing cell is an illegal transition. There is no way from Deactivated or Compromised to Active.
 */
export const transitions: Readonly<Record<Condition, Readonly<Partial<Record<LifecycleEvent, Condition>>>>> = {
  "pre-activation": {
    activate: "active",
    compromise: "compromised",
    "schedule-destruction": "destruction-scheduled",
    destroy: "destroyed",
  },
  active: {
    activate: "active",
    disable: "suspended",
    enable: "active",
    deactivate: "deactivated",
    compromise: "compromised",
    "schedule-destruction": "destruction-scheduled",
    destroy: "destroyed",
  },
  suspended: {
    disable: "suspended",
    enable: "active",
    deactivate: "deactivated",
    compromise: "compromised",
    "schedule-destruction": "destruction-scheduled",
    destroy: "destroyed",
  },
  deactivated: {
    deactivate: "deactivated",
    compromise: "compromised",
    "schedule-destruction": "destruction-scheduled",
    destroy: "destroyed",
  },
  compromised: {
    compromise: "compromised",
    "schedule-destruction": "destruction-scheduled",
    destroy: "destroyed",
  },
  // A cancelled destruction ends in Suspended, or in Deactivated or Compromised where the key came from there.
  "destruction-scheduled": {
    compromise: "destruction-scheduled",
    "cancel-destruction": "suspended",
    destroy: "destroyed",
  },
  destroyed: { compromise: "destroyed", destroy: "destroyed" },
};

/** Where an event leads from a condition; undefined when the transition is illegal. */
export const nextCondition = (from: Condition, event: LifecycleEvent): Condition | undefined =>
  transitions[from][event];

/**
 * May a key in this condition protect (encrypt, sign, wrap, make a MAC) or process (decrypt, verify, unwrap)?
 * Processing in Suspended and Compromised needs the caller's `accept` of exactly that state; a scheduled destruction is
 * not opened by it (SP 800-57 Part 1 §7; `requirements` 2–6).
 */
export function permits(
  condition: Condition,
  effect: "protect" | "process",
  accept?: "suspended" | "compromised" | undefined,
): boolean {
  if (condition === "active") return true;
  if (effect === "protect") return false;
  if (condition === "deactivated") return true;
  return (condition === "suspended" || condition === "compromised") && condition === accept;
}

const conditions: Readonly<Record<NativeState, Condition>> = {
  pending: "pre-activation",
  enabled: "active",
  "process-only": "deactivated",
  disabled: "suspended",
  unavailable: "suspended",
  compromised: "compromised",
  "destruction-scheduled": "destruction-scheduled",
  destroyed: "destroyed",
  failed: "destroyed",
};

/** The condition of a version at a time: an enabled one is Pre-activation before `notBefore`, Deactivated from `notAfter` on. */
export function conditionOf(
  version: Pick<VersionRecord, "native" | "notBefore" | "notAfter">,
  nowMs: number,
): Condition {
  const condition = conditions[version.native];
  if (condition !== "active") return condition;
  if (version.notBefore !== undefined && nowMs < version.notBefore.getTime()) return "pre-activation";
  if (version.notAfter !== undefined && nowMs >= version.notAfter.getTime()) return "deactivated";
  return "active";
}

/** The state that a condition reads as. */
export const stateOf = (condition: Condition): State =>
  condition === "destruction-scheduled" ? "suspended" : condition;

/** The state of a version at a time. */
export const versionState = (version: Pick<VersionRecord, "native" | "notBefore" | "notAfter">, nowMs: number): State =>
  stateOf(conditionOf(version, nowMs));

/** The state that a native state reads as, dates aside. */
export const nativeState = (native: NativeState): State => stateOf(conditions[native]);
