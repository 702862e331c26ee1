import { invalidArgument } from "../errors.ts";

/** `INVALID_ARGUMENT` for what is no recipient. */
export function checkRecipient(recipient: unknown): void {
  if (typeof recipient === "object" && recipient !== null && "unwrap" in recipient && "wrap" in recipient) return;
  throw invalidArgument(
    "use the recipient",
    "it is none",
    "Make one by kmsRecipient, rawAesRecipient, rawRsaRecipient or anyOf.",
  );
}
