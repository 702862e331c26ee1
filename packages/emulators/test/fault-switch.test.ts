import { describe, expect, it } from "vitest";
import { FaultSwitch } from "../src/fault-switch.ts";

const start = () =>
  new FaultSwitch<string>(
    new Set(["Read", "Write"]),
    (fault, operations) => fault !== "torn" || operations.includes("Write"),
  );

describe("a fault switch", () => {
  it("keeps a fault for a call that can have it", () => {
    const faults = start();
    faults.next("torn");
    faults.next("late");
    expect(["Read", "Write", "Write"].map((operation) => faults.take(operation)?.fault)).toEqual([
      "late",
      "torn",
      undefined,
    ]);
  });

  it("hands a fault that did not happen out again, before what stands behind it", () => {
    const faults = start();
    faults.next("torn");
    faults.next("late");
    faults.take("Write")?.putBack();
    expect([faults.take("Write")?.fault, faults.take("Write")?.fault]).toEqual(["torn", "late"]);
  });

  it("does not bring back what was cleared meanwhile", () => {
    const faults = start();
    faults.next("torn");
    const taken = faults.take("Write");
    faults.clear();
    taken?.putBack();
    expect(faults.take("Write")).toBeUndefined();
  });

  it("a standing fault stands once, whether or not it happened", () => {
    const faults = start();
    faults.always("late");
    faults.take("Read")?.putBack();
    faults.clear();
    expect(faults.take("Read")).toBeUndefined();
  });
});
