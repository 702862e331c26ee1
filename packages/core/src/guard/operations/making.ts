import { randomId } from "../../algorithms/primitives.ts";
import { algorithmRow } from "../../algorithms/registry.ts";
import type { KeyConf, KeyHandle } from "../../contract/key.ts";
import type { KeyRecord } from "../../contract/record.ts";
import type { Algorithm, Operation, Protection } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { confToJson, digestOf, type WideKeyConf } from "../../keys/configuration.ts";
import type { HandleClaims } from "../../keys/handle.ts";
import type { PolicyQuestion } from "../../keys/policy.ts";
import { claimsFrom, noLineage, type Lineage } from "../claims.ts";
import { bind } from "../handles.ts";
import { afterwards } from "../drive.ts";
import { matchingRows, unsupported, type Provider } from "../provider.ts";
import type { Task } from "../task.ts";
import { differences, refuseDifferences, settledRecord, withOrigin } from "./records.ts";

/** A configuration that the driver has checked. */
export interface Configured {
  readonly conf: KeyConf<Algorithm, unknown>;
}

/** `UNSUPPORTED` unless some row of the provider claims the operation for this algorithm, protection and origin. */
export function checkClaimed(
  provider: Provider,
  operation: Operation,
  conf: WideKeyConf,
  origin: "generated" | "imported",
): void {
  if (isClaimed(provider, operation, conf, origin)) return;
  throw unsupported(
    provider.name,
    operation,
    conf.protection === undefined ? conf.algorithm : `${conf.algorithm} (${conf.protection})`,
  );
}

/** `UNSUPPORTED` unless the provider generates or imports keys of this configuration. */
export function checkMakeable(provider: Provider, conf: WideKeyConf): void {
  if (!isClaimed(provider, "importKey", conf, "imported")) checkClaimed(provider, "generateKey", conf, "generated");
}

const isClaimed = (
  provider: Provider,
  operation: Operation,
  { algorithm, protection }: WideKeyConf,
  origin: "generated" | "imported",
): boolean =>
  matchingRows(provider, algorithm, protection).some(
    (row) => row.origin === origin && row.operations[operation] !== undefined,
  );

/** What policy is asked about a key to be made. Without a stated protection, the provider's only one counts; where there are several, what was made is asked about. */
export const questionOfConf = (task: Task, conf: WideKeyConf): PolicyQuestion => ({
  algorithm: algorithmRow(conf.algorithm),
  protection: conf.protection ?? onlyProtection(task, conf),
  implementation: undefined,
  effect: "protect",
});

function onlyProtection(task: Task, { algorithm }: WideKeyConf): Protection | undefined {
  const [protection, another] = new Set(matchingRows(task.provider, algorithm, undefined).map((row) => row.protection));
  return another === undefined ? protection : undefined;
}

/** What is to be made. */
export interface KeyPlan extends Configured {
  readonly origin: "generated" | "imported";
  /** The key that the new one stands in for. */
  readonly replaces: string | undefined;
}

/** Names the key where the application does, makes it, then waits, reads back, compares and pins. */
export async function makeKey(
  task: Task,
  { conf, origin, replaces }: KeyPlan,
  make: (named: KeyPlan["conf"]) => Promise<string>,
): Promise<KeyHandle> {
  const { naming } = task.provider.driver.capabilities;
  const keyId = await make(naming === "chosen" && conf.name === undefined ? { ...conf, name: randomId() } : conf);
  return afterwards(task, keyId, `The key itself was made: ${keyId}.`, async () => {
    const record = withOrigin(await settledRecord(task, keyId), origin);
    refuseDifferences(record, differences(record, conf, origin));
    const confDigest = digestOf(confToJson(conf));
    const { algorithm, destructionWindowDays } = conf;
    const lineage = { ...noLineage, confDigest, destructionWindowDays, replaces };
    return bind(task.instance, task.provider, await claimsToAdopt(task, record, algorithm, lineage));
  });
}

/** Claims over a record that was just read; policy sees what the record says. */
export async function claimsToAdopt(
  task: Task,
  record: KeyRecord,
  algorithm: Algorithm,
  lineage: Lineage,
): Promise<HandleClaims> {
  task.keyId = record.id;
  task.algorithm = algorithm;
  refuseWarnings(task, record);
  const { allowedProtection } = task.instance.policy;
  if (allowedProtection !== undefined && !allowedProtection.includes(record.protection)) {
    throw new KmsError(
      "POLICY_VIOLATION",
      `Policy does not allow ${record.protection} protection, which this key has.`,
      {
        keyId: record.id,
      },
    );
  }
  return claimsFrom(task, record, algorithm, lineage);
}

/** `POLICY_VIOLATION` for a key with a warning, where policy refuses those. */
function refuseWarnings(task: Task, record: KeyRecord): void {
  const warning = record.findings?.find(({ severity }) => severity === "warning");
  if (warning === undefined || task.instance.policy.refuseWarnings !== true) return;
  throw new KmsError("POLICY_VIOLATION", `Policy refuses keys with warnings: ${warning.what}.`, { keyId: record.id });
}
