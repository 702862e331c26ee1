import { KmsError, type KmsDriver } from "@kms/core";
import { cryptoOperations } from "../algorithms.ts";
import { equal, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { pureMembers } from "../door.ts";
import { lifeRows } from "../life-operations.ts";
import { oneOfEach } from "../rows.ts";
import { provider } from "../session.ts";
import { claimedUses, perform, protectAll } from "../use.ts";

/** A principal that may use keys and nothing else. */
export const useOnlyCases: readonly Case[] = [
  {
    id: "use-only/every-use",
    title: "a principal that may only use a key does everything that its row claims with a sealed handle",
    shows: "design.md §3.3: use-only rights suffice",
    isolated: true,
    run: async (context) => {
      const tokens: string[] = [];
      for (const row of oneOfEach(context.rows())) tokens.push(await context.kms.sealHandle(await context.key(row)));
      const kms = context.instanceOver(await useOnlyDriver(context));
      for (const token of tokens) {
        const key = await kms.openHandle(token);
        const earlier = await protectAll(context, key, kms);
        for (const operation of claimedUses(context, key)) await perform(kms, { key, operation, earlier });
      }
    },
  },
  {
    id: "use-only/after-a-rotation",
    title: "after somebody else's rotation a principal that may only use the key still reads and protects",
    shows: "design.md §3.3: where the read is denied the newest pinned version serves",
    isolated: true,
    run: async (context) => {
      const prepared = [];
      for (const row of await lifeRows(context, "rotateKey")) {
        const key = await context.freshKey(row);
        const token = await context.kms.sealHandle(key);
        const earlier = await protectAll(context, key);
        await context.kms.rotateKey(key);
        prepared.push({ token, earlier });
      }
      const kms = context.instanceOver(await useOnlyDriver(context));
      for (const { token, earlier } of prepared) {
        const key = await kms.openHandle(token);
        for (const operation of claimedUses(context, key)) await perform(kms, { key, operation, earlier });
      }
    },
  },
  {
    id: "use-only/managing-is-denied",
    title: "what such a principal may not do is PERMISSION_DENIED, with the vendor's own error as its cause",
    shows: "design.md §3.7; provider-bugs.md §1.16",
    isolated: true,
    run: async (context) => {
      const keys = [];
      for (const row of oneOfEach(context.rows())) {
        keys.push({ row, token: await context.kms.sealHandle(await context.key(row)) });
      }
      const kms = context.instanceOver(await useOnlyDriver(context));
      for (const { row, token } of keys) {
        const key = await kms.openHandle(token);
        const attempts: readonly (readonly [string, () => unknown])[] = [
          ["describeKey", () => kms.describeKey(key)],
          ["refreshHandle", () => kms.refreshHandle(key)],
          ["getKey", () => kms.getKey(provider, key.keyId, { algorithm: row.algorithm })],
          ["generateKey", () => kms.generateKey(provider, { algorithm: row.algorithm, protection: row.protection })],
          ["rotateKey", () => kms.rotateKey(key)],
          ["disableKey", () => kms.disableKey(key)],
          ["scheduleDestruction", () => kms.scheduleDestruction(key)],
        ];
        for (const [operation, work] of attempts) {
          if (!(operation in row.operations)) continue;
          const error = await refuses(work, "PERMISSION_DENIED", `${operation} of ${row.algorithm}`);
          equal(error.retryable, false, `${operation}: whether to try again`);
          equal(error.outcome, "none", `${operation}: outcome`);
        }
      }
    },
  },
];

const allowed: ReadonlySet<string> = new Set<string>([...cryptoOperations, "close"]);

/** The harness's own principal, or the driver with every member denied that is neither pure nor a use. */
async function useOnlyDriver({ harness }: Context): Promise<KmsDriver> {
  if (harness.useOnlyDriver !== undefined) return harness.useOnlyDriver();
  const { driver } = harness;
  const denied = (): never => {
    throw new KmsError("PERMISSION_DENIED", "This principal may only use keys.");
  };
  return new Proxy(
    { ...driver },
    {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        return typeof member !== "function" || allowed.has(String(name)) || pureMembers.has(String(name))
          ? member
          : denied;
      },
    },
  );
}
