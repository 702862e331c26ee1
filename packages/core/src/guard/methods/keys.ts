import { isAlgorithm } from "../../algorithms/registry.ts";
import type { KeyHandle } from "../../contract/key.ts";
import type { Kms } from "../../contract/kms.ts";
import type { Algorithm } from "../../contract/words.ts";
import { readBytes } from "../../encoding/bytes.ts";
import { KmsError } from "../../errors.ts";
import { narrow, readRestriction } from "../../keys/action-configuration.ts";
import { plainObject, readKeyConf, readLabels } from "../../keys/configuration.ts";
import { readKeyReference, shown } from "../../keys/key-id.ts";
import { readSettings, readVersion } from "../arguments.ts";
import { bind, boundKey } from "../handles.ts";
import { readRandomLength } from "../instance-answers.ts";
import * as rows from "../operations/index.ts";
import { authorized } from "../pipeline.ts";
import * as sealing from "../sealing.ts";
import { Task } from "../task.ts";
import { atProvider, begin, named, onKey, type Caller } from "./caller.ts";

/** Keys and tokens: making, adopting, narrowing, describing, sealing. */
export const keyMethods = (
  caller: Caller,
): Pick<
  Kms,
  | "generateKey" | "importKey" | "getKey" | "restrictKey" | "describeKey" | "listKeys" | "getPublicKey" | "generateRandom"
  | "sealHandle" | "openHandle" | "refreshHandle" | "sealKeyConf" | "openKeyConf"
> => ({
  generateKey: <A extends Algorithm>(provider: string, conf: unknown, options: unknown) =>
    begin(caller, "generateKey", () => atProvider(caller, rows.generateKey, provider, { conf: checkedConf(caller, provider, conf) }, options) as Promise<KeyHandle<A>>),
  importKey: <A extends Algorithm>(provider: string, conf: unknown, material: unknown, options: unknown) =>
    begin(caller, "importKey", () => {
      const input = { conf: checkedConf(caller, provider, conf), material: readBytes(material, "key material") };
      return atProvider(caller, rows.importKey, provider, input, options) as Promise<KeyHandle<A>>;
    }),
  getKey: <A extends Algorithm>(provider: string, reference: unknown, expect: unknown, options: unknown) =>
    begin(caller, "getKey", () => atProvider(caller, rows.getKey, provider, { reference: readKeyReference(reference), ...readExpectedKey(expect) }, options) as Promise<KeyHandle<A>>),
  restrictKey: <A extends Algorithm>(key: KeyHandle<A>, config: unknown): KeyHandle<A> => {
    caller.instance.assertOpen();
    const { claims, provider } = boundKey(caller.instance, key);
    const restriction = narrow(claims.restriction, readRestriction(config, claims.purpose));
    return bind(caller.instance, provider, Object.freeze({ ...claims, restriction }));
  },
  describeKey: (key, options) => begin(caller, "describeKey", () => onKey(caller, rows.describeKey, key, undefined, { options })),
  listKeys: (provider, options) => listed(caller, provider, options),
  getPublicKey: (key, options) =>
    begin(caller, "getPublicKey", () => {
      const version = options === undefined ? undefined : readVersion(options, boundKey(caller.instance, key).provider.driver.isVersion);
      return onKey(caller, rows.getPublicKey, key, { version }, { options, extra: withVersion });
    }),
  generateRandom: (provider, lengthBytes, options) =>
    begin(caller, "generateRandom", () => atProvider(caller, rows.generateRandom, provider, { lengthBytes: readRandomLength(lengthBytes) }, options)),
  sealHandle: (key, options) => begin(caller, "describeKey", () => sealing.sealHandle(caller.instance, key, settingsOf(caller, options).signal)),
  openHandle: <A extends Algorithm>(token: unknown, expect: unknown, options: unknown) =>
    begin(caller, "getKey", () => sealing.openHandle(caller.instance, token, sealing.readExpected(expect), settingsOf(caller, options).signal) as Promise<KeyHandle<A>>),
  refreshHandle: <A extends Algorithm>(key: KeyHandle<A>, options: unknown) =>
    begin(caller, "refreshHandle", () => onKey(caller, rows.refreshHandle, key, undefined, { options }) as Promise<KeyHandle<A>>),
  sealKeyConf: (provider, conf, options) =>
    begin(caller, "generateKey", () => {
      const checked = checkedConf(caller, provider, conf);
      return sealing.sealKeyConf(caller.instance, caller.instance.provider(provider), checked, settingsOf(caller, options).signal);
    }),
  openKeyConf: (token: unknown, expect: unknown, options: unknown) =>
    begin(caller, "generateKey", async () => {
      const { provider, algorithm } = readExpectedConf(expect);
      const at = caller.instance.provider(provider);
      const conf = await sealing.openKeyConf(caller.instance, token, at, algorithm, settingsOf(caller, options).signal);
      return at.driver.checkConf(conf) as never;
    }),
});

const withVersion: readonly string[] = ["keyVersion"];

const settingsOf = (caller: Caller, options: unknown): ReturnType<typeof readSettings> => {
  const settings = readSettings(options, "getKey", caller.instance.timeoutMs);
  if (settings.signal?.aborted) throw new KmsError("CANCELLED", "The call was cancelled before it began.");
  return settings;
};

/** Read by core, then by the driver. */
const checkedConf = (caller: Caller, provider: unknown, conf: unknown): ReturnType<typeof readKeyConf> => {
  const { driver } = caller.instance.provider(provider);
  return driver.checkConf(readKeyConf(conf));
};

async function* listed(caller: Caller, provider: unknown, options: unknown): ReturnType<Kms["listKeys"]> {
  try {
    const { instance, actor } = caller;
    instance.assertOpen();
    const settings = readSettings(options, "listKeys", instance.timeoutMs, ["labels"]);
    const { labels }: { readonly labels?: unknown } = options ?? {};
    const task = new Task(instance, actor, "listKeys", instance.provider(provider), undefined, settings);
    yield* rows.listKeys(task, labels === undefined ? undefined : readLabels(labels), () => authorized(task));
  } catch (error) {
    throw named(error, "listKeys");
  }
}

function readExpectedKey(value: unknown): { readonly algorithm: Algorithm; readonly keyId: string | undefined; readonly thumbprint: string | undefined } {
  const { algorithm, keyId, thumbprint, ...rest } = plainObject(value, "expectation");
  refuseMore(rest);
  if (!isAlgorithm(algorithm)) throw invalid(`There is no algorithm ${shown(algorithm)}.`);
  if (thumbprint !== undefined && !(typeof thumbprint === "string" && /^[A-Za-z0-9_-]{43}$/.test(thumbprint))) {
    throw invalid("A thumbprint is 43 characters of base64url: SHA-256 as RFC 7638 has it.");
  }
  return { algorithm, keyId: keyId === undefined ? undefined : readKeyReference(keyId), thumbprint };
}

function readExpectedConf(value: unknown): { readonly provider: unknown; readonly algorithm: Algorithm | undefined } {
  const { provider, algorithm, ...rest } = plainObject(value, "expectation");
  refuseMore(rest);
  if (algorithm !== undefined && !isAlgorithm(algorithm)) throw invalid(`There is no algorithm ${shown(algorithm)}.`);
  return { provider, algorithm };
}

function refuseMore(rest: object): void {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(`An expectation has no member ${shown(unknown)}.`);
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
