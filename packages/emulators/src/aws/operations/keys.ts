import { ENUMERATIONS } from "../enumerations.ts";
import { AwsError, notImplemented } from "../errors.ts";
import type { Input } from "../input.ts";
import { makeSecret } from "../key-secret.ts";
import { isKeySpec, KEY_SPECS, type KeySpec, type KeyUsage } from "../key-specs.ts";
import { DEFAULTS, LIMITS } from "../limits.ts";
import { cutPage, readPage } from "../paging.ts";
import { metadataOf } from "./metadata.ts";
import { byReference, type OperationRow } from "./row.ts";
import { readTags } from "./tags.ts";

const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

// The deprecated name works the same way. Source: AWS KMS API Reference, CreateKey, CustomerMasterKeySpec.
function readSpec(input: Input): KeySpec {
  const [current, deprecated] = [input.text("KeySpec"), input.text("CustomerMasterKeySpec")];
  if (current !== undefined && deprecated !== undefined) {
    throw invalid("You cannot specify KeySpec and CustomerMasterKeySpec in the same request.");
  }
  const member = deprecated === undefined ? "KeySpec" : "CustomerMasterKeySpec";
  const spec = input.choice(member, ENUMERATIONS.KeySpec) ?? "SYMMETRIC_DEFAULT";
  if (!isKeySpec(spec)) throw notImplemented(`keys of spec ${spec}`);
  return spec;
}

// Source: AWS KMS API Reference, CreateKey, KeyUsage: it may be left out for symmetric encryption keys only, in the
// words of localstack's test_kms.snapshot.json, test_hmac_create_key_invalid_operations; each spec has certain usages.
function readUsage(input: Input, spec: KeySpec): KeyUsage {
  const usage = input.choice("KeyUsage", ENUMERATIONS.KeyUsage);
  if (usage === undefined && spec === "SYMMETRIC_DEFAULT") return "ENCRYPT_DECRYPT";
  if (usage === undefined) {
    throw invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  }
  if (isUsageOf(spec, usage)) return usage;
  throw invalid(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
}

const isUsageOf = (spec: KeySpec, usage: string): usage is KeyUsage => Object.hasOwn(KEY_SPECS[spec].usages, usage);

const CREATE_MEMBERS = [
  "KeySpec",
  "CustomerMasterKeySpec",
  "KeyUsage",
  "Description",
  "Origin",
  "MultiRegion",
  "Tags",
  "BypassPolicyLockoutSafetyCheck",
];

const createKey: OperationRow = {
  kind: "account",
  action: "kms:CreateKey",
  furtherActions: ["kms:TagResource"],
  members: CREATE_MEMBERS,
  source: "AWS KMS API Reference, CreateKey",
  prepare: (input) => {
    const spec = readSpec(input);
    const usage = readUsage(input, spec);
    const description = input.text("Description", LIMITS.descriptionLength) ?? "";
    const origin = input.choice("Origin", ENUMERATIONS.Origin) ?? "AWS_KMS";
    if (origin !== "AWS_KMS") throw notImplemented(`keys of origin ${origin}`);
    input.refuseSwitch("BypassPolicyLockoutSafetyCheck");
    const isMultiRegion = input.flag("MultiRegion");
    const tags = readTags("CreateKey", input);
    return async ({ store, permissions }) => {
      // "To use this parameter, you must have kms:TagResource permission" (CreateKey, Tags).
      if (tags.size > 0) permissions.check("kms:TagResource", "*");
      const secret = await makeSecret(KEY_SPECS[spec].material);
      const key = store.create({ spec, usage, description, tags, secret }, isMultiRegion);
      return { KeyMetadata: metadataOf(key, store) };
    };
  },
};

const describeKey: OperationRow = {
  kind: "key",
  action: "kms:DescribeKey",
  members: ["KeyId", "GrantTokens"],
  states: "any",
  source: "AWS KMS API Reference, DescribeKey",
  prepare: (input) => ({
    locate: byReference(input),
    run: ({ key, account }) => ({ KeyMetadata: metadataOf(key, account.store) }),
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
