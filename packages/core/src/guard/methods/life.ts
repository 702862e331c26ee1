import type { KeyHandle } from "../../contract/key.ts";
import type { Kms } from "../../contract/kms.ts";
import type { Revocation } from "../../contract/results.ts";
import type { Algorithm, RevocationReason } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { shown } from "../../keys/key-id.ts";
import { readVersion } from "../arguments.ts";
import { boundKey } from "../handles.ts";
import * as rows from "../operations/index.ts";
import { begin, onKey, type Caller } from "./caller.ts";

const transitionOptions: readonly string[] = ["keyVersion", "reason"];

/** The life of a key: rotation, replacement, transitions, destruction. */
export const lifeMethods = (
  caller: Caller,
): Pick<
  Kms,
  "rotateKey" | "replaceKey" | "disableKey" | "enableKey" | "revokeKey" | "scheduleDestruction" | "cancelDestruction" | "getDestructionReceipt"
> => ({
  rotateKey: <A extends Algorithm>(key: KeyHandle<A>, options: unknown) =>
    begin(caller, "rotateKey", () => onKey(caller, rows.rotateKey, key, undefined, { options }) as Promise<KeyHandle<A>>),
  replaceKey: <A extends Algorithm>(key: KeyHandle<A>, options: unknown) =>
    begin(caller, "replaceKey", () => onKey(caller, rows.replaceKey, key, undefined, { options }) as Promise<KeyHandle<A>>),
  disableKey: (key, options) =>
    begin(caller, "disableKey", () => onKey(caller, rows.disableKey, key, oneVersion(caller, key, options), { options, extra: transitionOptions })),
  enableKey: (key, options) =>
    begin(caller, "enableKey", () => onKey(caller, rows.enableKey, key, oneVersion(caller, key, options), { options, extra: transitionOptions })),
  revokeKey: (key, reason, options) =>
    begin(caller, "revokeKey", () => {
      const one = oneVersion(caller, key, options);
      const input = { ...one, revocation: readRevocation(caller, key, reason, options, one.version) };
      return onKey(caller, rows.revokeKey, key, input, { options, extra: ["keyVersion", "occurredAt"] });
    }),
  scheduleDestruction: (key, options) =>
    begin(caller, "scheduleDestruction", () => {
      const input = { ...oneVersion(caller, key, options), windowDays: readWindow(options) };
      return onKey(caller, rows.scheduleDestruction, key, input, { options, extra: [...transitionOptions, "windowDays"] });
    }),
  cancelDestruction: (key, options) =>
    begin(caller, "cancelDestruction", () => onKey(caller, rows.cancelDestruction, key, oneVersion(caller, key, options), { options, extra: transitionOptions })),
  getDestructionReceipt: (key, options) =>
    begin(caller, "getDestructionReceipt", () => onKey(caller, rows.getDestructionReceipt, key, oneVersion(caller, key, options), { options, extra: ["keyVersion"] })),
});

const oneVersion = (caller: Caller, key: unknown, options: unknown): { readonly version: string | undefined } => ({
  version: options === undefined ? undefined : readVersion(options, boundKey(caller.instance, key).provider.driver.isVersion),
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
function readRevocation(caller: Caller, key: unknown, reason: unknown, options: unknown, version: string | undefined): Revocation {
  if (!isReason(reason)) throw invalid(`A revocation reason is one of ${[...reasons].join(", ")}; ${shown(reason)} was given.`);
  const { occurredAt }: { readonly occurredAt?: unknown } = options ?? {};
  const now = caller.instance.time.now();
  const { versions } = boundKey(caller.instance, key).claims;
  const madeAt = versions.find((pinned) => version === undefined || pinned.version === version)?.createdAt;
  const since = occurredAt === undefined ? (madeAt ?? now) : occurredAt instanceof Date ? occurredAt.getTime() : Number.NaN;
  if (Number.isNaN(since) || since > now) throw invalid("occurredAt must be a Date that has passed.");
  return Object.freeze({ reason, revokedAt: new Date(now), occurredAt: new Date(since) });
}

function readWindow(options: unknown): number | undefined {
  const { windowDays }: { readonly windowDays?: unknown } = options ?? {};
  if (windowDays === undefined) return undefined;
  if (Number.isSafeInteger(windowDays) && Number(windowDays) >= 0) return Number(windowDays);
  throw invalid("windowDays is a whole number of days.");
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
