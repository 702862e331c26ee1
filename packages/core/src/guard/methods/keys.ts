import type { Kms } from "../../contract/kms.ts";
import type { KeyListing } from "../../contract/results.ts";
import type { StringMap } from "../../contract/words.ts";
import { readBytes } from "../../encoding/bytes.ts";
import { KmsError } from "../../errors.ts";
import { narrow, readRestriction } from "../../keys/action-configuration.ts";
import { readLabels } from "../../keys/configuration.ts";
import { readKeyReference } from "../../keys/key-id.ts";
import { ownMember, readSettings } from "../arguments.ts";
import { bind, boundKey } from "../handles.ts";
import { readRandomLength } from "../instance-answers.ts";
import type { Caller } from "../instance.ts";
import * as rows from "../operations/index.ts";
import { Task } from "../task.ts";
import { atProvider, begin, handleOf, named, onKey } from "./caller.ts";
import { checkedConf, readExpectedKey } from "./key-arguments.ts";
import { readNamedVersion } from "./use-arguments.ts";

type Keys = Pick<
  Kms,
  | "generateKey"
  | "importKey"
  | "getKey"
  | "refreshHandle"
  | "restrictKey"
  | "describeKey"
  | "listKeys"
  | "getPublicKey"
  | "generateRandom"
>;
type Method<N extends keyof Keys> = (caller: Caller) => Keys[N];

const generateKey: Method<"generateKey"> = (caller) => (provider, conf, options) =>
  begin(caller, "generateKey", () => {
    const input = { conf: checkedConf(caller, provider, conf) };
    return handleOf(
      atProvider(caller, rows.generateKey, { provider, input, options, algorithm: input.conf.algorithm }),
    );
  });

const importKey: Method<"importKey"> = (caller) => (provider, conf, material, options) =>
  begin(caller, "importKey", () => {
    const input = { conf: checkedConf(caller, provider, conf), material: readBytes(material, "key material") };
    // A promise, also of what fails at once: the copy is overwritten in either case.
    const imported = begin(caller, "importKey", () =>
      atProvider(caller, rows.importKey, { provider, input, options, algorithm: input.conf.algorithm }),
    );
    return handleOf(imported.finally(() => input.material.fill(0)));
  });

const getKey: Method<"getKey"> = (caller) => (provider, reference, expect, options) =>
  begin(caller, "getKey", () => {
    const input = { reference: readKeyReference(reference), ...readExpectedKey(expect) };
    return handleOf(atProvider(caller, rows.getKey, { provider, input, options, algorithm: input.algorithm }));
  });

const refreshHandle: Method<"refreshHandle"> = (caller) => (key, options) =>
  begin(caller, "refreshHandle", () => handleOf(onKey(caller, rows.refreshHandle, { key, input: undefined, options })));

const restrictKey: Method<"restrictKey"> = (caller) => (key, config) => {
  const { instance } = caller;
  try {
    instance.assertOpen();
    const { claims, provider } = boundKey(instance, key);
    const restriction = narrow(claims.restriction, readRestriction(config, claims.purpose));
    return bind(instance, provider, Object.freeze({ ...claims, restriction }));
  } catch (error) {
    throw named(error, "getKey"); // the nearest operation: narrowing is none of its own
  }
};

const describeKey: Method<"describeKey"> = (caller) => (key, options) =>
  begin(caller, "describeKey", () => onKey(caller, rows.describeKey, { key, input: undefined, options }));

const getPublicKey: Method<"getPublicKey"> = (caller) => (key, options) =>
  begin(caller, "getPublicKey", () => {
    const input = { version: readNamedVersion(caller, key, options) };
    return onKey(caller, rows.getPublicKey, { key, input, options, extra: ["keyVersion"], version: input.version });
  });

const generateRandom: Method<"generateRandom"> = (caller) => (provider, lengthBytes, options) =>
  begin(caller, "generateRandom", () => {
    const input = { lengthBytes: readRandomLength(lengthBytes) };
    return atProvider(caller, rows.generateRandom, { provider, input, options });
  });

/** Arguments are read here and now; what is wrong with them is told when the first entry is asked for. */
function listed(caller: Caller, provider: unknown, options: unknown): ReturnType<Kms["listKeys"]> {
  try {
    const { instance } = caller;
    instance.assertOpen();
    const settings = readSettings(options, "listKeys", instance.timeoutMs, ["labels"]);
    const labels = ownMember(options, "labels");
    const chosen = labels === undefined ? undefined : readLabels(labels);
    return entries(new Task(caller, "listKeys", instance.provider(provider), settings), chosen);
  } catch (error) {
    return entries(named(error, "listKeys"), undefined);
  }
}

async function* entries(task: Task | KmsError, labels: StringMap | undefined): AsyncGenerator<KeyListing> {
  if (KmsError.isInstance(task)) throw task;
  const { listKeys } = await import("../operations/listing.ts");
  yield* listKeys(task, labels);
}

/** Making, adopting, narrowing, describing and listing keys: each reads its arguments and names its row. */
export const keyMethods = (caller: Caller): Keys => ({
  generateKey: generateKey(caller),
  importKey: importKey(caller),
  getKey: getKey(caller),
  refreshHandle: refreshHandle(caller),
  restrictKey: restrictKey(caller),
  describeKey: describeKey(caller),
  listKeys: (provider, options) => listed(caller, provider, options),
  getPublicKey: getPublicKey(caller),
  generateRandom: generateRandom(caller),
});
