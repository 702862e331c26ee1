import type { DataKey, KeyHandle, Kms, StringMap } from "@kms/core";
import { random } from "./bytes.ts";
import type { Context } from "./context.ts";
import { rowOf } from "./rows.ts";

/** The uses that cases about data keys need: generating where anything claims it, else wrapping. */
export const dataKeyUses = (context: Context): readonly ["generateDataKey" | "wrapDataKey", "unwrapDataKey"] => [
  context.rows("generateDataKey").length === 0 && context.rows("wrapDataKey").length > 0
    ? "wrapDataKey"
    : "generateDataKey",
  "unwrapDataKey",
];

/** A data key of 32 bytes, generated or brought, as the key's row claims. */
export async function newDataKey(
  context: Context,
  key: KeyHandle,
  associatedData?: StringMap,
  kms: Kms = context.kms,
): Promise<DataKey> {
  if ("generateDataKey" in (rowOf(context, key)?.operations ?? {})) return kms.generateDataKey(key, 32, associatedData);
  const plaintext = random(32);
  return { plaintext, encrypted: await kms.wrapDataKey(key, plaintext, associatedData) };
}
