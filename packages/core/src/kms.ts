import { isAlgorithm } from "./algorithms/registry.ts";
import type { KmsDriver } from "./contract/driver.ts";
import type { Kms, Providers } from "./contract/kms.ts";
import type { KmsOptions } from "./contract/options.ts";
import { KmsError } from "./errors.ts";
import { health, supports } from "./guard/instance-answers.ts";
import { Instance, readName, type Caller } from "./guard/instance.ts";

import { isOperation } from "./guard/operation-names.ts";
import { keyMethods } from "./guard/methods/keys.ts";
import { lifeMethods } from "./guard/methods/life.ts";
import { tokenMethods } from "./guard/methods/tokens.ts";
import { useMethods } from "./guard/methods/use.ts";
import { shown } from "./keys/key-id.ts";

/** Whose instance a `Kms` is; nobody outside this package reaches it. */
const callers = new WeakMap<object, Caller>();

/**
 * The Cryptographer over drivers under the application's own names. Nothing is called and no environment is read.
 * `INVALID_ARGUMENT` for no provider, a thing that is no driver, an unknown option or a value out of range. Options are
 * read once; what is changed in them later changes nothing.
 */
export function createKms<const P extends { readonly [N in keyof P]: KmsDriver }>(options: KmsOptions<P>): Kms<P>;
export function createKms(options: KmsOptions<Providers>): Kms {
  const instance = new Instance(options);
  return makeKms({ instance, actor: readName(options.actor, "actor") });
}

function makeKms(caller: Caller): Kms {
  const { instance } = caller;
  const kms: Kms = Object.freeze<Kms>({
    ...keyMethods(caller),
    ...tokenMethods(caller),
    ...useMethods(caller),
    ...lifeMethods(caller),
    supports: ({ provider, operation, algorithm, protection }) => {
      if (algorithm !== undefined && !isAlgorithm(algorithm)) {
        throw new KmsError("INVALID_ARGUMENT", `There is no algorithm ${shown(algorithm)}.`);
      }
      if (!isOperation(operation)) {
        throw new KmsError("INVALID_ARGUMENT", `There is no operation ${shown(operation)}.`);
      }
      return supports(instance.provider(provider), operation, algorithm, protection);
    },
    capabilities: (provider) => instance.provider(provider).driver.capabilities,
    health: async (asked) => {
      instance.assertOpen();
      return health(instance, asked);
    },
    withActor: (actor) => {
      if (actor === undefined) throw new KmsError("INVALID_ARGUMENT", "withActor needs the name of an actor.");
      return makeKms({ instance, actor: readName(actor, "actor") });
    },
    close: () => instance.close(),
  });
  callers.set(kms, caller);
  return kms;
}

/** What stands behind a `Kms` that `createKms` made; `INVALID_ARGUMENT` for anything else. */
export function callerOf(kms: object): Caller {
  const caller = callers.get(kms);
  if (caller !== undefined) return caller;
  throw new KmsError("INVALID_ARGUMENT", "This object was not made by createKms of this copy of @kms/core.");
}

/**
 * Says that the wall clock is right although it leapt by a day or more while the process ran (`crypto-rules` 26). Until
 * then changes to keys are refused with `CONFLICT`. Effective time never goes back.
 */
export const acknowledgeClock = (kms: object): void => callerOf(kms).instance.time.acknowledge();
