import { randomBytes } from "node:crypto";

/** The message of every row: 1 KiB. */
export const message: Uint8Array = new Uint8Array(randomBytes(1024));

/** The two entries of associated data that every encryption binds. */
export const associatedData: Readonly<Record<string, string>> = Object.freeze({
  tenant: "42",
  document: "invoice-2041",
});

/** Fails the row when a side did not do its work: what is skipped is quick. */
export function assertDone(done: boolean): void {
  if (!done) throw new Error("An operation did not answer what it must; its time means nothing.");
}
