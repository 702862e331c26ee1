import { notImplemented, validation } from "../errors.ts";
import type { Input, JsonObject } from "../input.ts";
import { ENUMERATIONS, isKeySpec, KEY_SPECS, type KeySpec } from "../key-specs.ts";
import type { KmsKey } from "../kms-key.ts";
import { DEFAULTS, LIMITS } from "../limits.ts";
import { cutPage, readPage } from "../paging.ts";
import { seconds } from "../protocol.ts";
import { byReference, type OperationRow } from "./row.ts";
import { readTags } from "./tags.ts";

// Source: AWS KMS API Reference, CreateKey, KeySpec and KeyUsage: the usage may be left out for symmetric
// encryption keys only, and each spec allows certain usages.
function readSpec(input: Input): KeySpec {
  const spec = input.choice("KeySpec", ENUMERATIONS.KeySpec) ?? "SYMMETRIC_DEFAULT";
  const usage = input.choice("KeyUsage", ENUMERATIONS.KeyUsage);
  if (!isKeySpec(spec)) throw notImplemented(`keys of spec ${spec}`);
  if (spec === "ECC_NIST_P256" && usage === "KEY_AGREEMENT") throw notImplemented("keys of usage KEY_AGREEMENT");
  const isOmissible = spec === "SYMMETRIC_DEFAULT";
  if (usage === undefined && !isOmissible) throw validation("keyUsage", "null", `a value is required for ${spec}`);
  if (usage !== undefined && usage !== KEY_SPECS[spec].usage) {
    throw validation("keyUsage", `'${usage}'`, `KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  }
  return spec;
}

/** `KeyMetadata` of a key. Source: AWS KMS API Reference, KeyMetadata. */
function metadataOf(key: KmsKey, accountId: string): JsonObject {
  const { secret, deletionAtMs } = key;
  return {
    AWSAccountId: accountId,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: seconds(key.createdAtMs),
    Enabled: key.state === "Enabled",
    Description: key.description,
    KeyUsage: key.row.usage,
    KeyState: key.state,
    Origin: "AWS_KMS",
    KeyManager: "CUSTOMER",
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    [key.row.algorithmsMember]: key.row.algorithms,
    MultiRegion: false,
    ...(deletionAtMs === undefined ? {} : { DeletionDate: seconds(deletionAtMs) }),
    ...(secret.kind === "materials" ? { CurrentKeyMaterialId: secret.materials.current.id } : {}),
  };
}

const createKey: OperationRow = {
  kind: "account",
  action: "kms:CreateKey",
  members: ["KeySpec", "KeyUsage", "Description", "Origin", "MultiRegion", "Tags"],
  source: "AWS KMS API Reference, CreateKey",
  prepare: (input) => {
    const spec = readSpec(input);
    const description = input.text("Description", LIMITS.descriptionLength) ?? "";
    const origin = input.choice("Origin", ENUMERATIONS.Origin) ?? "AWS_KMS";
    if (origin !== "AWS_KMS") throw notImplemented(`keys of origin ${origin}`);
    input.refuseSwitch("MultiRegion");
    const tags = readTags("CreateKey", input);
    return ({ store, permissions }) => {
      // "To use this parameter, you must have kms:TagResource permission" (CreateKey, Tags).
      if (tags.size > 0) permissions.check("kms:TagResource", "*");
      return { KeyMetadata: metadataOf(store.create({ spec, description, tags }), store.scope.accountId) };
    };
  },
};

const describeKey: OperationRow = {
  kind: "key",
  action: "kms:DescribeKey",
  members: ["KeyId"],
  states: "any",
  source: "AWS KMS API Reference, DescribeKey",
  prepare: (input) => ({
    locate: byReference(input),
    run: ({ key, account }) => ({ KeyMetadata: metadataOf(key, account.store.scope.accountId) }),
  }),
};

const listKeys: OperationRow = {
  kind: "account",
  action: "kms:ListKeys",
  members: ["Limit", "Marker"],
  source: "AWS KMS API Reference, ListKeys",
  prepare: (input) => {
    const page = readPage(input, LIMITS.listKeys, DEFAULTS.listKeys.value);
    return ({ store }) => {
      const { entries, more } = cutPage(store.keys(), (key) => key.id, page);
      return { Keys: entries.map((key) => ({ KeyId: key.id, KeyArn: key.arn })), ...more };
    };
  },
};

/** CreateKey, DescribeKey and ListKeys. */
export const KEY_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  CreateKey: createKey,
  DescribeKey: describeKey,
  ListKeys: listKeys,
};
