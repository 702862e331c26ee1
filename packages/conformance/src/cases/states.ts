import { equal, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { bring, keyIn, stateOf, type Condition } from "../life.ts";
import { lifeRows } from "../life-operations.ts";
import { refusesUncalled } from "../refusal.ts";
import { oneOfEach, quickRows } from "../rows.ts";
import { overConditions, showCell, showUnsupportedStates } from "../state-matrix.ts";
import { claimedUses, perform, protectAll } from "../use.ts";

const matrixCase = (condition: Condition, title: string): Case => ({
  id: `states/${condition}`,
  title,
  shows: "requirements 2–6, 8, 68; design.md §3.4",
  isolated: true,
  run: (context) => matrix(context, condition),
});

/** What each state of a key allows. */
export const stateCases: readonly Case[] = [
  matrixCase("active", "an Active key does everything that its row claims"),
  matrixCase("suspended", "a Suspended key protects nothing, and reads only what the caller accepts by name"),
  matrixCase("deactivated", "a Deactivated key protects nothing and reads what it protected"),
  matrixCase("compromised", "a Compromised key protects nothing, and reads only what the caller accepts by name"),
  matrixCase("destruction-scheduled", "a key whose destruction is scheduled does nothing, whatever the caller accepts"),
  matrixCase("destroyed", "a destroyed key does nothing, whatever the caller accepts"),
  {
    id: "states/read-back",
    title: "describeKey says each state that a key was brought into",
    shows: "requirements 48; style.md §3.1",
    isolated: true,
    run: readBack,
  },
  {
    id: "states/every-type",
    title: "a key of any type that can be disabled and destroyed obeys, and works again once it is enabled",
    shows: "requirements 3, 68; design.md §3.4: every algorithm that is claimed, not one of a kind",
    isolated: true,
    run: everyType,
  },
  {
    id: "states/unsupported",
    title: "a state that the manifest calls unsupported is refused before the driver is called",
    shows: "design.md §3.4: unsupported is the honest answer; crypto-rules.md 21",
    run: showUnsupportedStates,
  },
  {
    id: "states/acceptance",
    title: "acceptance of a state needs a state that exists and a reason",
    shows: "requirements 4, 5",
    run: acceptance,
  },
  {
    id: "states/seen-elsewhere",
    title: "another process that holds the handle stops protecting once the state can be seen",
    shows: "requirements 67: enforced within a stated bound",
    isolated: true,
    run: seenElsewhere,
  },
];

async function matrix(context: Context, condition: Condition): Promise<void> {
  await overConditions(context, condition, async (row) => {
    const key = await context.freshKey(row);
    const earlier = await protectAll(context, key);
    await bring(context, key, condition);
    for (const operation of claimedUses(context, key)) {
      await showCell(context, { row, key, operation, condition, earlier });
    }
  });
}

async function everyType(context: Context): Promise<void> {
  if ((await lifeRows(context, "disableKey")).length === 0) return;
  for (const row of quickRows(context.rows("disableKey"))) {
    const key = await context.freshKey(row);
    const earlier = await protectAll(context, key);
    const show = async (condition: Condition): Promise<void> => {
      for (const operation of claimedUses(context, key)) {
        await showCell(context, { row, key, operation, condition, earlier });
      }
    };
    await bring(context, key, "suspended");
    await show("suspended");
    if ("enableKey" in row.operations) {
      await context.kms.enableKey(key);
      context.harness.clock.advance(context.manifest.disableVisibleWithinMs ?? 0);
      await show("active");
    }
    if (!("scheduleDestruction" in row.operations)) continue;
    await bring(context, key, "destruction-scheduled");
    await show("destruction-scheduled");
  }
}

async function readBack(context: Context): Promise<void> {
  for (const condition of ["suspended", "deactivated", "compromised", "destruction-scheduled"] as const) {
    await overConditions(context, condition, async (row) => {
      const key = await keyIn(context, row, condition);
      const found = await context.kms.describeKey(key);
      equal(found.state, stateOf(condition), `state of ${row.algorithm}`);
      equal(
        found.destroyAt !== undefined,
        condition === "destruction-scheduled",
        `a destruction date while ${condition}`,
      );
      const source = context.manifest.states[condition === "destruction-scheduled" ? "suspended" : condition];
      if (source !== "unsupported") equal(found.stateSource, source, "the source of the state");
    });
  }
}

async function acceptance(context: Context): Promise<void> {
  const rows = oneOfEach(context.rows()).filter((row) => "decrypt" in row.operations || "verifyMac" in row.operations);
  for (const row of rows) {
    const key = await context.key(row);
    const earlier = await protectAll(context, key);
    const reason = "conformance";
    const bad = [
      null,
      "suspended",
      {},
      { state: "suspended" },
      { state: "suspended", reason: "" },
      { state: "active", reason },
    ];
    for (const accept of [...bad, { state: "destroyed", reason }, { state: "suspended", reason: 1 }]) {
      const work = (): unknown =>
        "decrypt" in row.operations
          ? attemptWith(context.kms, "decrypt", key, earlier.ciphertext, earlier.associatedData, { accept })
          : attemptWith(context.kms, "verifyMac", key, earlier.message, earlier.mac, { accept });
      await refusesUncalled(context, work, "INVALID_ARGUMENT", `the acceptance ${JSON.stringify(accept)}`);
    }
  }
}

async function seenElsewhere(context: Context): Promise<void> {
  await overConditions(context, "suspended", async (row) => {
    const key = await context.freshKey(row);
    const elsewhere = await context.elsewhere();
    const there = await context.carry(key, elsewhere);
    const earlier = await protectAll(context, there, elsewhere);
    await bring(context, key, "suspended");
    context.harness.clock.advance(60_001); // the default of maxStateAgeMs
    for (const operation of claimedUses(context, key)) {
      if (row.operations[operation] === "local") continue;
      const work = (): unknown => perform(elsewhere, { key: there, operation, earlier });
      await refuses(work, "INVALID_STATE", `${operation} with ${row.algorithm} elsewhere`);
    }
  });
}
