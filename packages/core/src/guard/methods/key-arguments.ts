import { isAlgorithm } from "../../algorithms/registry.ts";
import type { Algorithm } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { plainObject, readKeyConf, readTime, type WideKeyConf } from "../../keys/configuration.ts";
import { readKeyReference, shown } from "../../keys/key-id.ts";
import type { Caller } from "../instance.ts";

/** A configuration read by core, then by the provider's driver. */
export const checkedConf = (caller: Caller, provider: unknown, conf: unknown): WideKeyConf => {
  const { driver } = caller.instance.provider(provider);
  return driver.checkConf(readKeyConf(conf));
};

/** What `getKey` must find. */
export function readExpectedKey(value: unknown): {
  readonly algorithm: Algorithm;
  readonly keyId: string | undefined;
  readonly thumbprint: string | undefined;
} {
  const { algorithm, keyId, thumbprint, ...rest } = plainObject(value, "expectation");
  refuseMore(rest);
  if (!isAlgorithm(algorithm)) throw invalid(`There is no algorithm ${shown(algorithm)}.`);
  if (thumbprint !== undefined && !(typeof thumbprint === "string" && /^[A-Za-z0-9_-]{43}$/.test(thumbprint))) {
    throw invalid("A thumbprint is 43 characters of base64url: SHA-256 as RFC 7638 has it.");
  }
  return { algorithm, keyId: keyId === undefined ? undefined : readKeyReference(keyId), thumbprint };
}

/** What `openKeyConf` must find. */
export function readExpectedConf(value: unknown): {
  readonly provider: unknown;
  readonly algorithm: Algorithm | undefined;
} {
  const { provider, algorithm, ...rest } = plainObject(value, "expectation");
  refuseMore(rest);
  if (algorithm !== undefined && !isAlgorithm(algorithm)) throw invalid(`There is no algorithm ${shown(algorithm)}.`);
  return { provider, algorithm };
}

/** What `openHandle` must find, read once. */
export interface ExpectedClaims {
  readonly algorithm: Algorithm | undefined;
  readonly provider: string | undefined;
  readonly minimumRevision: number | undefined;
  readonly notIssuedBefore: number | undefined;
}

/** Reads an expectation; `INVALID_ARGUMENT` for a member that it does not have or of the wrong kind. */
export function readExpected(value: unknown): ExpectedClaims {
  const { algorithm, provider, minimumRevision, notIssuedBefore, ...rest } = plainObject(
    value === undefined ? {} : value,
    "expectation",
  );
  refuseMore(rest);
  if (algorithm !== undefined && !isAlgorithm(algorithm)) throw invalid(`There is no algorithm ${shown(algorithm)}.`);
  if (provider !== undefined && typeof provider !== "string") {
    throw invalid("provider is the application's name for one.");
  }
  if (minimumRevision !== undefined && !Number.isSafeInteger(minimumRevision)) {
    throw invalid("minimumRevision is a whole number.");
  }
  return {
    algorithm,
    provider,
    minimumRevision: minimumRevision as number | undefined,
    notIssuedBefore: readTime(notIssuedBefore, "notIssuedBefore"),
  };
}

function refuseMore(rest: object): void {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(`An expectation has no member ${shown(unknown)}.`);
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
