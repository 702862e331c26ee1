import { AwsError, notImplemented } from "../errors.ts";
import { Input, type JsonObject } from "../input.ts";
import { checkState, checkUsage } from "./checks.ts";
import { OPERATIONS } from "./index.ts";
import type { Account, Result } from "./row.ts";

/**
 * Runs one operation: reads its members, finds the key, asks the policy, checks state and usage, does the work.
 * Rejects with an `AwsError` for every refusal.
 */
export async function perform(operation: string, json: JsonObject, account: Account): Promise<Result> {
  const row = OPERATIONS.get(operation);
  if (row === undefined) throw notImplemented(`the operation ${operation}`);
  const input = new Input(operation, json, row.members);
  input.refuseList("GrantTokens");
  if (row.kind === "account") {
    const run = row.prepare(input);
    account.permissions.check(row.action, "*");
    return run(account);
  }
  const isDryRun = input.flag("DryRun");
  const { locate, run } = row.prepare(input);
  const key = locate(account);
  account.permissions.check(row.action, key.arn);
  checkState(row.states, key);
  checkUsage(row.usage, operation, key);
  const result = run({ key, account });
  if (!isDryRun) return result;
  // Source of the words: AWS Lambda Developer Guide and Amazon ECS Developer Guide, CloudTrail records of dry runs.
  throw new AwsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
}
