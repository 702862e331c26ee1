import { describe, expect, it } from "vitest";
import { nextCondition, permits, transitions, type Condition, type LifecycleEvent } from "../../src/keys/states.ts";
import { conditionOf, nativeState, versionState } from "../../src/driver.ts";

const conditions = Object.keys(transitions) as readonly Condition[];
const events: readonly LifecycleEvent[] = [
  ...(["activate", "disable", "enable", "deactivate", "compromise"] as const),
  ...(["schedule-destruction", "cancel-destruction", "destroy"] as const),
];

describe("the matrix of states", () => {
  it("has no way back to Active from Deactivated, Compromised or Destroyed", () => {
    for (const from of ["deactivated", "compromised", "destroyed"] as const) {
      for (const event of events) expect(nextCondition(from, event)).not.toBe("active");
    }
  });

  it("knows, after Destroyed, only that a compromise is recorded", () => {
    expect(events.filter((event) => nextCondition("destroyed", event) !== undefined)).toEqual([
      "compromise",
      "destroy",
    ]);
    expect(nextCondition("destroyed", "compromise")).toBe("destroyed");
  });

  it("ends a cancelled destruction in Suspended, never in Active", () => {
    expect(nextCondition("destruction-scheduled", "cancel-destruction")).toBe("suspended");
    expect(nextCondition("destruction-scheduled", "enable")).toBeUndefined();
  });

  it("lets whoever is not Active protect nothing, and read only what is allowed", () => {
    const reading = (accept?: "suspended" | "compromised"): readonly Condition[] =>
      conditions.filter((condition) => permits(condition, "process", accept));
    expect(conditions.filter((condition) => permits(condition, "protect"))).toEqual(["active"]);
    expect(conditions.filter((condition) => permits(condition, "protect", "suspended"))).toEqual(["active"]);
    expect(reading()).toEqual(["active", "deactivated"]);
    expect(reading("suspended")).toEqual(["active", "suspended", "deactivated"]);
    expect(reading("compromised")).toEqual(["active", "deactivated", "compromised"]);
  });
});

describe("a version's state by date", () => {
  const from = new Date(1_000);
  const until = new Date(2_000);
  it("is Pre-activation before notBefore and Deactivated from notAfter on, to the millisecond", () => {
    const version = { native: "enabled", notBefore: from, notAfter: until } as const;
    const at = [999, 1_000, 1_999, 2_000].map((now) => versionState(version, now));
    expect(at).toEqual(["pre-activation", "active", "active", "deactivated"]);
  });

  it("is what the provider says where it is not enabled, whatever the dates", () => {
    expect(conditionOf({ native: "disabled", notAfter: from }, 5_000)).toBe("suspended");
    expect(conditionOf({ native: "destruction-scheduled" }, 0)).toBe("destruction-scheduled");
    expect(nativeState("destruction-scheduled")).toBe("suspended");
    expect(nativeState("failed")).toBe("destroyed");
  });
});
