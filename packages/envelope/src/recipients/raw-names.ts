import { invalidArgument } from "../errors.ts";

/** A name that stands in messages: 1 to 1,024 well-formed characters. `INVALID_ARGUMENT` otherwise. */
export function checkText(value: unknown, what: string): void {
  if (typeof value === "string" && value.length > 0 && value.length <= 1_024 && value.isWellFormed()) return;
  throw invalidArgument(`use the ${what}`, "it is no text of 1 to 1,024 characters", "Give one.");
}

/** The namespace of a raw key. `INVALID_ARGUMENT` for one that begins with `aws-kms`: AWS's keyrings would take it for theirs. */
export function checkNamespace(namespace: unknown): void {
  checkText(namespace, "key namespace");
  if (typeof namespace === "string" && namespace.startsWith("aws-kms")) {
    throw invalidArgument("use the key namespace", "it begins with aws-kms", "Choose a name of your own.");
  }
}
