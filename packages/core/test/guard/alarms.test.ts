import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Alarms } from "../../src/guard/alarms.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("alarms", () => {
  it("ring each at its time and once, in whatever order they were set", () => {
    const alarms = new Alarms();
    const rung: string[] = [];
    for (const [name, ms] of [
      ["c", 300],
      ["a", 100],
      ["b", 200],
      ["also b", 200],
    ] as const) {
      alarms.set(performance.now() + ms, () => rung.push(name));
    }
    vi.advanceTimersByTime(99);
    expect(rung).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(rung).toEqual(["a"]);
    vi.advanceTimersByTime(150);
    expect(rung).toEqual(["a", "b", "also b"]);
    vi.advanceTimersByTime(10_000);
    expect(rung).toEqual(["a", "b", "also b", "c"]);
  });

  it("do not ring once they were taken back, and leave the others theirs", () => {
    const alarms = new Alarms();
    const rung: string[] = [];
    const take = alarms.set(performance.now() + 100, () => rung.push("taken back"));
    alarms.set(performance.now() + 200, () => rung.push("kept"));
    take();
    take();
    vi.advanceTimersByTime(200);
    expect(rung).toEqual(["kept"]);
  });

  it("use one timer for all, and none when all have rung", () => {
    const alarms = new Alarms();
    for (let ms = 1_000; ms > 0; ms -= 1) alarms.set(performance.now() + ms, () => undefined);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("can be set by one that rings, sooner or later than those that wait", () => {
    const alarms = new Alarms();
    const rung: string[] = [];
    alarms.set(performance.now() + 100, () => {
      alarms.set(performance.now() + 50, () => rung.push("sooner"));
      alarms.set(performance.now() + 500, () => rung.push("later"));
    });
    alarms.set(performance.now() + 200, () => rung.push("waiting"));
    vi.advanceTimersByTime(1_000);
    expect(rung).toEqual(["sooner", "waiting", "later"]);
  });

  it("wait longer than a timer of Node can", () => {
    const alarms = new Alarms();
    let rung = 0;
    alarms.set(performance.now() + 2 ** 31 + 5_000, () => (rung += 1));
    vi.advanceTimersByTime(2 ** 31);
    expect(rung).toBe(0);
    vi.advanceTimersByTime(5_001);
    expect(rung).toBe(1);
  });

  it.each([
    ["lets a process end while nobody waits", "take()", 0],
    ["keeps a process that waits until it rings", "", 7],
  ])("%s", (_title, then, status) => {
    const source = new URL("../../src/guard/alarms.ts", import.meta.url).href;
    const program = `import { Alarms } from "${source}"; const alarms = new Alarms();
      const take = alarms.set(performance.now() + 300, () => process.exit(7)); take(); const again = alarms.set(performance.now() + 400, () => process.exit(7));
      ${then.replace("take", "again")}`;
    const run = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program]);
    expect(run.status).toBe(status);
  });
});
