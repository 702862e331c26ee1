import type { Json } from "../contract/words.ts";
import { KmsError } from "../errors.ts";

/** An object among claims. */
export type Given = { readonly [name: string]: Json };

/** A member of claims that cannot be a handle's. */
export class Misfit extends Error {
  readonly member: string;

  constructor(member: string) {
    super(`The claims have ${member} that no handle has.`);
    this.member = member;
  }
}

/** Whatever another reader refuses is refused as this member. */
export function within<T>(member: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw KmsError.isInstance(error) ? new Misfit(member) : error;
  }
}

/** RFC 3339 in UTC with milliseconds. */
export function dateOf(ms: number, member: string): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw new Misfit(member);
  return date.toISOString();
}

/** An object. */
export const record = (json: Json | undefined, member: string): Given => {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Given;
  throw new Misfit(member);
};

/** Text of at least one character, well-formed. */
export const text = (json: Json | undefined, member: string): string => {
  if (typeof json === "string" && json !== "" && json.isWellFormed()) return json;
  throw new Misfit(member);
};

/** A whole number from 1. */
export const integer = (json: Json | undefined, member: string): number => {
  if (Number.isSafeInteger(json) && Number(json) >= 1) return Number(json);
  throw new Misfit(member);
};

/** A date as `dateOf` writes it, in milliseconds since the epoch. */
export const time = (json: Json | undefined, member: string): number => {
  const ms = Date.parse(text(json, member));
  if (!Number.isNaN(ms) && new Date(ms).toISOString() === json) return ms;
  throw new Misfit(member);
};

/** Undefined for what is not there. */
export const optional = <T>(
  json: Json | undefined,
  member: string,
  read: (json: Json | undefined, member: string) => T,
): T | undefined => (json === undefined ? undefined : read(json, member));

/** One of the values. */
export const oneOf = <T extends string>(json: Json | undefined, member: string, values: readonly T[]): T => {
  const found = values.find((value) => value === json);
  if (found === undefined) throw new Misfit(member);
  return found;
};
