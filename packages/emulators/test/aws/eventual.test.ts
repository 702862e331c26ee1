import { describe, expect, it } from "vitest";
import { Eventual } from "../../src/aws/eventual.ts";

describe("Eventual", () => {
  it("shows a change when its time has come, and knows the latest before", () => {
    const value = new Eventual("a");
    value.set("b", { nowMs: 0, delayMs: 10 });
    expect([value.visible, value.latest]).toEqual(["a", "b"]);
    value.settle(9);
    expect(value.visible).toBe("a");
    value.settle(10);
    expect([value.visible, value.latest]).toEqual(["b", "b"]);
  });

  it("shows changes in the order they were made", () => {
    const value = new Eventual(0);
    for (const at of [1, 2, 3]) value.set(at, { nowMs: at, delayMs: 10 });
    const seen = [10, 11, 12, 13, 14].map((now) => {
      value.settle(now);
      return value.visible;
    });
    expect(seen).toEqual([0, 1, 2, 3, 3]);
  });

  it("has a change without delay overtake what was made before", () => {
    const value = new Eventual("a");
    value.set("b", { nowMs: 0, delayMs: 10 });
    value.set("c", { nowMs: 1, delayMs: 0 });
    expect(value.visible).toBe("c");
    value.settle(10);
    expect(value.visible).toBe("c");
  });

  it("takes undefined for a value like any other", () => {
    const value = new Eventual<string | undefined>("a");
    value.set(undefined, { nowMs: 0, delayMs: 10 });
    expect([value.visible, value.latest]).toEqual(["a", undefined]);
    value.settle(10);
    expect(value.visible).toBeUndefined();
  });
});
