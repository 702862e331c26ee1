import type { KeyHandle } from "@kms/core";
import { check, equal, present, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { dayMs } from "../life.ts";
import { refusesUncalled } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { provider } from "../session.ts";
import { attempt, claimedUses, perform, protectAll } from "../use.ts";

/** Cancellation and deadlines. */
export const controlCases: readonly Case[] = [
  {
    id: "control/already-aborted",
    title: "a call whose signal is aborted already is CANCELLED before the driver is called",
    shows: "design.md §3.7; style.md §4: every async call takes an AbortSignal",
    run: (context) =>
      overKeys(context, async (key) => {
        const { kms } = context;
        const options = { signal: AbortSignal.abort() };
        for (const operation of claimedUses(context, key)) {
          await refusesUncalled(context, () => attempt(kms, key, operation, options), "CANCELLED", operation);
        }
        await refusesUncalled(context, () => kms.describeKey(key, options), "CANCELLED", "describeKey");
        const conf = { algorithm: key.algorithm, protection: key.protection };
        await refusesUncalled(context, () => kms.generateKey(provider, conf, options), "CANCELLED", "generateKey");
      }),
  },
  {
    id: "control/aborted-during",
    title: "aborting a call ends it with CANCELLED though the driver never answers, and the driver sees the signal",
    shows: "design.md §3.7: the guard races every call",
    run: (context) => overKeys(context, (key) => abortedDuring(context, key)),
  },
  {
    id: "control/deadline",
    title: "a call ends with DEADLINE_EXCEEDED at its deadline though the driver never answers",
    shows: "design.md §3.7: timeoutMs covers the whole call",
    run: (context) => overKeys(context, (key) => deadline(context, key)),
  },
  {
    id: "control/lost-mutation",
    title: "a mutation whose answer is not waited for has the outcome unknown, and is not tried again",
    shows: "design.md §3.7: a lost race on a mutation is outcome: unknown and is never retried",
    run: lostMutation,
  },
  {
    id: "control/late-answer",
    title: "an answer that comes after the deadline is dropped, and the next call is none the worse",
    shows: "design.md §3.7",
    run: (context) => overKeys(context, (key) => lateAnswer(context, key)),
  },
];

const overKeys = async (context: Context, work: (key: KeyHandle) => Promise<void>): Promise<void> => {
  for (const row of oneOfEach(context.rows())) await work(await context.key(row));
};

const never = new Promise<never>(() => undefined);

/** From now on the driver answers nothing; resolves when it is first called. */
function silence({ door }: Context): { readonly called: Promise<unknown>; readonly names: readonly string[] } {
  const names: string[] = [];
  const called = new Promise<unknown>((resolve) => {
    door.intervene(({ name, given }) => {
      names.push(name);
      resolve(given.at(-1));
      return never;
    });
  });
  return { called, names };
}

async function abortedDuring(context: Context, key: KeyHandle): Promise<void> {
  const controller = new AbortController();
  const { called } = silence(context);
  const describing = context.kms.describeKey(key, { signal: controller.signal });
  const call = await called;
  const signal: unknown = typeof call === "object" && call !== null && "signal" in call ? call.signal : undefined;
  check(signal instanceof AbortSignal, "the driver was given no signal");
  equal(signal.aborted, false, "whether the driver's signal is aborted before the caller's");
  controller.abort();
  const error = await refuses(() => describing, "CANCELLED", "describeKey");
  equal(error.outcome, "none", "the outcome of a read");
  equal(signal.aborted, true, "whether the driver's signal is aborted");
  context.door.intervene(undefined);
  await context.kms.describeKey(key);
}

async function deadline(context: Context, key: KeyHandle): Promise<void> {
  const { called } = silence(context);
  const describing = context.kms.describeKey(key, { timeoutMs: 20_000 });
  await called;
  context.harness.clock.advance(20_001);
  const error = await refuses(() => describing, "DEADLINE_EXCEEDED", "describeKey");
  equal(error.retryable, true, "whether to try a read again");
  context.door.intervene(undefined);
  await context.kms.describeKey(key);
}

async function lostMutation(context: Context): Promise<void> {
  const row = present(oneOfEach(context.rows())[0], "the driver makes no keys at all");
  const { called, names } = silence(context);
  const conf = { algorithm: row.algorithm, protection: row.protection };
  const making = context.kms.generateKey(provider, conf, { timeoutMs: 20_000 });
  await called;
  context.harness.clock.advance(20_001);
  const error = await refuses(() => making, "DEADLINE_EXCEEDED", "generateKey");
  context.door.intervene(undefined);
  const creations = names.filter((name) => name === "createKey").length;
  check(creations <= 1, "the creation was tried again");
  equal(error.outcome, creations === 0 ? "none" : "unknown", "the outcome of a creation that nobody waited for");
  equal(error.retryable, creations === 0, "whether to try it again");
}

async function lateAnswer(context: Context, key: KeyHandle): Promise<void> {
  const { kms, door, harness } = context;
  let answer: (() => void) | undefined;
  const begun = new Promise<void>((resolve) => {
    door.intervene(async (_, invoke) => {
      const result = await invoke();
      resolve();
      await new Promise<void>((release) => (answer = release));
      return result;
    });
  });
  const describing = kms.describeKey(key, { timeoutMs: 20_000 });
  await begun;
  harness.clock.advance(dayMs);
  await refuses(() => describing, "DEADLINE_EXCEEDED", "describeKey");
  door.intervene(undefined);
  answer?.();
  const earlier = await protectAll(context, key);
  for (const operation of claimedUses(context, key)) await perform(kms, { key, operation, earlier });
}
