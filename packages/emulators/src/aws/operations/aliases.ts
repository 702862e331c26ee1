import { AwsError, validation } from "../errors.ts";
import type { Input } from "../input.ts";
import { readKeyOnly } from "../key-id.ts";
import type { KmsKey } from "../kms-key.ts";
import { DEFAULTS, LIMITS } from "../limits.ts";
import { cutPage, readPage } from "../paging.ts";
import { seconds } from "../protocol.ts";
import { byKeyId, type OperationRow } from "./row.ts";

/** Source: AWS KMS API Reference, CreateAlias, AliasName, "Pattern". */
const PATTERN = /^[a-zA-Z0-9:/_-]+$/;
/** Source: AWS KMS API Reference, CreateAlias, AliasName: which characters, and which prefix is reserved. */
const NAME = /^alias\/(?!aws\/)[a-zA-Z0-9/_-]+$/;
const PREFIX = "alias/";

// The words about the prefix as recorded in localstack's test_kms.snapshot.json, test_create_alias.
function readName(input: Input): string {
  const name = input.requiredText("AliasName", LIMITS.aliasNameLength);
  if (!PATTERN.test(name)) throw validation("aliasName", `'${name}'`, `Member must satisfy ${PATTERN.source}`);
  if (name.startsWith(PREFIX)) return name;
  const guide = "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
  throw new AwsError("ValidationException", `Alias must start with the prefix "${PREFIX}". Please see ${guide}`);
}

const createAlias: OperationRow = {
  kind: "key",
  action: "kms:CreateAlias",
  members: ["AliasName", "TargetKeyId"],
  states: "not-pending-deletion",
  source: "AWS KMS API Reference, CreateAlias",
  prepare: (input) => {
    const name = readName(input);
    if (!NAME.test(name)) throw new AwsError("InvalidAliasNameException", `${name} is not a valid alias name`);
    return {
      locate: byKeyId(input, "TargetKeyId"),
      run: ({ key, account }) => {
        account.store.addAlias(name, key);
        return undefined;
      },
    };
  },
};

// Symmetric, asymmetric or HMAC: "both symmetric or both asymmetric or both HMAC" (UpdateAlias).
const familyOf = ({ is }: KmsKey): string => ("publicKey" in is.secret ? "asymmetric" : is.secret.kind);

// The key of the row is the new target: of the old one the key state table asks nothing (note [10]).
const updateAlias: OperationRow = {
  kind: "key",
  action: "kms:UpdateAlias",
  members: ["AliasName", "TargetKeyId"],
  states: "not-pending-deletion",
  source: "AWS KMS API Reference, UpdateAlias",
  prepare: (input) => {
    const name = readName(input);
    return {
      locate: byKeyId(input, "TargetKeyId"),
      run: ({ key, account: { store, permissions } }) => {
        const alias = store.alias(name);
        const former = store.find(alias.keyId);
        if (former !== undefined) permissions.check("kms:UpdateAlias", former.arn);
        if (former !== undefined && (familyOf(former) !== familyOf(key) || former.is.usage !== key.is.usage)) {
          // "They must have the same key usage"; the error name is the general one of API Reference, Common Errors.
          throw new AwsError("ValidationException", `${name} cannot point at a key of another type or key usage.`);
        }
        store.updateAlias(alias, key);
        return undefined;
      },
    };
  },
};

const deleteAlias: OperationRow = {
  kind: "key",
  action: "kms:DeleteAlias",
  members: ["AliasName"],
  states: "any",
  source: "AWS KMS API Reference, DeleteAlias",
  prepare: (input) => {
    const name = readName(input);
    return {
      locate: ({ store }) => store.get({ kind: "alias", name }),
      run: ({ account }) => {
        account.store.removeAlias(name);
        return undefined;
      },
    };
  },
};

const listAliases: OperationRow = {
  kind: "account",
  action: "kms:ListAliases",
  members: ["KeyId", "Limit", "Marker"],
  source: "AWS KMS API Reference, ListAliases",
  prepare: (input) => {
    const reference = input.text("KeyId", LIMITS.keyReferenceLength);
    const page = readPage(input, LIMITS.listAliases, DEFAULTS.listAliases.value);
    return ({ store }) => {
      const key = reference === undefined ? undefined : store.get(readKeyOnly(reference, store.scope));
      const { entries, more } = cutPage(store.aliases(key?.id), (alias) => alias.name, page);
      const aliases = entries.map(({ name, arn, keyId, createdAtMs, updatedAtMs }) => ({
        AliasName: name,
        AliasArn: arn,
        TargetKeyId: keyId,
        CreationDate: seconds(createdAtMs),
        LastUpdatedDate: seconds(updatedAtMs),
      }));
      return { Aliases: aliases, ...more };
    };
  },
};

/** CreateAlias, UpdateAlias, DeleteAlias and ListAliases. */
export const ALIAS_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  CreateAlias: createAlias,
  UpdateAlias: updateAlias,
  DeleteAlias: deleteAlias,
  ListAliases: listAliases,
};
