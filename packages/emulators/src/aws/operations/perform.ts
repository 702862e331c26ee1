import { notImplemented } from "../errors.ts";
import { Input, type JsonObject } from "../input.ts";
import { checkState, checkUsage } from "./checks.ts";
import { OPERATIONS } from "./index.ts";
import type { Account, Result } from "./row.ts";

/**
 * Runs one operation: reads its members, finds the key, asks the policy, checks state and usage, does the work.
 * Throws an `AwsError` for every refusal.
 */
export function perform(operation: string, json: JsonObject, account: Account): Result {
  const row = OPERATIONS.get(operation);
  if (row === undefined) throw notImplemented(`the operation ${operation}`);
  const input = new Input(operation, json, row.members);
  if (row.kind === "account") {
    const run = row.prepare(input);
    account.permissions.check(row.action, "*");
    return run(account);
  }
  const { locate, run } = row.prepare(input);
  const key = locate(account);
  account.permissions.check(row.action, key.arn);
  checkState(row, key);
  checkUsage(row, key);
  return run({ key, account });
}
