import { ENUMERATIONS } from "../enumerations.ts";
import { AwsError } from "../errors.ts";
import type { JsonObject } from "../input.ts";
import type { KeyMaterial, KeyMaterials } from "../key-materials.ts";
import type { KmsKey } from "../kms-key.ts";
import { DEFAULTS, LIMITS } from "../limits.ts";
import { cutPage, readPage } from "../paging.ts";
import { seconds } from "../protocol.ts";
import { byKeyId, type OperationRow } from "./row.ts";

// A replica's rotation is its primary's. Sources: AWS KMS API Reference, EnableKeyRotation and RotateKeyOnDemand ("set
// the property on the primary key"); UnsupportedOperationException ("a specified resource is not valid for this operation").
function rotatable(key: KmsKey): KeyMaterials {
  if (key.is.multiRegion !== "REPLICA") return key.materials;
  throw new AwsError("UnsupportedOperationException", `${key.arn} is a replica key; rotate its primary key.`);
}

const rotateKeyOnDemand: OperationRow = {
  kind: "key",
  action: "kms:RotateKeyOnDemand",
  members: ["KeyId"],
  states: "enabled",
  source: "AWS KMS API Reference, RotateKeyOnDemand",
  prepare: (input) => ({
    locate: byKeyId(input),
    run: ({ key, account }) => {
      rotatable(key).rotateOnDemand(account.clock.now(), account.rotationDelayMs, key.arn);
      return { KeyId: key.id }; // not the ARN: as the examples of the API Reference have it
    },
  }),
};

// Source: AWS KMS API Reference, RotationsListEntry: the first material has neither date nor type.
const entryOf = (key: KmsKey, { id, rotation }: KeyMaterial): JsonObject => ({
  KeyId: key.id,
  KeyMaterialId: id,
  KeyMaterialState: id === key.materials.current.id ? "CURRENT" : "NON_CURRENT",
  ...(rotation === undefined ? {} : { RotationDate: seconds(rotation.dateMs), RotationType: rotation.type }),
});

const listKeyRotations: OperationRow = {
  kind: "key",
  action: "kms:ListKeyRotations",
  members: ["KeyId", "IncludeKeyMaterial", "Limit", "Marker"],
  states: "any", // as GetKeyRotationStatus: it reads, and no document names a state that refuses it
  source: "AWS KMS API Reference, ListKeyRotations",
  prepare: (input) => {
    const locate = byKeyId(input);
    const include = input.choice("IncludeKeyMaterial", ENUMERATIONS.IncludeKeyMaterial) ?? "ROTATIONS_ONLY";
    const page = readPage(input, LIMITS.listKeyRotations, DEFAULTS.listKeyRotations.value);
    return {
      locate,
      run: ({ key }) => {
        const all = key.materials.list();
        const listed = include === "ALL_KEY_MATERIAL" ? all : all.filter(({ rotation }) => rotation !== undefined);
        const { entries, more } = cutPage(listed, ({ id }) => id, page);
        return { Rotations: entries.map((material) => entryOf(key, material)), ...more };
      },
    };
  },
};

const enableKeyRotation: OperationRow = {
  kind: "key",
  action: "kms:EnableKeyRotation",
  members: ["KeyId", "RotationPeriodInDays"],
  states: "enabled",
  source: "AWS KMS API Reference, EnableKeyRotation",
  prepare: (input) => {
    const locate = byKeyId(input);
    const days = input.integer("RotationPeriodInDays", LIMITS.rotationPeriodDays) ?? DEFAULTS.rotationPeriodDays.value;
    return {
      locate,
      run: ({ key, account }) => {
        rotatable(key).setSchedule(days, account.clock.now());
        return undefined;
      },
    };
  },
};

const disableKeyRotation: OperationRow = {
  kind: "key",
  action: "kms:DisableKeyRotation",
  members: ["KeyId"],
  states: "enabled",
  source: "AWS KMS API Reference, DisableKeyRotation",
  prepare: (input) => ({
    locate: byKeyId(input),
    run: ({ key }) => {
      rotatable(key).clearSchedule();
      return undefined;
    },
  }),
};

const getKeyRotationStatus: OperationRow = {
  kind: "key",
  action: "kms:GetKeyRotationStatus",
  members: ["KeyId"],
  states: "any",
  source: "AWS KMS API Reference, GetKeyRotationStatus",
  prepare: (input) => ({
    locate: byKeyId(input),
    run: ({ key }) => {
      const { schedule, pendingSinceMs } = key.materials;
      // "While a KMS key is pending deletion, its key rotation status is false."
      const active = key.deletion === undefined ? schedule : undefined;
      return {
        KeyId: key.id,
        KeyRotationEnabled: active !== undefined,
        ...(active && { RotationPeriodInDays: active.periodDays, NextRotationDate: seconds(active.nextAtMs) }),
        ...(pendingSinceMs === undefined ? {} : { OnDemandRotationStartDate: seconds(pendingSinceMs) }),
      };
    },
  }),
};

/** On-demand and automatic rotation. */
export const ROTATION_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  RotateKeyOnDemand: rotateKeyOnDemand,
  ListKeyRotations: listKeyRotations,
  EnableKeyRotation: enableKeyRotation,
  DisableKeyRotation: disableKeyRotation,
  GetKeyRotationStatus: getKeyRotationStatus,
};
