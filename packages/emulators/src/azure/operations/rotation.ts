import { bundle, policyId, policyMessage } from "../bundles.ts";
import { atLeastMs, type CalendarSpan, readSpan, shift } from "../duration.ts";
import { badParameter, notImplemented } from "../errors.ts";
import type { Input } from "../input.ts";
import { type Limit, LIMITS, within } from "../limits.ts";
import type { LifetimeAction, RotationPolicy } from "../rotation-policy.ts";
import { needs, type OperationRow, reference, type Vault } from "./row.ts";

/** On a Managed HSM the policy is read and written like the key (…/managed-hsm/key-rotation, Permissions required). */
const HSM_WRITE = "keys/write/action";

const rotate: OperationRow = {
  needs: needs("keys/rotate/action", "rotate", "keys/rotate/action"),
  since: "7.3",
  fields: [],
  source: `${reference("rotate-key")}; provider facts §1.2 (on Managed HSM a policy first)`,
  run: ({ name, nowMs, vault, view }) => {
    const key = vault.store.key(name);
    if (vault.flavour === "managed-hsm" && key.policy === undefined) {
      throw notImplemented("a rotation on Managed HSM without a rotation policy, whose refusal is not established");
    }
    return bundle(view, key, key.rotate(nowMs));
  },
};

/**
 * What every policy of a vault does unless it says otherwise; it goes without an expiry time. Source: answers recorded in
 * Azure/azure-sdk-for-js (keyvault-keys, recordings, key rotation, "supports updating an existing policy"); the reference
 * of @azure/keyvault-keys, KeyRotationPolicyProperties (an empty list restores the default). A Managed HSM has no Event
 * Grid (provider facts §3.2): nothing is added there.
 */
const NOTIFY: LifetimeAction = {
  type: "Notify",
  trigger: "timeBeforeExpiry",
  span: readSpan("P30D", "timeBeforeExpiry"),
};

/**
 * What is answered before a policy was ever set. Source: learn.microsoft.com/powershell/module/az.keyvault/
 * get-azkeyvaultkeyrotationpolicy, example 1. On a Managed HSM it is not established.
 */
const STANDARD: RotationPolicy = {
  actions: [NOTIFY],
  expiryTime: undefined,
  times: undefined,
};

const getPolicy: OperationRow = {
  needs: needs("keyrotationpolicies/read", "getrotationpolicy", "keys/read/action"),
  since: "7.3",
  fields: [],
  source: reference("get-key-rotation-policy"),
  run: ({ name, vault, view }) => {
    const key = vault.store.key(name);
    if (key.policy === undefined && vault.flavour === "managed-hsm") {
      throw notImplemented("the rotation policy of a key on Managed HSM that never had one set");
    }
    return policyMessage(view, key.name, key.policy ?? STANDARD);
  },
};

function readAction(input: Input, vault: Vault): LifetimeAction {
  const type = input.inner("action", ["type"])?.requiredText("type").toLowerCase();
  const trigger = input.inner("trigger", ["timeAfterCreate", "timeBeforeExpiry"]);
  if (type !== "rotate" && type !== "notify") throw badParameter("A lifetime action is Rotate or Notify.");
  const [after, before] = [trigger?.text("timeAfterCreate"), trigger?.text("timeBeforeExpiry")];
  if ((after === undefined) === (before === undefined)) {
    throw badParameter("A trigger has exactly one of timeAfterCreate and timeBeforeExpiry.");
  }
  const field = after === undefined ? "timeBeforeExpiry" : "timeAfterCreate";
  const span = readSpan(after ?? before ?? "", field);
  const limit = rotationLimit(vault);
  if (type === "rotate" && !within(atLeastMs(span), limit)) {
    throw badParameter(`${field} of a rotation is at least ${limit.minimum / 86_400_000} days.`);
  }
  return { type: type === "rotate" ? "Rotate" : "Notify", trigger: field, span };
}

// "Rotate" may come with a capital or without one (provider facts §8.2); two actions at most, one of each type.
function readActions(input: Input, vault: Vault): readonly LifetimeAction[] {
  const actions = (input.inners("lifetimeActions", ["trigger", "action"]) ?? []).map((one) => readAction(one, vault));
  const isOfEach = new Set(actions.map(({ type }) => type)).size === actions.length;
  if (!within(actions.length, LIMITS.lifetimeActions) || !isOfEach) {
    throw badParameter("A policy has at most two lifetime actions, one Rotate and one Notify.");
  }
  if (vault.flavour === "managed-hsm" || actions.some(({ type }) => type === "Notify")) return actions;
  return [...actions, NOTIFY];
}

// "Expiry time … (minimum 28 days)" (…/managed-hsm/key-rotation and …/keys/how-to-configure-key-rotation).
function readExpiry(input: Input): CalendarSpan | undefined {
  const text = input.inner("attributes", ["expiryTime", "created", "updated"])?.text("expiryTime");
  if (text === undefined) return undefined;
  const span = readSpan(text, "attributes.expiryTime");
  if (!within(atLeastMs(span), LIMITS.expiryMs)) throw badParameter("attributes.expiryTime is at least 28 days.");
  return span;
}

const rotationLimit = ({ flavour }: Vault): Limit =>
  flavour === "managed-hsm" ? LIMITS.hsmRotationMs : LIMITS.rotationMs;

// "The minimum value is seven days from creation and seven days from expiration time" (…/how-to-configure-key-rotation).
function checkAgainstExpiry(
  { type, trigger, span }: LifetimeAction,
  expiry: CalendarSpan | undefined,
  vault: Vault,
): void {
  if (type === "Notify") return;
  if (trigger === "timeBeforeExpiry" && expiry === undefined) {
    throw badParameter("timeBeforeExpiry needs attributes.expiryTime.");
  }
  if (expiry === undefined) return;
  if (!within(shift(0, expiry) - shift(0, span), rotationLimit(vault))) {
    throw badParameter(`${trigger} is too close to attributes.expiryTime.`);
  }
}

const setPolicy: OperationRow = {
  needs: needs("keyrotationpolicies/write", "setrotationpolicy", HSM_WRITE),
  since: "7.3",
  fields: ["id", "lifetimeActions", "attributes"],
  source: `${reference("update-key-rotation-policy")}; provider facts §3.2`,
  run: ({ input, name, nowMs, vault, view }) => {
    const [actions, expiryTime] = [readActions(input, vault), readExpiry(input)];
    for (const action of actions) checkAgainstExpiry(action, expiryTime, vault);
    const key = vault.store.key(name);
    // Read-only in the definitions: a policy can be sent as it was answered.
    const id = input.text("id");
    if (id !== undefined && id !== policyId(view, key.name)) throw notImplemented("another policy's id");
    const times = { createdAtMs: key.policy?.times?.createdAtMs ?? nowMs, updatedAtMs: nowMs };
    key.policy = { actions, expiryTime, times };
    return policyMessage(view, key.name, key.policy);
  },
};

/** RotateKey, and the policy that rotates by itself. */
export const ROTATION_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  RotateKey: rotate,
  GetKeyRotationPolicy: getPolicy,
  UpdateKeyRotationPolicy: setPolicy,
};
