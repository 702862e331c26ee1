import type { Call, KeyReference, KmsDriver } from "../contract/driver.ts";
import type { CallOptions, KeyHandle } from "../contract/key.ts";
import type { Changed } from "../contract/record.ts";
import type { Transition } from "../contract/results.ts";
import type { Caller } from "./instance.ts";
import { begin, onKey } from "./methods/caller.ts";
import type { LaterRow } from "./pipeline.ts";
import type { KeyTask } from "./task.ts";

/** The changes of a whole key that a provider may have a form of its own of. */
export type VendorChangeOperation = "scheduleDestruction" | "cancelDestruction" | "disableKey" | "enableKey";

/** The provider's own form of a change. */
export type ChangeAt = (key: KeyReference, driver: KmsDriver, call: Call) => Promise<Changed<unknown>>;

/** A key, and what its change is to everybody who allows and records it. */
export interface VendorChange {
  readonly key: KeyHandle;
  readonly operation: VendorChangeOperation;
}

/** Options of such a change: `reason` stands in the audit events. */
export interface VendorChangeOptions extends CallOptions {
  readonly reason?: string | undefined;
}

/** The change carried out, or a refusal; what the door `changeWith` says. */
export const changeKey = (
  caller: Caller,
  { key, operation }: VendorChange,
  at: ChangeAt,
  options: VendorChangeOptions | undefined,
): Promise<Transition> =>
  begin(caller, operation, () =>
    onKey(caller, changing(operation, at), { key, input: undefined, options, extra: ["reason"] }),
  );

const changing = (operation: VendorChangeOperation, at: ChangeAt): LaterRow<KeyTask, undefined, Transition> => ({
  operation,
  load: async () => (await import("./operations/lifecycle.ts")).vendorChange(operation, at),
});
