import type { CapabilityRow, CryptoOperation, KeyHandle, ProcessOptions } from "@kms/core";
import { uses } from "../algorithms.ts";
import { check, equal, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { bring, dayMs, keyIn, reaches, stateOf, type Condition } from "../life.ts";
import { refusesUncalled, showRefused } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { provider } from "../session.ts";
import { claimedUses, perform, protectAll, type Protected } from "../use.ts";

/** One cell of the matrix of states and operations. */
interface Cell {
  readonly row: CapabilityRow;
  readonly key: KeyHandle;
  readonly operation: CryptoOperation;
  readonly condition: Condition;
  readonly earlier: Protected;
}

const matrixCase = (condition: Condition, title: string): Case => ({
  id: `states/${condition}`,
  title,
  shows: "requirements 2–6, 8, 68; design.md §3.4",
  isolated: true,
  run: (context) => matrix(context, condition),
});

export const stateCases: readonly Case[] = [
  matrixCase("active", "an Active key does everything that its row claims"),
  matrixCase("suspended", "a Suspended key protects nothing, and reads only what the caller accepts by name"),
  matrixCase("deactivated", "a Deactivated key protects nothing and reads what it protected"),
  matrixCase("compromised", "a Compromised key protects nothing, and reads only what the caller accepts by name"),
  matrixCase("destruction-scheduled", "a key whose destruction is scheduled does nothing, whatever the caller accepts"),
  matrixCase("destroyed", "a destroyed key does nothing, whatever the caller accepts"),
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
    id: "states/read-back",
    title: "describeKey says each state that a key was brought into",
    shows: "requirements 48; style.md §3.1",
    isolated: true,
    run: readBack,
  },
  {
    id: "states/unsupported",
    title: "a state that the manifest calls unsupported is refused before the driver is called",
    shows: "design.md §3.4: unsupported is the honest answer; crypto-rules.md 21",
    run: unsupported,
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
  {
    id: "states/one-version",
    title: "where versions have states of their own, disabling one leaves the others at work",
    shows: "design.md §3.4; contract-fit.md §1: unit of state",
    run: oneVersion,
  },
];

async function overConditions(
  context: Context,
  condition: Condition,
  work: (row: CapabilityRow) => Promise<void>,
): Promise<void> {
  const rows = oneOfEach(context.rows()).filter((row) => reaches(context, row, condition));
  for (const row of rows) {
    context.note("claimed");
    await work(row);
  }
  if (rows.length > 0) return;
  if (condition === "pre-activation") await unsupported(context);
  else if (condition === "suspended") await showRefused(context, "disableKey", (key) => context.kms.disableKey(key));
  else if (condition === "deactivated")
    await showRefused(context, "revokeKey", (key) => context.kms.revokeKey(key, "superseded"));
  else if (condition === "compromised") {
    await showRefused(context, "revokeKey", (key) => context.kms.revokeKey(key, "key-compromise"));
  } else await showRefused(context, "scheduleDestruction", (key) => context.kms.scheduleDestruction(key));
}

async function matrix(context: Context, condition: Condition): Promise<void> {
  await overConditions(context, condition, async (row) => {
    const key = await context.freshKey(row);
    const earlier = await protectAll(context, key);
    await bring(context, key, condition);
    for (const operation of claimedUses(context, key)) await cell(context, { row, key, operation, condition, earlier });
  });
}

async function cell(context: Context, { row, key, operation, condition, earlier }: Cell): Promise<void> {
  const what = `${operation} with ${row.algorithm}, ${condition}`;
  const work = (options?: ProcessOptions): Promise<void> => perform(context.kms, { key, operation, earlier }, options);
  const accepting = (state: "suspended" | "compromised"): ProcessOptions => ({
    accept: { state, reason: "conformance" },
  });
  // What runs here under a pinned public key reads no state (design.md §3.4).
  if (condition === "active" || row.operations[operation] === "local") return work();
  const { effect } = uses[operation];
  if (condition === "deactivated" && effect === "process") return work();
  const gone = condition === "destroyed" ? (["INVALID_STATE", "NOT_FOUND"] as const) : (["INVALID_STATE"] as const);
  const error = await refuses(() => work(), gone, what);
  if (error.code === "INVALID_STATE") equal(error.state, stateOf(condition), `${what}: the state in the error`);
  equal(error.outcome, "none", `${what}: outcome`);
  if (effect === "protect") return;
  for (const state of ["suspended", "compromised"] as const) {
    if (state === condition && context.expected.accept.includes(state)) await work(accepting(state));
    else await refuses(() => work(accepting(state)), gone, `${what}, accepting ${state}`);
  }
}

async function preActivation(context: Context): Promise<void> {
  await overConditions(context, "pre-activation", async (row) => {
    const key = await keyIn(context, row, "pre-activation");
    equal((await context.kms.describeKey(key)).state, "pre-activation", `state of ${row.algorithm}`);
    const earlier = { message: new Uint8Array(24), associatedData: undefined } as const;
    const nothing = {
      ciphertext: undefined,
      dataKey: undefined,
      signature: undefined,
      mac: undefined,
      wrapped: undefined,
    };
    const protecting = claimedUses(context, key).filter((operation) => uses[operation].effect === "protect");
    const native = protecting.filter((operation) => row.operations[operation] !== "local");
    for (const operation of native) {
      const work = (): unknown => perform(context.kms, { key, operation, earlier: { ...earlier, ...nothing } });
      const error = await refuses(work, "INVALID_STATE", `${operation} with ${row.algorithm} before its date`);
      equal(error.state, "pre-activation", "the state in the error");
    }
    context.harness.clock.advance(2 * dayMs);
    for (const operation of native) await perform(context.kms, { key, operation, earlier: { ...earlier, ...nothing } });
  });
}

async function deactivationDate(context: Context): Promise<void> {
  const { kms, harness, manifest } = context;
  if (manifest.states["deactivated"] === "unsupported") return unsupported(context);
  context.note("claimed");
  for (const row of oneOfEach(context.rows())) {
    const key = await context.freshKey(row, { deactivateAt: new Date(harness.clock.now() + 30 * dayMs) });
    const earlier = await protectAll(context, key);
    harness.clock.advance(31 * dayMs);
    for (const operation of claimedUses(context, key))
      await cell(context, { row, key, operation, condition: "deactivated", earlier });
    equal((await kms.describeKey(key)).state, "deactivated", `state of ${row.algorithm}`);
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

async function unsupported(context: Context): Promise<void> {
  const { kms, manifest, harness } = context;
  const later = new Date(harness.clock.now() + 30 * dayMs);
  for (const row of oneOfEach(context.rows())) {
    const conf = { algorithm: row.algorithm, protection: row.protection };
    const key = await context.key(row);
    const refused = (work: () => unknown, what: string): Promise<unknown> => {
      context.note("refused");
      return refusesUncalled(context, work, ["UNSUPPORTED", "INVALID_ARGUMENT"], `${what} of ${row.algorithm}`);
    };
    if (manifest.states["pre-activation"] === "unsupported") {
      await refused(() => kms.generateKey(provider, { ...conf, activateAt: later }), "activateAt");
    }
    if (manifest.states.deactivated === "unsupported") {
      await refused(() => kms.generateKey(provider, { ...conf, deactivateAt: later }), "deactivateAt");
      await refused(() => kms.revokeKey(key, "superseded"), "revokeKey");
    }
    if (manifest.states.compromised === "unsupported") {
      await refused(() => kms.revokeKey(key, "key-compromise"), "revokeKey");
    }
    if (manifest.states.suspended === "unsupported") await refused(() => kms.disableKey(key), "disableKey");
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

async function oneVersion(context: Context): Promise<void> {
  const rows = oneOfEach(context.rows("rotateKey", "disableKey")).filter(
    () => context.manifest.unit.disable === "version",
  );
  for (const row of rows) {
    context.note("claimed");
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
  if (rows.length > 0 || context.manifest.unit.disable === "version") return;
  for (const row of oneOfEach(context.rows("disableKey"))) {
    const key = await context.freshKey(row);
    const work = (): unknown => context.kms.disableKey(key, { keyVersion: "1" });
    await refusesUncalled(context, work, "UNSUPPORTED", "disabling one version where keys are the unit");
    context.note("refused");
  }
}
