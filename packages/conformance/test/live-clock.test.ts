import { describe, expect, it } from "vitest";
import { liveClock } from "../src/index.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

describe("liveClock", () => {
  it("runs with this machine's clock, ahead of it by as much as it was moved", () => {
    const { clock, moved } = liveClock();
    expect(moved()).toBe(0);
    clock.advance(86_400_000);
    expect(moved()).toBe(86_400_000);
    const ahead = clock.now() - Date.now();
    expect(Math.abs(ahead - 86_400_000)).toBeLessThan(5_000);
  });

  it("wakes a sleep that it is moved past, and no other", async () => {
    const { clock } = liveClock();
    const awake: string[] = [];
    const controller = new AbortController();
    const short = clock.sleep(60_000).then(() => awake.push("a minute"));
    const long = clock.sleep(600_000, controller.signal).catch(() => awake.push("given up"));
    clock.advance(60_000);
    await short;
    await nextTurn();
    expect(awake).toEqual(["a minute"]);
    controller.abort(new Error("enough"));
    await long;
  });

  it("ends a sleep by itself when its time has passed, and with the signal's reason", async () => {
    const { clock } = liveClock();
    await clock.sleep(1);
    const reason = new Error("enough");
    await expect(clock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
