import { describe, expect, it } from "vitest";
import { interleave, type Effort, type Side } from "../src/rounds.ts";

const effort: Effort = { rounds: 4, longestMs: 60_000, batchMs: 0, warmUpMs: 0 };

const recorder = (name: string, calls: string[]): Side => ({ kind: "sync", once: () => void calls.push(name) });

describe("interleaved rounds", () => {
  it("give each side one sample a round", async () => {
    const samples = await interleave({ ours: recorder("ours", []), baseline: recorder("baseline", []) }, effort);
    expect([samples.ours.length, samples.baseline.length]).toEqual([4, 4]);
  });

  it("let each side go first in every other round", async () => {
    const calls: string[] = [];
    await interleave({ ours: recorder("ours", calls), baseline: recorder("baseline", calls) }, effort);
    const afterWarmUp = calls.slice(2);
    expect(afterWarmUp.join(" ")).toBe("ours baseline baseline ours ours baseline baseline ours");
  });

  it("warm the sides up in turns, each until it has run long enough", async () => {
    const calls: string[] = [];
    const busy = (name: string, ms: number): Side => ({
      kind: "sync",
      once: () => {
        calls.push(name);
        for (const end = performance.now() + ms; performance.now() < end;);
      },
    });
    await interleave({ ours: busy("o", 4), baseline: busy("b", 1) }, { ...effort, rounds: 1, warmUpMs: 10 });
    const warmUp = calls.slice(0, -2).join("");
    expect(warmUp).toMatch(/^(?:ob)+$/);
    expect(warmUp.length).toBeGreaterThanOrEqual(2 * 3);
  });

  it("begin as many operations together as a side asks for", async () => {
    let running = 0;
    let most = 0;
    const once = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    };
    await interleave({ ours: { kind: "async", once, inFlight: 8 }, baseline: { kind: "async", once } }, effort);
    expect([most, running]).toEqual([8, 0]);
  });

  it("are no more than the time allows, and one at least", async () => {
    const sides = { ours: recorder("ours", []), baseline: recorder("baseline", []) };
    const samples = await interleave(sides, { ...effort, longestMs: 0 });
    expect(samples.ours.length).toBe(1);
  });

  it("fail when an operation fails", async () => {
    const once = async (): Promise<void> => {
      throw new Error("not done");
    };
    const failing = interleave({ ours: { kind: "async", once }, baseline: recorder("baseline", []) }, effort);
    await expect(failing).rejects.toThrow("not done");
  });
});
