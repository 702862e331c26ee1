import type { KeyConf } from "../../contract/key.ts";
import type { Kms } from "../../contract/kms.ts";
import type { Operation } from "../../contract/words.ts";
import { readKeyConf } from "../../keys/configuration.ts";
import { readSettings } from "../arguments.ts";
import { GuardCall } from "../call.ts";
import type { Caller } from "../instance.ts";
import type * as Sealing from "../sealing.ts";
import { begin, named } from "./caller.ts";
import { checkedConf, readExpected, readExpectedConf } from "./key-arguments.ts";

type Tokens = Pick<Kms, "sealHandle" | "openHandle" | "sealKeyConf" | "openKeyConf">;

// Loaded with the first token.
const sealing = (): Promise<typeof Sealing> => import("../sealing.ts");

/** Runs the work of a sealer within a call of its own. It is no operation of the audit: failures name the nearest one. */
const withCall = <R>(
  caller: Caller,
  operation: Operation,
  options: unknown,
  work: (call: GuardCall) => Promise<R>,
): Promise<R> =>
  begin(caller, operation, async () => {
    const { instance } = caller;
    let call: GuardCall | undefined;
    try {
      call = new GuardCall(instance, readSettings(options, operation, instance.timeoutMs ?? 10_000));
      return await work(call);
    } catch (error) {
      throw named(error, operation);
    } finally {
      call?.dispose();
    }
  });

const sealHandle =
  (caller: Caller): Tokens["sealHandle"] =>
  (key, options) =>
    withCall(caller, "describeKey", options, async (call) => (await sealing()).sealHandle(caller.instance, key, call));

const openHandle =
  (caller: Caller): Tokens["openHandle"] =>
  (token, expect, options) =>
    withCall(caller, "getKey", options, async (call) => {
      const expected = readExpected(expect);
      return (await sealing()).openHandle(caller.instance, token, expected, call);
    });

const sealKeyConf =
  (caller: Caller): Tokens["sealKeyConf"] =>
  (provider, conf, options) =>
    withCall(caller, "generateKey", options, async (call) => {
      const checked = checkedConf(caller, provider, conf);
      return (await sealing()).sealKeyConf(caller.instance, caller.instance.provider(provider), checked, call);
    });

const openKeyConf =
  (caller: Caller): Tokens["openKeyConf"] =>
  (token, expect, options) =>
    withCall(caller, "generateKey", options, (call) => openConf(caller, token, expect, call));

async function openConf<C>(caller: Caller, token: unknown, expect: unknown, call: GuardCall): Promise<C>;
async function openConf(
  caller: Caller,
  token: unknown,
  expect: unknown,
  call: GuardCall,
): Promise<KeyConf<never, unknown>> {
  const { provider, algorithm } = readExpectedConf(expect);
  const at = caller.instance.provider(provider);
  const conf = await (await sealing()).openKeyConf(caller.instance, token, { provider: at, algorithm }, call);
  // A driver's answer is its own object: what the caller gets is a frozen copy.
  return readKeyConf(at.driver.checkConf(conf)) as KeyConf<never, unknown>;
}

/** Sealing and opening make no call to a provider. */
export const tokenMethods = (caller: Caller): Tokens => ({
  sealHandle: sealHandle(caller),
  openHandle: openHandle(caller),
  sealKeyConf: sealKeyConf(caller),
  openKeyConf: openKeyConf(caller),
});
