import type { Call, Changed, KeyReference } from "@kms/core/driver";
import { changeVersions, chosenOf, conditionIn, livingKey, refuseIllegal } from "./lifecycle/changes.ts";
import { deletion } from "./lifecycle/deletion.ts";
import { revoke } from "./lifecycle/revoking.ts";
import { rotate } from "./lifecycle/rotating.ts";
import { recordOf, type DriverPart, type Vault } from "./records.ts";

type Lifecycle = "rotate" | "setEnabled" | "revoke" | keyof ReturnType<typeof deletion>;

/**
 * Rotation, suspension, deactivation and destruction. Azure enables, disables and dates versions, and deletes keys; where a
 * whole key is meant, the driver goes through its versions, and repeating it finishes what was left. What Azure answers to
 * a change counts.
 */
export const lifecycle = (vault: Vault): DriverPart<Lifecycle> => ({
  rotate: (key, call) => rotate(vault, key, call),
  setEnabled: (key, version, enabled, call) => setEnabled(vault, { key, version, enabled }, call),
  revoke: (key, version, revocation, call) => revoke(vault, { key, version, revocation }, call),
  ...deletion(vault),
});

interface Switch {
  readonly key: KeyReference;
  readonly version: string | undefined;
  readonly enabled: boolean;
}

/**
 * Disabling takes every version that is enabled, expired ones too: a suspended key reads nothing. Enabling takes every
 * version that is disabled, since nothing records why one is.
 */
async function setEnabled(vault: Vault, { key, version, enabled }: Switch, call: Call): Promise<Changed<never>> {
  const what = enabled ? "a version was to be enabled" : "a version was to be disabled";
  const before = await livingKey(vault, key, what, call);
  const wanted = chosenOf(before, key, version).filter((found) => (found.enabled !== false) !== enabled);
  const condition = conditionIn(recordOf(before, call.now), version, call.now);
  if (!enabled || wanted.length === 0) refuseIllegal(key, condition, enabled ? "enable" : "disable", what);
  const { description, unfinished } = await changeVersions(
    vault,
    before,
    { wanted, changeOf: () => ({ enabled }) },
    call,
  );
  return { record: recordOf(description, call.now), unfinished };
}
