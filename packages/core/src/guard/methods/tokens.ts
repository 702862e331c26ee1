import type { KeyConf } from "../../contract/key.ts";
import type { Kms } from "../../contract/kms.ts";
import { KmsError } from "../../errors.ts";
import { readKeyConf } from "../../keys/configuration.ts";
import { readSettings } from "../arguments.ts";
import type { Caller } from "../instance.ts";
import * as sealing from "../sealing.ts";
import { begin } from "./caller.ts";
import { checkedConf, readExpectedConf } from "./key-arguments.ts";

type Tokens = Pick<Kms, "sealHandle" | "openHandle" | "sealKeyConf" | "openKeyConf">;

/** Sealing and opening make no call to a provider and are no operation of the audit; failures name the nearest one. */
export const tokenMethods = (caller: Caller): Tokens => {
  const { instance } = caller;
  return {
    sealHandle: (key, options) =>
      begin(caller, "describeKey", () => sealing.sealHandle(instance, key, signalOf(caller, options))),
    openHandle: (token, expect, options) =>
      begin(caller, "getKey", () =>
        sealing.openHandle(instance, token, sealing.readExpected(expect), signalOf(caller, options)),
      ),
    sealKeyConf: (provider, conf, options) =>
      begin(caller, "generateKey", () => {
        const checked = checkedConf(caller, provider, conf);
        return sealing.sealKeyConf(instance, instance.provider(provider), checked, signalOf(caller, options));
      }),
    openKeyConf: (token, expect, options) =>
      begin(caller, "generateKey", () => openKeyConf(caller, token, expect, options)),
  };
};

async function openKeyConf<C>(caller: Caller, token: unknown, expect: unknown, options: unknown): Promise<C>;
async function openKeyConf(
  caller: Caller,
  token: unknown,
  expect: unknown,
  options: unknown,
): Promise<KeyConf<never, unknown>> {
  const { instance } = caller;
  const { provider, algorithm } = readExpectedConf(expect);
  const expected = { provider: instance.provider(provider), algorithm };
  const conf = await sealing.openKeyConf(instance, token, expected, signalOf(caller, options));
  // A driver's answer is its own object: what the caller gets is a frozen copy.
  return readKeyConf(expected.provider.driver.checkConf(conf)) as KeyConf<never, unknown>;
}

/** The caller's signal. `CANCELLED` when it is aborted already. */
function signalOf({ instance }: Caller, options: unknown): AbortSignal | undefined {
  const { signal } = readSettings(options, "getKey", instance.timeoutMs);
  if (signal?.aborted) throw new KmsError("CANCELLED", "The call was cancelled before it began.");
  return signal;
}
