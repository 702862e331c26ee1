import type { Sealer, TokenType } from "../contract/options.ts";
import type { Awaitable, Json } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { Interruption, type GuardCall } from "./call.ts";
import { interrupted } from "./failure.ts";
import { isPromised } from "./promised.ts";

/** A token, within the call. What a sealer throws that is no `KmsError` is `UNAVAILABLE`: a sealer may hold its key elsewhere. */
export const sealed = (sealer: Sealer, type: TokenType, claims: Json, call: GuardCall): Promise<string> =>
  within(call, () => sealer.seal(type, claims, call.signal));

/** The claims of a token, within the call. */
export const unsealed = (sealer: Sealer, type: TokenType, token: string, call: GuardCall): Promise<Json> =>
  within(call, () => sealer.open(type, token, call.signal));

async function within<T>(call: GuardCall, ask: () => Awaitable<T>): Promise<T> {
  try {
    const answer = ask();
    return isPromised(answer) ? await call.within(answer) : answer;
  } catch (cause) {
    if (cause instanceof Interruption) throw interrupted(cause);
    if (KmsError.isInstance(cause)) throw cause;
    throw new KmsError("UNAVAILABLE", "The sealer failed. Check that its key can be reached.", { cause });
  }
}
