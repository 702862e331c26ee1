import { check, equal, present, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { neverMade } from "../hostile.ts";
import { dayMs } from "../life.ts";
import { lifeRows } from "../life-operations.ts";
import { refusesUncalled } from "../refusal.ts";
import { claimedUses, perform, protectAll } from "../use.ts";

/** Scheduled destruction, cancelled and completed. */
export const destructionCases: readonly Case[] = [
  {
    id: "destruction/cancel-ends-suspended",
    title: "a cancelled destruction ends in Suspended, and only enableKey leads on to Active",
    shows: "requirements 68; design.md §3.4",
    isolated: true,
    run: cancelEndsSuspended,
  },
  {
    id: "destruction/cancel-leaves-others",
    title: "cancelling the destruction of one version of a key leaves its other versions as they were",
    shows: "requirements 68; design.md §3.4",
    isolated: true,
    run: cancelLeavesOthers,
  },
  {
    id: "destruction/window",
    title: "a destruction waits as long as it was told to, within the provider's window",
    shows: "requirements 68; contract-fit.md §1: destruction window",
    isolated: true,
    run: destructionWindow,
  },
  {
    id: "destruction/receipt",
    title: "a receipt of destruction is NOT_READY before the end, and afterwards names the key and what may remain",
    shows: "requirements 6, 70; crypto-rules.md 15",
    isolated: true,
    run: receipt,
  },
  {
    id: "destruction/receipt-of-no-version",
    title: "a receipt of destruction is refused for a version that never was, before and after the key's own end",
    shows: "requirements 6, 70: a receipt says that something was destroyed",
    isolated: true,
    run: receiptOfNoVersion,
  },
];

async function cancelEndsSuspended(context: Context): Promise<void> {
  const { kms } = context;
  for (const row of await lifeRows(context, "scheduleDestruction", "cancelDestruction")) {
    const key = await context.freshKey(row);
    const earlier = await protectAll(context, key);
    await kms.scheduleDestruction(key);
    equal((await kms.cancelDestruction(key)).state, "suspended", `state after cancelling ${row.algorithm}`);
    const uses = claimedUses(context, key);
    for (const operation of uses.filter((name) => row.operations[name] !== "local")) {
      await refuses(
        () => perform(kms, { key, operation, earlier }),
        "INVALID_STATE",
        `${operation} after a cancelled destruction`,
      );
    }
    if (!("enableKey" in row.operations)) continue;
    equal((await kms.enableKey(key)).state, "active", `state of ${row.algorithm} enabled again`);
    context.harness.clock.advance(context.manifest.disableVisibleWithinMs ?? 0);
    for (const operation of uses) await perform(kms, { key, operation, earlier });
  }
}

async function cancelLeavesOthers(context: Context): Promise<void> {
  const { kms, manifest } = context;
  for (const row of await lifeRows(context, "rotateKey", "scheduleDestruction", "cancelDestruction")) {
    const key = await context.freshKey(row);
    const [first] = (await kms.describeKey(key)).versions;
    const { keyVersion } = present(first, "no version");
    const schedule = (): Promise<unknown> => kms.scheduleDestruction(key, { keyVersion });
    if (manifest.unit.destroy === "key") {
      await refusesUncalled(context, schedule, ["UNSUPPORTED"], "destroying one version where the key is the unit");
      continue;
    }
    const rotated = await kms.rotateKey(key);
    await schedule();
    await kms.cancelDestruction(rotated);
    const found = (await kms.describeKey(rotated)).versions.map(({ state }) => state);
    equal(found.join(), "suspended,active", `states of the versions of ${row.algorithm} after cancelling`);
    await protectAll(context, rotated);
  }
}

async function destructionWindow(context: Context): Promise<void> {
  const { kms, harness, manifest } = context;
  const { chosen, minimumDays, maximumDays } = manifest.destructionWindow;
  for (const row of await lifeRows(context, "scheduleDestruction")) {
    if (chosen !== "per-call") {
      const key = await context.key(row);
      const work = (): unknown => kms.scheduleDestruction(key, { windowDays: maximumDays });
      await refusesUncalled(context, work, ["INVALID_ARGUMENT", "UNSUPPORTED"], "a window that no call chooses");
      continue;
    }
    for (const windowDays of [minimumDays, maximumDays]) {
      const key = await context.freshKey(row);
      const { destroyAt } = await kms.scheduleDestruction(key, { windowDays });
      const days = (present(destroyAt, "no destruction date").getTime() - harness.clock.now()) / dayMs;
      check(Math.abs(days - windowDays) < 1.01, `a window of ${windowDays} days ends after ${days}`);
    }
    const key = await context.freshKey(row);
    for (const windowDays of [minimumDays - 1, maximumDays + 1, -1]) {
      const work = (): unknown => kms.scheduleDestruction(key, { windowDays });
      await refusesUncalled(context, work, ["INVALID_ARGUMENT", "UNSUPPORTED"], `a window of ${windowDays} days`);
    }
    equal((await kms.describeKey(key)).state, "active", "the state after refused windows");
  }
}

async function receipt(context: Context): Promise<void> {
  const { kms, harness } = context;
  for (const row of await lifeRows(context, "scheduleDestruction", "getDestructionReceipt")) {
    const key = await context.freshKey(row);
    await refuses(() => kms.getDestructionReceipt(key), ["INVALID_STATE", "NOT_READY"], "a receipt for an Active key");
    const { destroyAt } = await kms.scheduleDestruction(key);
    await refuses(() => kms.getDestructionReceipt(key), "NOT_READY", "a receipt before the end");
    harness.clock.advance(present(destroyAt, "no destruction date").getTime() - harness.clock.now() + dayMs);
    const given = await kms.getDestructionReceipt(key);
    equal(given.keyId, key.keyId, "the key that the receipt names");
    check(given.token.length > 0, "the receipt is not sealed");
    check(given.confirmedAt instanceof Date, "the receipt has no date");
    check(given.level !== "unrecoverable" || given.mayRemain.length === 0, "unrecoverable, and something may remain");
  }
}

async function receiptOfNoVersion(context: Context): Promise<void> {
  const { kms, harness } = context;
  for (const row of await lifeRows(context, "scheduleDestruction", "getDestructionReceipt")) {
    const key = await context.freshKey(row);
    const [first] = (await kms.describeKey(key)).versions;
    const names = neverMade(harness.driver, present(first, "no version").keyVersion);
    const refused = async (when: string): Promise<void> => {
      for (const keyVersion of names) {
        const work = (): unknown => kms.getDestructionReceipt(key, { keyVersion });
        await refuses(work, noReceipt, `a receipt for version ${keyVersion} of ${row.algorithm}, ${when}`);
      }
    };
    await refused("which is Active");
    const { destroyAt } = await kms.scheduleDestruction(key);
    await refused("whose destruction is scheduled");
    harness.clock.advance(present(destroyAt, "no destruction date").getTime() - harness.clock.now() + dayMs);
    await refused("which is due");
    await kms.getDestructionReceipt(key);
    await refused("which is destroyed");
  }
}

const noReceipt = ["NOT_FOUND", "NOT_READY", "INVALID_STATE", "INVALID_ARGUMENT", "UNSUPPORTED"] as const;
