import { after, type Awaitable } from "../after.ts";
import { random } from "../primitives.ts";
import type { GeneratedDataKey, Recipient, WrapRequest } from "./recipient.ts";

/** A fresh data key of a recipient: its own, or one drawn here and wrapped by it. */
export function generateFor(
  recipient: Recipient,
  lengthBytes: 16 | 24 | 32,
  request: WrapRequest,
): Awaitable<GeneratedDataKey> {
  if (recipient.generate !== undefined) return recipient.generate(lengthBytes, request);
  const dataKey = random(lengthBytes);
  return after(recipient.wrap(dataKey, request), (encrypted) => ({ dataKey, encrypted }));
}
