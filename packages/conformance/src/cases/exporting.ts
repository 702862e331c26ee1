import type { CapabilityRow, KeyHandle } from "@kms/core";
import { exportKey, insecureKeyAccess } from "@kms/core/insecure";
import { check, differentBytes, equal, refuses, sameBytes } from "../assertions.ts";
import { contains } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { importedRows } from "../importing.ts";
import { formsOf, showsNot, textsOf } from "../leaks.ts";
import { refusesUncalled, showRefused } from "../refusal.ts";
import { oneOfEach, quickRows } from "../rows.ts";
import { localKey, symmetricLength } from "../verify/material.ts";

const reason = "conformance: ticket 63";
const access = insecureKeyAccess(reason);

/** Keys that leave, on purpose alone. */
export const exportingCases: readonly Case[] = [
  {
    id: "exporting/what-was-imported",
    title: "an exportable key gives back the material that was imported",
    shows: "design.md §3.6; contract: exportKey",
    run: async (context) => {
      if (!(await canExport(context))) return;
      for (const { row, bring } of await importedRows(context)) {
        if (!("exportKey" in row.operations)) continue;
        const { material, secret } = localKey(row.algorithm);
        const exported = await exportKey(context.kms, await bring(material, { exportable: true }), access);
        if (symmetricLength(row.algorithm) !== undefined) sameBytes(exported, material, `material of ${row.algorithm}`);
        else check(contains(exported, secret), `PKCS#8 of ${row.algorithm} without the secret that was imported`);
        await bring(exported); // what came out goes in
      }
    },
  },
  {
    id: "exporting/only-exportable",
    title: "a key that was not made exportable is refused before the driver is called",
    shows: "requirements 50: exportability is set at creation and never widened",
    run: async (context) => {
      if (!(await canExport(context))) return;
      for (const row of exportableRows(context)) {
        const key = await context.key(row);
        const work = (): unknown => exportKey(context.kms, key, access);
        const error = await refusesUncalled(context, work, "POLICY_VIOLATION", `exporting ${row.algorithm}`);
        equal(error.keyId, key.keyId, "the key that the refusal names");
      }
    },
  },
  {
    id: "exporting/access",
    title: "without access from insecureKeyAccess, nothing is exported: a look-alike is none",
    shows: "design.md §2: what can reveal key material is behind the insecure door",
    run: (context) =>
      forEachExportable(context, async (key) => {
        for (const forged of [{ reason }, { ...access }, Object.create(access), reason, null, undefined]) {
          const work = (): unknown => exportKey(context.kms, key, forged as typeof access);
          await refusesUncalled(context, work, "INVALID_ARGUMENT", "exporting without access");
        }
        const restricted = context.kms.restrictKey(key, {});
        const work = (): unknown => exportKey(context.kms, restricted, access);
        await refusesUncalled(context, work, "POLICY_VIOLATION", "exporting through a restricted handle");
        const other = await context.carry(key, context.instance());
        await refuses(() => exportKey(context.kms, other, access), "INVALID_ARGUMENT", "a handle of another Kms");
      }),
  },
  {
    id: "exporting/audited",
    title: "an export is audited before and after, with key, version and the reason of the access, and no byte of it",
    shows: "crypto-rules.md 27; requirements 52, 74, 77",
    run: (context) =>
      forEachExportable(context, async (key) => {
        const before = context.events().length;
        const exported = await exportKey(context.kms, key, access);
        const events = context.events().slice(before);
        equal(events.map(({ phase }) => phase).join(), "intent,outcome", "the events of an export");
        for (const event of events) {
          equal(event.operation, "exportKey", "the operation in the event");
          equal(event.keyId, key.keyId, "the key in the event");
          equal(event.reason, reason, "the reason in the event");
          showsNot(textsOf(event), { what: "key material", forms: formsOf(exported) }, "an audit event of exporting");
        }
        check(events[1]?.keyVersion !== undefined, "the outcome does not say which version left");
      }),
  },
  {
    id: "exporting/not-shared",
    title: "every export is in memory of its own: overwriting it changes no later one and not the key",
    shows: "design.md §3.2: outputs never shared; contract: OwnedBytes",
    run: (context) =>
      forEachExportable(context, async (key) => {
        const first = await exportKey(context.kms, key, access);
        const copy = Uint8Array.from(first);
        check(first.buffer instanceof ArrayBuffer && first.buffer.byteLength === first.length, "not memory of its own");
        first.fill(0);
        sameBytes(await exportKey(context.kms, key, access), copy, `${key.algorithm}, exported again`);
        differentBytes(copy, first, "what was exported, and zeros");
      }),
  },
  {
    id: "exporting/states",
    title: "a key that may not be read with is not exported, and the refusal shows no byte of it",
    shows: "requirements 2–6; design.md §3.4",
    run: (context) =>
      forEachExportable(context, async (key, row) => {
        if (!("disableKey" in row.operations)) return;
        const forms = formsOf(await exportKey(context.kms, key, access));
        await context.kms.disableKey(key);
        context.harness.clock.advance(context.manifest.disableVisibleWithinMs ?? 0);
        const error = await refuses(() => exportKey(context.kms, key, access), "INVALID_STATE", "a disabled key");
        equal(error.state, "suspended", "the state that the refusal says");
        showsNot(textsOf(error), { what: "key material", forms }, "the refusal");
      }),
  },
];

const exportableRows = (context: Context): readonly CapabilityRow[] => oneOfEach(quickRows(context.rows("exportKey")));

/** Whether any row exports; where none does, the refusal is shown. */
async function canExport(context: Context): Promise<boolean> {
  if (context.manifest.rows.some((row) => "exportKey" in row.operations)) {
    context.note("claimed");
    return true;
  }
  await showRefused(context, "exportKey", (key) => exportKey(context.kms, key, access));
  return false;
}

/** Runs the work over a fresh exportable key of each kind; shows the refusal where nothing exports. */
async function forEachExportable(
  context: Context,
  work: (key: KeyHandle, row: CapabilityRow) => Promise<void>,
): Promise<void> {
  if (!(await canExport(context))) return;
  for (const row of exportableRows(context)) await work(await context.freshKey(row, { exportable: true }), row);
}
