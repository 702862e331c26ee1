import { isAlgorithm, type AlgorithmRow } from "../algorithms/registry.ts";
import { minimumStrengthAt } from "../algorithms/strengths.ts";
import type { Implementation } from "../contract/capabilities.ts";
import type { KeyPolicy } from "../contract/options.ts";
import type { Json, Protection, Purpose } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { usesOf } from "./action-configuration.ts";
import { digestOf, dropUndefined, plainObject } from "./configuration.ts";
import { shown } from "./key-id.ts";

const dayMs = 86_400_000;
const members: ReadonlySet<string> = new Set<keyof KeyPolicy>([
  "minimumStrengthBits",
  "allowedAlgorithms",
  "allowedProtection",
  "maximumProtectAgeDays",
  "allowJsPrimitives",
  "refuseWarnings",
]);

/** A policy read once, with its digest. Today's policy decides; the digest in a token is only reported (`crypto-rules` 25). */
export interface Policy extends KeyPolicy {
  readonly digest: string;
}

/** Reads a policy; `INVALID_ARGUMENT` for a member that it does not have or a value out of range. */
export function readPolicy(value: unknown): Policy {
  const given = plainObject(value === undefined ? {} : value, "policy");
  for (const name of Object.keys(given)) {
    if (!members.has(name)) throw invalid(`A policy has no member ${shown(name)}.`);
  }
  const policy: KeyPolicy = Object.freeze({
    minimumStrengthBits: readCount(given["minimumStrengthBits"], "minimumStrengthBits"),
    allowedAlgorithms: readList(given["allowedAlgorithms"], "allowedAlgorithms", isAlgorithm),
    allowedProtection: readList(given["allowedProtection"], "allowedProtection", isProtection),
    maximumProtectAgeDays: readAges(given["maximumProtectAgeDays"]),
    allowJsPrimitives: readBoolean(given["allowJsPrimitives"], "allowJsPrimitives"),
    refuseWarnings: readBoolean(given["refuseWarnings"], "refuseWarnings"),
  });
  return Object.freeze({ ...policy, digest: digestOf(dropUndefined(policy) as { readonly [name: string]: Json }) });
}

/** What policy is asked about. */
export interface PolicyQuestion {
  readonly algorithm: AlgorithmRow;
  readonly protection: Protection | undefined;
  readonly implementation: Implementation | undefined;
  /** protect: encrypt, sign, wrap, make a MAC, make a key. process: read what was protected; strength and age do not stop it. */
  readonly effect: "protect" | "process";
}

/** `POLICY_VIOLATION` when today's policy does not allow it. */
export function checkPolicy(policy: Policy, question: PolicyQuestion, nowMs: number): void {
  const { algorithm, protection, effect } = question;
  if (policy.allowedAlgorithms !== undefined && !policy.allowedAlgorithms.includes(algorithm.algorithm)) {
    throw refused(
      `Policy allows ${policy.allowedAlgorithms.join(", ") || "no algorithm"}; the key is ${algorithm.algorithm}.`,
    );
  }
  if (
    policy.allowedProtection !== undefined &&
    protection !== undefined &&
    !policy.allowedProtection.includes(protection)
  ) {
    throw refused(
      `Policy allows ${policy.allowedProtection.join(", ") || "no"} protection; the key has ${protection}.`,
    );
  }
  if (question.implementation === "js" && policy.allowJsPrimitives !== true) {
    throw refused(`${algorithm.algorithm} would run in JavaScript here; allow that by policy.allowJsPrimitives.`);
  }
  if (effect === "process") return;
  // SP 800-57 Part 1 §5.6.3: below the floor of the day, old data may still be read.
  const minimum = policy.minimumStrengthBits ?? minimumStrengthAt(nowMs);
  if (algorithm.strengthBits < minimum) {
    throw refused(
      `Protecting asks for ${minimum} bits of strength today; ${algorithm.algorithm} has ${algorithm.strengthBits}.`,
    );
  }
}

/** `POLICY_VIOLATION` when a version is older than policy lets keys of this purpose protect, or when its age is not known. */
export function checkAge(policy: Policy, purpose: Purpose, madeAt: number | undefined, nowMs: number): void {
  const maximum = policy.maximumProtectAgeDays?.[purpose];
  if (maximum === undefined) return;
  if (madeAt === undefined) {
    throw refused(`Policy lets a key protect for ${maximum} days, and its age is not known; refresh the handle.`);
  }
  // A version dated in the future has no known age (`requirements` 19); a day is left for clocks that differ.
  if (nowMs - madeAt >= maximum * dayMs || madeAt > nowMs + dayMs) {
    throw refused(
      `Policy lets a key version protect for ${maximum} days, which have passed; rotate the key, or refresh a handle that does not know the newer version.`,
    );
  }
}

const isProtection = (value: unknown): value is Protection =>
  value === "software" || value === "hsm" || value === "external";

function readList<T>(value: unknown, what: string, is: (entry: unknown) => entry is T): readonly T[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalid(`${what} must be a list.`);
  return Object.freeze(
    value.map((entry: unknown) => {
      if (!is(entry)) throw invalid(`${what} has an entry that does not exist: ${shown(entry)}.`);
      return entry;
    }),
  );
}

function readCount(value: unknown, what: string): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= 1)) return value as number | undefined;
  throw invalid(`${what} must be a whole number from 1.`);
}

function readBoolean(value: unknown, what: string): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw invalid(`${what} is true or false.`);
}

function readAges(value: unknown): KeyPolicy["maximumProtectAgeDays"] {
  if (value === undefined) return undefined;
  const ages = dropUndefined(plainObject(value, "maximumProtectAgeDays"));
  for (const [purpose, days] of Object.entries(ages)) {
    if (!Object.hasOwn(usesOf, purpose)) {
      throw invalid(`maximumProtectAgeDays names ${shown(purpose)}, which is no purpose.`);
    }
    readCount(days, `maximumProtectAgeDays for ${purpose}`);
  }
  return Object.freeze(ages);
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
const refused = (message: string): KmsError => new KmsError("POLICY_VIOLATION", message);
