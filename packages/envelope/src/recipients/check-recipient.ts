import { invalidArgument } from "../errors.ts";

/** `INVALID_ARGUMENT` for what is no recipient: both ways are functions, and what may be left out is one or is not there. */
export function checkRecipient(recipient: unknown): void {
  if (typeof recipient === "object" && recipient !== null) {
    const { wrap, unwrap, generate, reuse } = recipient as Readonly<Record<string, unknown>>;
    if (typeof wrap === "function" && typeof unwrap === "function" && isOptional(generate) && isOptional(reuse)) return;
  }
  throw invalidArgument(
    "use the recipient",
    "it is none",
    "Make one by kmsRecipient, rawAesRecipient, rawRsaRecipient or anyOf.",
  );
}

const isOptional = (value: unknown): boolean => value === undefined || typeof value === "function";
