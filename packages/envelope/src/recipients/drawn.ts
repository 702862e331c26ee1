import { after, isPromised, type Awaitable } from "../after.ts";
import { random } from "../primitives.ts";
import type { GeneratedDataKey, Recipient, WrapRequest } from "./recipient.ts";

/** A fresh data key of a recipient: its own, or one drawn here and wrapped by it, which is overwritten where it cannot. */
export function generateFor(
  recipient: Recipient,
  lengthBytes: 16 | 24 | 32,
  request: WrapRequest,
): Awaitable<GeneratedDataKey> {
  if (recipient.generate !== undefined) return recipient.generate(lengthBytes, request);
  const dataKey = random(lengthBytes);
  const refused = (error: unknown): never => {
    dataKey.fill(0);
    throw error;
  };
  try {
    const wrapped = recipient.wrap(dataKey, request);
    return after(isPromised(wrapped) ? Promise.resolve(wrapped).catch(refused) : wrapped, (encrypted) => ({
      dataKey,
      encrypted,
    }));
  } catch (error) {
    return refused(error);
  }
}
