import type { ActionConfig, CapabilityRow, KeyHandle } from "@kms/core";
import { fits } from "../algorithms.ts";
import { equal, refuses, sameBytes } from "../assertions.ts";
import { random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { dayMs } from "../life.ts";
import { overRows, refusesUncalled } from "../refusal.ts";
import { authenticatedRows, oneOfEach } from "../rows.ts";
import { attempt, claimedUses, perform, protectAll } from "../use.ts";

/** Handles that allow less. */
export const restrictionCases: readonly Case[] = [
  {
    id: "restriction/operations",
    title: "a handle restricted to one operation does it, and is refused for every other before the driver is called",
    shows: "design.md §1: config can only narrow; requirements 34",
    run: (context) => overKeys(context, (key) => oneOperation(context, key)),
  },
  {
    id: "restriction/never-widens",
    title: "a second restriction never gives back what the first took away",
    shows: "contract: ActionConfig: nothing widens it again",
    run: (context) => overKeys(context, (key) => neverWidens(context, key)),
  },
  {
    id: "restriction/sealed",
    title: "a restriction travels inside the sealed handle",
    shows: "design.md §3.5: part of the handle's claims",
    run: (context) =>
      overKeys(context, async (key) => {
        const nothing = context.kms.restrictKey(key, { operations: [] });
        const there = context.instance();
        const opened = await context.carry(nothing, there);
        for (const operation of claimedUses(context, key)) {
          await refusesUncalled(context, () => attempt(there, opened, operation), "POLICY_VIOLATION", operation);
        }
      }),
  },
  {
    id: "restriction/required-associated-data",
    title:
      "a handle that requires associated data refuses what lacks it or has another value before the driver is called",
    shows: "contract: ActionConfig.requiredAssociatedData",
    run: (context) =>
      overRows(context, authenticatedRows(context.rows("encrypt", "decrypt")), ["encrypt", "decrypt"], (key) =>
        requiredData(context, key),
      ),
  },
  {
    id: "restriction/not-after",
    title: "a handle restricted in time is refused afterwards before the driver is called",
    shows: "contract: ActionConfig.notAfter",
    isolated: true,
    run: async (context) => {
      const { clock } = context.harness;
      await overKeys(context, async (key) => {
        const short = context.kms.restrictKey(key, { notAfter: new Date(clock.now() + dayMs) });
        const earlier = await protectAll(context, short);
        const uses = claimedUses(context, key);
        for (const operation of uses) await perform(context.kms, { key: short, operation, earlier });
        clock.advance(dayMs + 1);
        for (const operation of uses) {
          const work = (): unknown => perform(context.kms, { key: short, operation, earlier });
          await refusesUncalled(context, work, "POLICY_VIOLATION", `${operation} afterwards`);
          await perform(context.kms, { key, operation, earlier });
        }
      });
    },
  },
  {
    id: "restriction/malformed",
    title: "a malformed restriction is refused, as is an operation that the key's purpose does not have",
    shows: "design.md §3.7; design.md §9: no option accepted and then ignored",
    run: (context) =>
      overKeys(context, async (key, row) => {
        const foreign = fits(row.algorithm, "sign") ? "encrypt" : "sign";
        const bad: readonly unknown[] = [
          null,
          undefined,
          [],
          "encrypt",
          { operations: "encrypt" },
          { operations: ["none"] },
          { operations: ["__proto__"] },
          { operations: [foreign] },
          { operation: ["decrypt"] },
          { requiredAssociatedData: { tenant: 1 } },
          { requiredAssociatedData: ["tenant"] },
          { verifyAt: "home" },
          { notAfter: 0 },
          { notAfter: new Date(Number.NaN) },
        ];
        for (const config of bad) {
          const work = async (): Promise<unknown> => attemptWith(context.kms, "restrictKey", key, config);
          await refusesUncalled(context, work, "INVALID_ARGUMENT", `the restriction ${JSON.stringify(config)}`);
        }
      }),
  },
];

async function overKeys(context: Context, work: (key: KeyHandle, row: CapabilityRow) => Promise<void>): Promise<void> {
  for (const row of oneOfEach(context.rows())) await work(await context.key(row), row);
}

async function oneOperation(context: Context, key: KeyHandle): Promise<void> {
  const earlier = await protectAll(context, key);
  const uses = claimedUses(context, key);
  for (const allowed of uses) {
    const restricted = context.kms.restrictKey(key, { operations: [allowed] });
    equal(restricted.keyId, key.keyId, "the key of a restricted handle");
    await perform(context.kms, { key: restricted, operation: allowed, earlier });
    for (const operation of uses) {
      if (operation === allowed) continue;
      const work = (): unknown => perform(context.kms, { key: restricted, operation, earlier });
      await refusesUncalled(context, work, "POLICY_VIOLATION", `${operation} on a handle for ${allowed}`);
    }
  }
}

async function neverWidens(context: Context, key: KeyHandle): Promise<void> {
  const uses = claimedUses(context, key);
  const [allowed, ...others] = uses;
  if (allowed === undefined) return;
  const narrow = context.kms.restrictKey(key, { operations: [allowed] });
  const wider: readonly ActionConfig[] = [{}, { operations: uses }, { operations: others }, { operations: undefined }];
  for (const config of wider) {
    const again = await refusedOr(() => context.kms.restrictKey(narrow, config));
    if (again === undefined) continue;
    for (const operation of others) {
      await refusesUncalled(
        context,
        () => attempt(context.kms, again, operation),
        "POLICY_VIOLATION",
        `${operation} given back`,
      );
    }
  }
}

async function refusedOr(work: () => KeyHandle): Promise<KeyHandle | undefined> {
  try {
    return work();
  } catch (error) {
    await refuses(() => Promise.reject(error), ["INVALID_ARGUMENT", "POLICY_VIOLATION"], "a wider restriction");
    return undefined;
  }
}

async function requiredData(context: Context, key: KeyHandle): Promise<void> {
  const { kms } = context;
  const strict = kms.restrictKey(key, { requiredAssociatedData: { tenant: "42", request: null } });
  const plaintext = random(16);
  const good = { tenant: "42", request: "7", more: "x" };
  const ciphertext = await kms.encrypt(strict, plaintext, good);
  sameBytes(await kms.decrypt(strict, ciphertext, good), plaintext, "with what is required");
  sameBytes(await kms.decrypt(key, ciphertext, good), plaintext, "through the wider handle");
  for (const other of [undefined, {}, { tenant: "42" }, { request: "7" }, { tenant: "43", request: "7" }]) {
    const what = `the associated data ${JSON.stringify(other)}`;
    await refusesUncalled(context, () => kms.encrypt(strict, plaintext, other), "POLICY_VIOLATION", what);
    await refusesUncalled(context, () => kms.decrypt(strict, ciphertext, other), "POLICY_VIOLATION", what);
  }
}
