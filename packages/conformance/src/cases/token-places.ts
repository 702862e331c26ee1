import type { KeyHandle, Kms } from "@kms/core";
import { present, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { dayMs } from "../life.ts";
import { refusesUncalled } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { provider } from "../session.ts";

/** Genuine tokens in the wrong place or too old. */
export const tokenPlaceCases: readonly Case[] = [
  {
    id: "tokens/other-audience",
    title: "a genuine token of another audience is POLICY_VIOLATION",
    shows: "crypto-rules.md 4: no confused deputy",
    run: async (context) => {
      const orders = context.instance({ audience: "orders" });
      const sealed = await orders.sealHandle(await adopt(context, orders));
      for (const audience of ["billing", undefined]) {
        const kms = context.instance({ audience });
        await refusesUncalled(
          context,
          () => kms.openHandle(sealed),
          "POLICY_VIOLATION",
          `the audience ${String(audience)}`,
        );
      }
      await orders.openHandle(sealed);
    },
  },
  {
    id: "tokens/other-scope",
    title: "a genuine token of another scope is POLICY_VIOLATION",
    shows: "crypto-rules.md 4: tokens bind the driver's scope",
    run: otherScope,
  },
  {
    id: "tokens/floors",
    title: "openHandle refuses what is older than its floors, and takes what is not",
    shows: "crypto-rules.md 3; design.md §3.7",
    isolated: true,
    run: floors,
  },
];

/** A shared key as a handle of an instance that does not open the suite's own tokens. */
async function adopt(context: Context, kms: Kms): Promise<KeyHandle> {
  const { keyId, algorithm } = await anyKey(context);
  return kms.getKey(provider, keyId, { algorithm });
}

const anyKey = (context: Context): Promise<KeyHandle> =>
  context.key(present(oneOfEach(context.rows())[0], "the driver makes no keys at all"));

async function otherScope(context: Context): Promise<void> {
  const token = await context.kms.sealHandle(await anyKey(context));
  const { driver } = context.harness;
  const moved = context.instanceOver({ ...driver, scopeOf: () => "another scope" });
  await refuses(
    () => moved.openHandle(token),
    ["POLICY_VIOLATION", "TAMPERED"],
    "a driver that reads another scope out of the id",
  );
  const elsewhere = context.instanceOver({ ...driver, serves: () => false });
  await refuses(() => elsewhere.openHandle(token), "POLICY_VIOLATION", "a driver that does not serve the scope");
  const kind = { ...driver.capabilities, kind: "another-kind" };
  const other = context.instanceOver({ ...driver, capabilities: kind });
  await refuses(() => other.openHandle(token), ["POLICY_VIOLATION", "INVALID_ARGUMENT"], "a provider of another kind");
}

async function floors(context: Context): Promise<void> {
  const { kms, harness } = context;
  const row = present(oneOfEach(context.rows("refreshHandle"))[0], "the driver makes no keys at all");
  const first = await kms.sealHandle(await context.freshKey(row));
  harness.clock.advance(10 * dayMs);
  const between = new Date(harness.clock.now() - dayMs);
  const refreshed = await kms.sealHandle(await kms.refreshHandle(await kms.openHandle(first)));
  await refusesUncalled(
    context,
    () => kms.openHandle(first, { minimumRevision: 2 }),
    "STALE_HANDLE",
    "a revision below the floor",
  );
  await refusesUncalled(
    context,
    () => kms.openHandle(first, { notIssuedBefore: between }),
    "STALE_HANDLE",
    "an issue date below the floor",
  );
  await kms.openHandle(first, { minimumRevision: 1 });
  await kms.openHandle(refreshed, { minimumRevision: 2, notIssuedBefore: between });
}
