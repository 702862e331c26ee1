import { describe, expect, it } from "vitest";
import { conformanceClock } from "../src/index.ts";

describe("conformanceClock", () => {
  it("stands still until it is moved", () => {
    const clock = conformanceClock();
    const before = clock.now();
    clock.advance(1_000);
    expect(clock.now() - before).toBe(1_000);
  });

  it("wakes a long sleep only when it is moved far enough", async () => {
    const clock = conformanceClock();
    let awake = false;
    const sleeping = clock.sleep(60_000).then(() => (awake = true));
    clock.advance(59_999);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(awake).toBe(false);
    clock.advance(1);
    await sleeping;
    expect(awake).toBe(true);
  });

  it("moves by itself for a short pause", async () => {
    const clock = conformanceClock();
    const before = clock.now();
    await clock.sleep(250);
    expect(clock.now() - before).toBe(250);
  });

  it("ends a sleep with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const sleeping = conformanceClock().sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(conformanceClock().sleep(1, controller.signal)).rejects.toBe(reason);
  });
});
