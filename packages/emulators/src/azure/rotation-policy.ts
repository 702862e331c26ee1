import { type CalendarSpan, shift } from "./duration.ts";
import type { KeyVersion } from "./key-version.ts";

/** When something is done about the newest version: so long after it was made, or before it expires. */
export interface LifetimeAction {
  readonly type: "Rotate" | "Notify";
  readonly trigger: "timeAfterCreate" | "timeBeforeExpiry";
  readonly span: CalendarSpan;
}

/** The rotation policy of a key. Source: learn.microsoft.com/rest/api/keyvault/keys/update-key-rotation-policy. */
export interface RotationPolicy {
  readonly actions: readonly LifetimeAction[];
  /** How long a version made by a rotation is valid. */
  readonly expiryTime: CalendarSpan | undefined;
  /** `undefined` for the policy of a key that never had one set. */
  readonly times: { readonly createdAtMs: number; readonly updatedAtMs: number } | undefined;
}

/**
 * When the newest version is due to be rotated; `undefined` for never. Never before the policy and the version's dates
 * were set as they are: what is overdue by then is due at once.
 */
export function rotationDueAt(policy: RotationPolicy | undefined, newest: KeyVersion): number | undefined {
  const dueAtMs = plannedAt(policy, newest);
  return dueAtMs === undefined ? undefined : Math.max(dueAtMs, newest.updatedAtMs, policy?.times?.updatedAtMs ?? 0);
}

function plannedAt(policy: RotationPolicy | undefined, newest: KeyVersion): number | undefined {
  const action = policy?.actions.find(({ type }) => type === "Rotate");
  if (action === undefined) return undefined;
  if (action.trigger === "timeAfterCreate") return shift(newest.createdAtMs, action.span);
  const { expires } = newest.settings;
  return expires === undefined ? undefined : shift(expires * 1000, action.span, -1);
}
