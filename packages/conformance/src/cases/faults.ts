import { KmsError, type KeyHandle, type KmsErrorCode } from "@kms/core";
import { check, equal, present, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import type { Fault } from "../harness.ts";
import { collect } from "../hostile.ts";
import { oneOfEach } from "../rows.ts";
import { provider } from "../session.ts";

/** What the guard makes of each fault. */
const codes: Readonly<Record<Fault, readonly KmsErrorCode[]>> = {
  throttle: ["THROTTLED"],
  unavailable: ["UNAVAILABLE"],
  "lost-answer": ["UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED"],
};

/** A back end that fails. */
export const faultCases: readonly Case[] = [
  {
    id: "faults/reads-are-retried",
    title: "a read that is throttled or finds the back end out of order once is tried again and succeeds",
    shows: "design.md §3.7: the one retry policy; provider-bugs.md §2",
    isolated: true,
    run: (context) =>
      overFaults(context, ["throttle", "unavailable"], async (key, fault) => {
        const before = context.door.calls().length;
        breakNext(context, fault);
        equal((await context.kms.describeKey(key)).keyId, key.keyId, "the key described");
        context.door.intervene(undefined);
        check(
          context.door.calls().length > before + 1 || context.harness.fault !== undefined,
          "there was no second attempt",
        );
      }),
  },
  {
    id: "faults/without-retries",
    title: "each fault has its code, and a code that may be tried again says so",
    shows: "provider-bugs.md §2: each simulated fault → expected code and cause preserved",
    isolated: true,
    run: async (context) => {
      const kms = context.instance({ retries: 0 });
      await overFaults(context, ["throttle", "unavailable"], async (key, fault) => {
        const there = await context.carry(key, kms);
        breakNext(context, fault);
        const error = await refuses(() => kms.describeKey(there), codes[fault], fault);
        context.door.intervene(undefined);
        equal(error.retryable, true, `${fault}: whether to try again`);
        equal(error.outcome, "none", `${fault}: outcome`);
        if (context.harness.fault !== undefined) {
          check(error.cause !== undefined, `${fault}: the vendor's error is lost`);
        }
      });
    },
  },
  {
    id: "faults/mutations-are-not-retried",
    title: "a creation that fails is not tried again by itself, and says whether it may have happened",
    shows: "design.md §3.7; contract-fit.md §1: create has no idempotency token",
    isolated: true,
    run: async (context) => {
      const row = present(oneOfEach(context.rows())[0], "the driver makes no keys at all");
      for (const fault of ["throttle", "lost-answer"] as const) {
        const before = creations(context);
        breakNext(context, fault, "createKey");
        const conf = { algorithm: row.algorithm, protection: row.protection };
        const error = await refuses(() => context.kms.generateKey(provider, conf), codes[fault], fault);
        context.door.intervene(undefined);
        equal(creations(context), before + 1, `${fault}: creations`);
        equal(error.outcome, fault === "throttle" ? "none" : "unknown", `${fault}: outcome`);
        equal(error.retryable, fault === "throttle", `${fault}: whether to try again`);
      }
    },
  },
  {
    id: "faults/never-absence",
    title: "a fault never reads as absence: it is neither NOT_FOUND, nor an empty listing, nor false",
    shows: "style.md §3.1: every failure reads as absence",
    isolated: true,
    run: async (context) => {
      const kms = context.instance({ retries: 0 });
      await overFaults(context, ["throttle", "unavailable"], async (key, fault) => {
        const { algorithm } = key;
        breakNext(context, fault);
        await refuses(() => kms.getKey(provider, key.keyId, { algorithm }), codes[fault], `getKey, ${fault}`);
        if (kms.supports({ provider, operation: "listKeys" }).ok) {
          breakNext(context, fault);
          await refuses(() => collect(kms.listKeys(provider)), codes[fault], `listKeys, ${fault}`);
        }
        context.door.intervene(undefined);
      });
    },
  },
];

async function overFaults(
  context: Context,
  faults: readonly Fault[],
  work: (key: KeyHandle, fault: Fault) => Promise<void>,
): Promise<void> {
  const row = present(oneOfEach(context.rows())[0], "the driver makes no keys at all");
  for (const fault of faults) await work(await context.key(row), fault);
}

const creations = ({ door }: Context): number => door.calls().filter(({ name }) => name === "createKey").length;

/** Breaks the next request by the back end's own switch, or the driver's next call where it has none. */
function breakNext({ harness, door }: Context, fault: Fault, name?: string): void {
  if (harness.fault !== undefined) return harness.fault(fault);
  let broken = false;
  door.intervene((call, invoke) => {
    if (broken || (name !== undefined && call.name !== name)) return invoke();
    broken = true;
    return call.name === "listKeys" ? brokenListing(fault) : brokenAnswer(fault, invoke);
  });
}

async function* brokenListing(fault: Fault): AsyncGenerator<never> {
  yield await brokenAnswer(fault, () => undefined);
}

async function brokenAnswer(fault: Fault, invoke: () => unknown): Promise<never> {
  if (fault === "lost-answer") await invoke();
  throw new KmsError(fault === "throttle" ? "THROTTLED" : "UNAVAILABLE", "The suite broke this call.", {
    outcome: fault === "lost-answer" ? "unknown" : "none",
  });
}
