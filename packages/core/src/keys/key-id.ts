import { KmsError } from "../errors.ts";

// What the references of all known providers are made of: ARNs, aliases, vault URLs, resource names, store ids.
const grammar = /^[A-Za-z0-9][A-Za-z0-9/:._@+=-]{0,2047}$/;

/**
 * A reference to a key as a string that no driver can be led astray by: 1 to 2,048 of the characters that key ids of the
 * known providers consist of, no `..`. The driver's own grammar comes after. `INVALID_ARGUMENT` otherwise.
 */
export function readKeyReference(value: unknown): string {
  if (typeof value === "string" && value.length <= 2048 && grammar.test(value) && !value.includes("..")) return value;
  throw new KmsError(
    "INVALID_ARGUMENT",
    `A key reference was given that no provider has: ${shown(value)}. Give the key's id, ARN, alias, URL or resource name.`,
  );
}

/** At most 64 characters of an untrusted text, escaped, for an error message. */
export const shown = (value: unknown): string => {
  if (typeof value !== "string") return typeof value;
  const head = JSON.stringify(value.slice(0, 64));
  return value.length > 64 ? `${head}… (${value.length} characters)` : head;
};
