import type { KeyHandle } from "../contract/key.ts";
import type { Algorithm, Json } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { confFromJson, confToJson, type WideKeyConf } from "../keys/configuration.ts";
import { handleFromJson, handleToJson } from "../keys/handle-claims.ts";
import type { HandleClaims } from "../keys/handle.ts";
import { shown } from "../keys/key-id.ts";
import { bind, boundKey } from "./handles.ts";
import type { GuardCall } from "./call.ts";
import type { Instance } from "./instance.ts";
import { sealed, unsealed } from "./sealer-calls.ts";
import type { ExpectedClaims } from "./methods/key-arguments.ts";
import { checkMakeable } from "./operations/making.ts";
import type { Provider } from "./provider.ts";

/** A handle as a token. */
export const sealHandle = (instance: Instance, key: unknown, call: GuardCall): Promise<string> =>
  sealed(instance.requiredSealer, "key-handle", handleToJson(boundKey(instance, key).claims), call);

/** Checks seal, audience, expectation and floors, finds the provider, and binds. No call to it is made. */
export async function openHandle<A extends Algorithm>(
  instance: Instance,
  token: unknown,
  expected: ExpectedClaims,
  call: GuardCall,
): Promise<KeyHandle<A>> {
  const claims = handleFromJson(await unsealed(instance.requiredSealer, "key-handle", readToken(token), call));
  checkAudience(instance, claims.audience);
  const { keyId } = claims;
  if (expected.algorithm !== undefined && expected.algorithm !== claims.algorithm) {
    throw new KmsError(
      "TAMPERED",
      `The token is for ${claims.algorithm}; ${expected.algorithm} was expected. Somebody exchanged tokens, or the expectation is wrong.`,
      { keyId },
    );
  }
  if ((expected.minimumRevision ?? 0) > claims.revision || (expected.notIssuedBefore ?? 0) > claims.issuedAt) {
    throw new KmsError(
      "STALE_HANDLE",
      "The token is older than the floor that was given. Use the newer one, or refresh this one where it still opens and seal it again.",
      { keyId },
    );
  }
  return bind(instance, providerFor(instance, claims, expected.provider), claims);
}

function checkAudience(instance: Instance, audience: Json | undefined): void {
  if (audience === instance.audience) return;
  throw new KmsError("POLICY_VIOLATION", "The token was made for another audience than this Kms has.");
}

/** The provider of the token's kind whose driver serves its scope. A genuine token in the wrong place is `POLICY_VIOLATION`. */
function providerFor(instance: Instance, { kind, scope, keyId }: HandleClaims, name: string | undefined): Provider {
  const candidates = name === undefined ? [...instance.providers.values()] : [instance.provider(name)];
  const fitting = candidates.filter(
    ({ driver }) =>
      driver.capabilities.kind === kind && driver.scopeOf(keyId) === scope && (driver.serves?.(scope) ?? true),
  );
  const [provider, another] = fitting;
  if (provider === undefined) {
    throw new KmsError(
      "POLICY_VIOLATION",
      `No provider here is of kind ${kind} and serves the token's scope. Open it where the key lives.`,
      { keyId },
    );
  }
  if (another === undefined) return provider;
  throw invalid(
    `The providers ${fitting.map((found) => found.name).join(" and ")} both fit the token; say which by provider.`,
  );
}

/** A configuration as a token for this kind of provider. */
export const sealKeyConf = async (
  instance: Instance,
  provider: Provider,
  conf: WideKeyConf,
  call: GuardCall,
): Promise<string> => {
  checkMakeable(provider, conf);
  const { audience } = instance;
  const claims: Json = {
    kind: provider.driver.capabilities.kind,
    conf: confToJson(conf),
    ...(audience === undefined ? {} : { aud: audience }),
  };
  return sealed(instance.requiredSealer, "key-conf", claims, call);
};

/** Checks seal, audience, kind and algorithm, then the configuration as if the caller had given it. */
export async function openKeyConf(
  instance: Instance,
  token: unknown,
  { provider, algorithm }: { readonly provider: Provider; readonly algorithm: Algorithm | undefined },
  call: GuardCall,
): Promise<WideKeyConf> {
  const claims = await unsealed(instance.requiredSealer, "key-conf", readToken(token), call);
  const { kind, conf, aud, ...rest } = membersOf(claims);
  const read = confFromJson(Object.keys(rest).length === 0 ? conf : undefined);
  checkAudience(instance, aud);
  if (kind !== provider.driver.capabilities.kind) {
    throw new KmsError(
      "POLICY_VIOLATION",
      `The configuration was sealed for ${shown(kind)}; provider "${provider.name}" is ${provider.driver.capabilities.kind}.`,
    );
  }
  if (algorithm !== undefined && read.algorithm !== algorithm) {
    throw new KmsError(
      "TAMPERED",
      `The configuration is for ${read.algorithm}; ${algorithm} was expected. Somebody exchanged tokens, or the expectation is wrong.`,
    );
  }
  checkMakeable(provider, read);
  return read;
}

const membersOf = (claims: Json): { readonly [name: string]: Json | undefined } =>
  typeof claims === "object" && claims !== null && !Array.isArray(claims)
    ? (claims as { readonly [name: string]: Json })
    : {};

function readToken(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalid(`A token is a text; ${typeof value} was given.`);
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
