import type { EncryptedDataKey, OwnedBytes } from "@kms/core";
import type { Unwrapped } from "./recipient.ts";

/** How a local recipient tells its own data keys and opens them. */
export interface LocalUnwrapping {
  readonly isMine: (encrypted: EncryptedDataKey) => boolean;
  /** The data key; `undefined` when it does not open or has another length than asked. */
  readonly open: (encrypted: EncryptedDataKey) => OwnedBytes | undefined;
}

/** Tries the data keys that are the recipient's own, in their order. */
export function firstThatOpens(
  recipient: string,
  encrypted: readonly EncryptedDataKey[],
  { isMine, open }: LocalUnwrapping,
): Unwrapped {
  let outcome: "not-for-this-recipient" | "failed" = "not-for-this-recipient";
  for (const candidate of encrypted) {
    if (!isMine(candidate)) continue;
    const dataKey = open(candidate);
    if (dataKey !== undefined) return { dataKey, report: { recipient, outcome: "opened" }, errors: [] };
    outcome = "failed";
  }
  return { dataKey: undefined, report: { recipient, outcome }, errors: [] };
}
