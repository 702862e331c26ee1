import type { KeyHandle } from "../../contract/key.ts";
import type { Kms } from "../../contract/kms.ts";
import type { Revocation, Transition } from "../../contract/results.ts";
import type { Algorithm, RevocationReason } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { shown } from "../../keys/key-id.ts";
import { ownMember } from "../arguments.ts";
import { boundKey } from "../handles.ts";
import type { Caller } from "../instance.ts";
import type { OneVersion } from "../operations/lifecycle.ts";
import * as rows from "../operations/index.ts";
import type { LaterRow } from "../pipeline.ts";
import type { KeyTask } from "../task.ts";
import { begin, handleOf, onKey } from "./caller.ts";
import { readNamedVersion } from "./use-arguments.ts";

type Life = Pick<
  Kms,
  | "rotateKey"
  | "replaceKey"
  | "disableKey"
  | "enableKey"
  | "revokeKey"
  | "scheduleDestruction"
  | "cancelDestruction"
  | "getDestructionReceipt"
>;

const transitionOptions: readonly string[] = ["keyVersion", "reason"];

const renewing =
  (caller: Caller, row: LaterRow<KeyTask, undefined, KeyHandle>) =>
  <A extends Algorithm>(key: KeyHandle<A>, options: unknown): Promise<KeyHandle<A>> =>
    begin(caller, row.operation, () => handleOf(onKey(caller, row, { key, input: undefined, options })));

const moving =
  (caller: Caller, row: LaterRow<KeyTask, OneVersion, Transition>) =>
  (key: KeyHandle, options: unknown): Promise<Transition> =>
    begin(caller, row.operation, () => {
      const input = { version: readNamedVersion(caller, key, options) };
      return onKey(caller, row, { key, input, options, extra: transitionOptions, version: input.version });
    });

const revokeKey =
  (caller: Caller): Life["revokeKey"] =>
  (key, reason, options) =>
    begin(caller, "revokeKey", () => {
      const version = readNamedVersion(caller, key, options);
      const input = { version, revocation: readRevocation(caller, key, reason, { options, version }) };
      const extra = ["keyVersion", "occurredAt"];
      return onKey(caller, rows.revokeKey, { key, input, options, extra, version, reason });
    });

const scheduleDestruction =
  (caller: Caller): Life["scheduleDestruction"] =>
  (key, options) =>
    begin(caller, "scheduleDestruction", () => {
      const input = { version: readNamedVersion(caller, key, options), windowDays: readWindow(options) };
      return onKey(caller, rows.scheduleDestruction, {
        key,
        input,
        options,
        extra: [...transitionOptions, "windowDays"],
        version: input.version,
      });
    });

const getDestructionReceipt =
  (caller: Caller): Life["getDestructionReceipt"] =>
  (key, options) =>
    begin(caller, "getDestructionReceipt", () => {
      const input = { version: readNamedVersion(caller, key, options) };
      return onKey(caller, rows.getDestructionReceipt, {
        key,
        input,
        options,
        extra: ["keyVersion"],
        version: input.version,
      });
    });

/** The life of a key: rotation, replacement, transitions, destruction. Each reads its arguments and names its row. */
export const lifeMethods = (caller: Caller): Life => ({
  rotateKey: renewing(caller, rows.rotateKey),
  replaceKey: renewing(caller, rows.replaceKey),
  disableKey: moving(caller, rows.disableKey),
  enableKey: moving(caller, rows.enableKey),
  revokeKey: revokeKey(caller),
  scheduleDestruction: scheduleDestruction(caller),
  cancelDestruction: moving(caller, rows.cancelDestruction),
  getDestructionReceipt: getDestructionReceipt(caller),
});

const reasons: ReadonlySet<unknown> = new Set<RevocationReason>([
  "key-compromise",
  "superseded",
  "cessation-of-operation",
  "privilege-withdrawn",
  "unspecified",
]);
const isReason = (value: unknown): value is RevocationReason => reasons.has(value);

/** Now, and since when: by default since the key was made (KMIP Compromise Occurrence Date; `requirements` 14). */
function readRevocation(
  caller: Caller,
  key: unknown,
  reason: unknown,
  { options, version }: { readonly options: unknown; readonly version: string | undefined },
): Revocation {
  if (!isReason(reason)) {
    throw invalid(`A revocation reason is one of ${[...reasons].join(", ")}; ${shown(reason)} was given.`);
  }
  const occurredAt = ownMember(options, "occurredAt");
  const now = caller.instance.time.now();
  const { versions } = boundKey(caller.instance, key).claims;
  const pinned = versions.find((one) => version === undefined || one.version === version);
  const madeAt = Math.min(pinned?.createdAt ?? now, now); // a provider's clock may run ahead of ours
  const since = occurredAt instanceof Date ? occurredAt.getTime() : occurredAt === undefined ? madeAt : Number.NaN;
  if (Number.isNaN(since) || since > now) throw invalid("occurredAt must be a Date that has passed.");
  return Object.freeze({ reason, revokedAt: new Date(now), occurredAt: new Date(since) });
}

function readWindow(options: unknown): number | undefined {
  const windowDays = ownMember(options, "windowDays");
  if (windowDays === undefined) return undefined;
  if (Number.isSafeInteger(windowDays) && Number(windowDays) >= 0) return Number(windowDays);
  throw invalid("windowDays is a whole number of days.");
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
