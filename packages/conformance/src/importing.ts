import type { CapabilityRow, KeyConf, KeyHandle } from "@kms/core";
import { random } from "./bytes.ts";
import type { Context } from "./context.ts";
import { showRefused } from "./refusal.ts";
import { oneOfEach } from "./rows.ts";
import { provider } from "./session.ts";
import { makeable } from "./verify/material.ts";

/** A row of imported keys, and how one of them comes in. */
export interface ImportedRow {
  readonly row: CapabilityRow;
  readonly bring: (material: Uint8Array, conf?: Partial<Omit<KeyConf, "algorithm" | "options">>) => Promise<KeyHandle>;
}

/** One row of each kind, or as `choose` says, whose keys can be imported and made here; shows the refusal where no row imports. */
export async function importedRows(
  context: Context,
  choose: (rows: readonly CapabilityRow[]) => readonly CapabilityRow[] = oneOfEach,
): Promise<readonly ImportedRow[]> {
  const rows = context.manifest.rows.filter((row) => row.origin === "imported" && "importKey" in row.operations);
  if (rows.length === 0) {
    const work = ({ algorithm }: KeyHandle): unknown => context.kms.importKey(provider, { algorithm }, random(32));
    await showRefused(context, "importKey", work);
    return [];
  }
  context.note("claimed");
  return choose(makeable(rows)).map((row) => ({
    row,
    bring: (material, conf = {}) => {
      const { algorithm, protection } = row;
      return context.kms.importKey(provider, { protection, ...conf, algorithm }, material);
    },
  }));
}
