import { AwsError, validation } from "../errors.ts";
import { readKeyOnly } from "../key-id.ts";
import { DEFAULTS, LIMITS } from "../limits.ts";
import { cutPage, readPage } from "../paging.ts";
import { seconds } from "../protocol.ts";
import { byKeyId, type OperationRow } from "./row.ts";

/** Source: AWS KMS API Reference, CreateAlias, AliasName, "Pattern". */
const PATTERN = /^[a-zA-Z0-9:/_-]+$/;
/** Source: AWS KMS API Reference, CreateAlias, AliasName: which characters, which prefix, which prefix is reserved. */
const NAME = /^alias\/(?!aws\/)[a-zA-Z0-9/_-]+$/;

const createAlias: OperationRow = {
  kind: "key",
  action: "kms:CreateAlias",
  members: ["AliasName", "TargetKeyId"],
  states: "not-pending-deletion",
  source: "AWS KMS API Reference, CreateAlias",
  prepare: (input) => {
    const name = input.requiredText("AliasName", LIMITS.aliasNameLength);
    if (!PATTERN.test(name)) throw validation("aliasName", `'${name}'`, `Member must satisfy ${PATTERN.source}`);
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
      const aliases = entries.map(({ name, arn, keyId, createdAtMs }) => ({
        AliasName: name,
        AliasArn: arn,
        TargetKeyId: keyId,
        CreationDate: seconds(createdAtMs),
        LastUpdatedDate: seconds(createdAtMs),
      }));
      return { Aliases: aliases, ...more };
    };
  },
};

/** CreateAlias and ListAliases. */
export const ALIAS_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  CreateAlias: createAlias,
  ListAliases: listAliases,
};
