import type { CryptoOperation, KmsDriver, Operation, Protection } from "@kms/core";
import { algorithms, cryptoOperations, fits, operations } from "../algorithms.ts";
import { check, equal } from "../assertions.ts";
import type { Case } from "../case.ts";
import { claimsOf, differences } from "../claims.ts";
import type { Context } from "../context.ts";
import { attemptLife, lifeOperations } from "../life-operations.ts";
import { refusesUncalled } from "../refusal.ts";
import { provider } from "../session.ts";
import { attempt } from "../use.ts";

/** The manifest, true both ways. */
export const capabilityCases: readonly Case[] = [
  {
    id: "capabilities/as-committed",
    title: "the manifest claims exactly what conformance.expected.json says",
    shows: "design.md §6: a capability cannot vanish quietly",
    run: async ({ manifest, expected }) => {
      const found = differences(claimsOf(manifest, expected.accept), expected);
      check(found.length === 0, `the manifest differs from what is expected: ${found.join("; ")}`);
    },
  },
  {
    id: "capabilities/whole",
    title: "the manifest is whole: one row for each type of key, a member of the driver for each claim",
    shows: "design.md §3.6",
    run: isWhole,
  },
  {
    id: "capabilities/supports-agrees",
    title: "supports says yes to what a row claims and no to everything else",
    shows: "design.md §3.6",
    run: async (context) => {
      for (const algorithm of algorithms) {
        for (const operation of operations) supportsAgrees(context, algorithm, operation);
      }
    },
  },
  {
    id: "capabilities/unclaimed-algorithms",
    title: "a key of an algorithm that no row claims is refused before the driver is called",
    shows: "design.md §3.6: not claimed is refused with UNSUPPORTED before any network call",
    run: async (context) => {
      for (const algorithm of algorithms) {
        if (context.manifest.rows.some((row) => row.algorithm === algorithm)) continue;
        const work = (): unknown => context.kms.generateKey(provider, { algorithm });
        await refusesUncalled(context, work, "UNSUPPORTED", `generateKey of ${algorithm}`);
      }
    },
  },
  {
    id: "capabilities/unclaimed-uses",
    title: "a use that the key's purpose allows but its row does not claim is refused before the driver is called",
    shows: "design.md §3.6",
    run: (context) => usesRefused(context, true),
  },
  {
    id: "capabilities/wrong-purpose",
    title: "a use that the key's purpose does not allow is refused before the driver is called",
    shows: "design.md §3.2: one key, one purpose; requirements 34",
    run: (context) => usesRefused(context, false),
  },
  {
    id: "capabilities/unclaimed-life",
    title: "an operation on the life of a key that its row does not claim is refused before the driver is called",
    shows: "design.md §3.6",
    run: lifeRefused,
  },
  {
    id: "capabilities/protection-is-exact",
    title: "a protection level is honoured as asked for, or refused",
    shows: "design.md §3.6; provider-bugs.md §2: protection level silently lowered",
    run: protectionIsExact,
  },
];

// Without generateDataKey the guard draws data keys, and the driver wraps them.
const isThere = (driver: Context["harness"]["driver"], operation: CryptoOperation): boolean =>
  typeof driver[operation] === "function" || (operation === "generateDataKey" && driver.wrapDataKey !== undefined);

/** What each claim needs of the driver, beside uses and what every driver has. */
const needed: Readonly<Partial<Record<Operation, readonly (keyof KmsDriver)[]>>> = {
  listKeys: ["listKeys"],
  generateRandom: ["generateRandom"],
  importKey: ["beginImport", "completeImport"],
  exportKey: ["exportKey"],
  rotateKey: ["rotate"],
  disableKey: ["setEnabled"],
  enableKey: ["setEnabled"],
  revokeKey: ["revoke"],
  scheduleDestruction: ["scheduleDestruction"],
  cancelDestruction: ["cancelDestruction"],
};

async function isWhole({ harness, manifest }: Context): Promise<void> {
  const { driver } = harness;
  equal(driver.specificationVersion, 1, "specificationVersion");
  check(manifest.kind.length > 0, "the manifest has no kind");
  check(manifest.states.active !== "unsupported", "a provider without Active keys");
  const types = manifest.rows.map((row) => `${row.algorithm} ${row.protection} ${row.origin}`);
  equal(new Set(types).size, types.length, "distinct types among the rows");
  for (const algorithm of driver.algorithms) {
    check(
      manifest.rows.some((row) => row.algorithm === algorithm),
      `the driver lists ${algorithm}, which no row claims`,
    );
  }
  for (const row of manifest.rows) {
    check(driver.algorithms.includes(row.algorithm), `${row.algorithm} has a row, but the driver does not list it`);
    for (const operation of cryptoOperations) {
      const implementation = row.operations[operation];
      check(implementation === undefined || fits(row.algorithm, operation), `${row.algorithm} claims ${operation}`);
      if (implementation !== "native") continue;
      check(isThere(driver, operation), `${row.algorithm} claims ${operation}, which the driver lacks`);
    }
    for (const operation of operations.filter((each) => each in row.operations)) {
      const lacking = needed[operation]?.find((member) => typeof driver[member] !== "function");
      check(lacking === undefined, `${row.algorithm} claims ${operation}, and the driver has no ${String(lacking)}`);
    }
    equal(row.importForms.length > 0, "importKey" in row.operations, `${row.algorithm}: importForms beside importKey`);
    check(
      !row.keyCommitment || row.associatedData !== "none",
      `${row.algorithm} commits to a key and authenticates none`,
    );
  }
}

function supportsAgrees(
  context: Context,
  algorithm: (typeof algorithms)[number],
  operation: (typeof operations)[number],
): void {
  const claimed = context.manifest.rows.filter((row) => row.algorithm === algorithm && operation in row.operations);
  const answer = context.kms.supports({ provider, operation, algorithm });
  equal(answer.ok, claimed.length > 0, `supports ${operation} with ${algorithm}`);
  if (answer.ok) return;
  check((answer.reason ?? "").length > 0, `supports refuses ${operation} with ${algorithm} without a reason`);
}

async function usesRefused(context: Context, fitting: boolean): Promise<void> {
  for (const row of context.rows()) {
    const key = await context.key(row);
    for (const operation of cryptoOperations) {
      if (operation in row.operations || fits(row.algorithm, operation) !== fitting) continue;
      const code = fitting ? "UNSUPPORTED" : "INVALID_ARGUMENT";
      const work = (): unknown => attempt(context.kms, key, operation);
      await refusesUncalled(context, work, code, `${operation} with ${row.algorithm}`);
    }
  }
}

async function lifeRefused(context: Context): Promise<void> {
  for (const row of context.rows()) {
    const key = await context.key(row);
    for (const operation of lifeOperations) {
      if (operation in row.operations) continue;
      const work = (): unknown => attemptLife(context.kms, key, operation);
      await refusesUncalled(context, work, "UNSUPPORTED", `${operation} of ${row.algorithm}`);
    }
  }
}

async function protectionIsExact(context: Context): Promise<void> {
  const levels: readonly Protection[] = ["software", "hsm", "external"];
  for (const algorithm of new Set(context.rows().map((row) => row.algorithm))) {
    for (const protection of levels) {
      const row = context.rows().find((each) => each.algorithm === algorithm && each.protection === protection);
      const work = (): unknown => context.kms.generateKey(provider, { algorithm, protection });
      if (row === undefined) {
        await refusesUncalled(context, work, "UNSUPPORTED", `${protection} protection of ${algorithm}`);
      } else equal((await context.key(row)).protection, protection, `protection of ${algorithm}`);
    }
  }
}
