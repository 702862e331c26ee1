import { uses } from "../algorithms.ts";
import { check, equal, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { dayMs, keyIn } from "../life.ts";
import { lifeRows } from "../life-operations.ts";
import { refusesUncalled } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { overConditions, showCell, showUnsupportedStates } from "../state-matrix.ts";
import { attempt, claimedUses, perform, protectAll } from "../use.ts";

/** States that dates and single versions bring about. */
export const stateDateCases: readonly Case[] = [
  {
    id: "states/pre-activation",
    title: "a key protects nothing before its activation date, and everything from then on",
    shows: "requirements 2, 18",
    isolated: true,
    run: preActivation,
  },
  {
    id: "states/deactivation-date",
    title: "a key stops protecting at its deactivation date, without anybody's doing",
    shows: "requirements 18, 28",
    isolated: true,
    run: deactivationDate,
  },
  {
    id: "states/one-version",
    title: "where versions have states of their own, disabling one leaves the others at work",
    shows: "design.md §3.4; contract-fit.md §1: unit of state",
    run: oneVersion,
  },
];

async function preActivation(context: Context): Promise<void> {
  await overConditions(context, "pre-activation", async (row) => {
    const key = await keyIn(context, row, "pre-activation");
    equal((await context.kms.describeKey(key)).state, "pre-activation", `state of ${row.algorithm}`);
    const protecting = claimedUses(context, key).filter((operation) => uses[operation].effect === "protect");
    const native = protecting.filter((operation) => row.operations[operation] !== "local");
    for (const operation of native) {
      const work = (): unknown => attempt(context.kms, key, operation);
      const error = await refuses(work, "INVALID_STATE", `${operation} with ${row.algorithm} before its date`);
      equal(error.state, "pre-activation", "the state in the error");
    }
    context.harness.clock.advance(2 * dayMs);
    for (const operation of native) await attempt(context.kms, key, operation);
  });
}

async function deactivationDate(context: Context): Promise<void> {
  const { kms, harness, manifest } = context;
  if (manifest.states["deactivated"] === "unsupported") return showUnsupportedStates(context);
  context.note("claimed");
  for (const row of oneOfEach(context.rows())) {
    const key = await context.freshKey(row, { deactivateAt: new Date(harness.clock.now() + 30 * dayMs) });
    const earlier = await protectAll(context, key);
    harness.clock.advance(31 * dayMs);
    for (const operation of claimedUses(context, key)) {
      await showCell(context, { row, key, operation, condition: "deactivated", earlier });
    }
    equal((await kms.describeKey(key)).state, "deactivated", `state of ${row.algorithm}`);
  }
}

async function oneVersion(context: Context): Promise<void> {
  if (context.manifest.unit.disable === "key") return wholeKeysOnly(context);
  for (const row of await lifeRows(context, "rotateKey", "disableKey")) {
    const old = await context.freshKey(row);
    const first = (await context.kms.describeKey(old)).currentVersion ?? "";
    const earlier = await protectAll(context, old);
    const rotated = await context.kms.rotateKey(old);
    const later = await protectAll(context, rotated);
    await context.kms.disableKey(rotated, { keyVersion: first });
    context.harness.clock.advance(context.manifest.disableVisibleWithinMs ?? 0);
    for (const operation of claimedUses(context, old)) {
      await perform(context.kms, { key: rotated, operation, earlier: later });
      if (uses[operation].effect === "protect" || row.operations[operation] === "local") continue;
      const work = (): unknown => perform(context.kms, { key: rotated, operation, earlier });
      await refuses(work, "INVALID_STATE", `${operation} of what the disabled version of ${row.algorithm} protected`);
    }
    const states = (await context.kms.describeKey(rotated)).versions.map(({ state }) => state);
    check(states.includes("suspended") && states.includes("active"), `the versions' states are ${states.join(", ")}`);
  }
}

/** Where whole keys are the unit, one version alone cannot be disabled. */
async function wholeKeysOnly(context: Context): Promise<void> {
  for (const row of await lifeRows(context, "disableKey")) {
    const key = await context.freshKey(row);
    const work = (): unknown => context.kms.disableKey(key, { keyVersion: "1" });
    await refusesUncalled(context, work, "UNSUPPORTED", "disabling one version where keys are the unit");
  }
}
