import fc from "fast-check";
import { AsyncLocalStorage } from "node:async_hooks";
import { linkSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import type * as fileSystem from "node:fs/promises";
import { createServer } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { lockName } from "../src/lock-chain.ts";
import { lockDirectory, type WriterLock } from "../src/writer-lock.ts";
import { codeOf, systemError, temporary, until } from "./fixture.ts";

type Before = () => Promise<void>;
/** What happens before a call of the file system, by whoever makes it. */
const contending = new AsyncLocalStorage<Before>();
const seam = vi.hoisted(() => ({ before: (): Promise<void> | undefined => undefined }));
seam.before = () => contending.getStore()?.();

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fileSystem>();
  const stepped = Object.entries(real).map(([name, call]: [string, unknown]) => [
    name,
    typeof call !== "function"
      ? call
      : async (...values: unknown[]): Promise<unknown> => {
          await seam.before();
          return Reflect.apply(call, real, values) as unknown;
        },
  ]);
  return Object.fromEntries(stepped) as typeof real;
});

/** A directory whose lock a killed process left. */
async function abandoned(): Promise<string> {
  const directory = temporary();
  await abandonLock(directory);
  return directory;
}

async function abandonLock(directory: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${directory}/its`, resolve));
  linkSync(`${directory}/its`, `${directory}/lock-deserted`);
  await new Promise((resolve) => server.close(resolve));
  symlinkSync("lock-deserted", `${directory}/${lockName}`);
}

/** Somebody who wants the lock, and goes on by one call of the file system at a time. */
interface Contender {
  /** Lets so many calls through; false where there were fewer. */
  readonly go: (calls: number) => Promise<boolean>;
  /** Lets every call through. */
  readonly finish: () => Promise<void>;
  /** Ends it where it is: its next call does not happen, and nobody listens behind its socket. */
  readonly end: () => Promise<void>;
  /** What it has got. */
  readonly lock: () => WriterLock | undefined;
}

function contender(directory: string): Contender {
  const waiting: { readonly goOn: () => void; readonly fail: (error: Error) => void }[] = [];
  let isOver = false;
  let lock: WriterLock | undefined;
  const before: Before = () => new Promise((goOn, fail) => waiting.push({ goOn, fail }));
  contending
    .run(before, () => lockDirectory(directory))
    .then((taken) => (lock = taken))
    .catch(() => undefined)
    .finally(() => (isOver = true));
  const nextCall = (): Promise<void> => until(() => isOver || waiting.length > 0);
  const go = async (calls: number): Promise<boolean> => {
    await nextCall();
    for (let call = 0; call < calls; call += 1) {
      if (isOver) return false;
      waiting.shift()?.goOn();
      await nextCall();
    }
    return true;
  };
  return {
    go,
    finish: async () => void (await go(Number.POSITIVE_INFINITY)),
    end: async () => {
      for (await nextCall(); !isOver; await nextCall()) waiting.shift()?.fail(systemError("EIO"));
    },
    lock: () => lock,
  };
}

const winners = (contenders: readonly Contender[]): WriterLock[] =>
  contenders.map(({ lock }) => lock()).filter((lock) => lock !== undefined);

/** Lets the locks go, and shows that the next one gets it. */
async function letGo(directory: string, locks: readonly WriterLock[]): Promise<void> {
  await Promise.all(locks.map((lock) => lock.release()));
  const next = await lockDirectory(directory);
  await next.release();
}

describe("an abandoned lock", () => {
  it("goes to one alone, wherever one is held up while a second and a third come by", async () => {
    let isWithin = true;
    for (let first = 0; isWithin; first += 1) {
      for (let second = 0; ; second += 1) {
        const directory = await abandoned();
        const [slow, other, third] = [contender(directory), contender(directory), contender(directory)];
        isWithin = await slow.go(first);
        await other.finish();
        const goesOn = await slow.go(second);
        await third.finish();
        await slow.finish();
        const won = winners([slow, other, third]);
        expect({ first, second, won: won.length }).toEqual({ first, second, won: 1 });
        expect(await won[0]?.isHeld()).toBe(true);
        await letGo(directory, won);
        if (!goesOn) break;
      }
    }
  });

  it("goes to one alone, wherever who takes it over is killed, and whoever was held up meanwhile", async () => {
    let isWithin = true;
    for (let first = 0; isWithin; first += 1) {
      for (let second = 0; ; second += 1) {
        const directory = await abandoned();
        const [slow, killed, third] = [contender(directory), contender(directory), contender(directory)];
        isWithin = await slow.go(first);
        const goesOn = await killed.go(second);
        await killed.end();
        await third.finish();
        await slow.finish();
        const won = winners([slow, killed, third]);
        expect({ first, second, won: won.length }).toEqual({ first, second, won: 1 });
        await letGo(directory, won);
        if (!goesOn) break;
      }
    }
  });

  it("goes to who came by a lock that has been killed at the front meanwhile, and to nobody who saw it come", async () => {
    const directory = await abandoned();
    const [first, second, late, fourth, fifth] = Array.from({ length: 5 }, () => contender(directory));
    await first?.go(5); // has put its name behind the abandoned lock
    await first?.end();
    await second?.go(8); // has put its own behind that, and looked at the front
    await late?.go(6); // has found the second one
    await second?.go(1); // has moved to the front
    await second?.end();
    await late?.go(3); // has put its name behind the second one
    await fourth?.go(4); // has found that name
    await late?.finish();
    await fourth?.go(4);
    await fifth?.finish();
    await fourth?.finish();
    expect(late?.lock()).toBeDefined();
    const won = winners([first, second, late, fourth, fifth].filter((one) => one !== undefined));
    expect(won).toHaveLength(1);
    await letGo(directory, won);
  });

  it("never goes to two, in whatever order five take their steps and some are killed", async () => {
    const step = fc.record({ who: fc.nat(4), calls: fc.integer({ min: 1, max: 6 }), isEnd: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (schedule) => {
        const directory = await abandoned();
        const all = Array.from({ length: 5 }, () => contender(directory));
        for (const { who, calls, isEnd } of schedule) {
          await all[who]?.go(calls);
          if (isEnd && calls === 6) await all[who]?.end();
        }
        for (const one of all) await one.finish();
        expect(winners(all).length).toBeLessThanOrEqual(1);
        await letGo(directory, winners(all));
      }),
      { numRuns: 60 },
    );
  });

  it("goes to one of eight that ask at once, every time", async () => {
    const directory = temporary();
    for (let round = 0; round < 200; round += 1) {
      await abandonLock(directory);
      const asked = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)));
      const won = asked.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      expect(won).toHaveLength(1);
      expect(await won[0]?.isHeld()).toBe(true);
      await won[0]?.release();
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  it("is not taken where its chain leads back to itself or to something else: nobody but a sink makes that", async () => {
    for (const leadsTo of ["lock-deserted", "elsewhere", "../lock-deserted"]) {
      const directory = await abandoned();
      symlinkSync(leadsTo, `${directory}/lock-deserted.next`);
      expect(await codeOf(() => lockDirectory(directory))).toBe("CONFLICT");
      rmSync(`${directory}/lock-deserted.next`);
      await letGo(directory, []);
    }
  });
});
