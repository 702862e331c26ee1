import { jwkThumbprint } from "../algorithms/public-key.ts";
import { algorithmRow, symmetric } from "../algorithms/registry.ts";
import type { Json, Origin, Protection } from "../contract/words.ts";
import { fromBase64url, toBase64url } from "../encoding/base64url.ts";
import { canonicalJson } from "../encoding/canonical-json.ts";
import { KmsError } from "../errors.ts";
import { restrictionFromJson, restrictionToJson } from "./action-configuration.ts";
import { dropUndefined } from "./configuration.ts";
import type { HandleClaims, PinnedVersion } from "./handle.ts";
import { readKeyReference } from "./key-id.ts";

const form = 1;

/** A handle as the claims of a token: strings, booleans, safe integers; dates in RFC 3339 UTC with milliseconds. */
export const handleToJson = (claims: HandleClaims): Json => {
  const { versions, signingVersion, issuedAt, audience, restriction, ...rest } = claims;
  return dropUndefined({
    ...rest,
    form,
    versions: versions.map(versionToJson),
    signingVersion,
    issuedAt: new Date(issuedAt).toISOString(),
    aud: audience,
    restriction: restriction === undefined ? undefined : restrictionToJson(restriction),
  });
};

const versionToJson = ({ version, createdAt, publicKey }: PinnedVersion): Json =>
  dropUndefined({
    version,
    createdAt: createdAt === undefined ? undefined : new Date(createdAt).toISOString(),
    spki: publicKey === undefined ? undefined : toBase64url(publicKey.spki),
    thumbprint: publicKey?.thumbprint,
  });

/**
 * The inverse, for claims whose seal has been checked. Every member is checked all the same, and thumbprints are worked
 * out anew: `TAMPERED` for anything that `handleToJson` would not have written.
 */
export function handleFromJson(json: Json): HandleClaims {
  try {
    const claims = read(json);
    if (canonicalJson(handleToJson(claims)) === canonicalJson(json)) return claims;
  } catch (error) {
    if (!KmsError.isInstance(error)) throw error;
  }
  throw malformed();
}

function read(json: Json): HandleClaims {
  const given = record(json);
  const algorithm = algorithmRow(given["algorithm"]);
  if (given["form"] !== form || given["purpose"] !== algorithm.purpose) throw malformed();
  const { aud, restriction } = given;
  const versions = given["versions"];
  if (!Array.isArray(versions)) throw malformed();
  const exportable = given["exportable"];
  if (typeof exportable !== "boolean") throw malformed();
  const pinned = versions.map((version: Json) => versionFromJson(version, !symmetric(algorithm), algorithm.algorithm));
  const signingVersion = optional(given["signingVersion"], text);
  const names = new Set(pinned.map(({ version }) => version));
  if (names.size !== pinned.length || (signingVersion !== undefined && !names.has(signingVersion))) throw malformed();
  return Object.freeze({
    kind: text(given["kind"]),
    scope: text(given["scope"]),
    keyId: readKeyReference(given["keyId"]),
    native: text(given["native"]),
    algorithm: algorithm.algorithm,
    purpose: algorithm.purpose,
    protection: oneOf<Protection>(given["protection"], ["software", "hsm", "external"]),
    origin: oneOf<Origin>(given["origin"], ["generated", "imported", "external-store", "unknown"]),
    exportable,
    versions: Object.freeze(pinned),
    signingVersion,
    destructionWindowDays: optional(given["destructionWindowDays"], integer),
    confDigest: optional(given["confDigest"], text),
    policyDigest: text(given["policyDigest"]),
    revision: integer(given["revision"]),
    issuedAt: time(given["issuedAt"]),
    audience: optional(aud, text),
    replaces: optional(given["replaces"], text),
    restriction: restriction === undefined ? undefined : restrictionFromJson(restriction, algorithm.purpose),
  });
}

function versionFromJson(json: Json, withPublicKey: boolean, algorithm: HandleClaims["algorithm"]): PinnedVersion {
  const given = record(json);
  const createdAt = optional(given["createdAt"], time);
  const version = text(given["version"]);
  if (!withPublicKey) return Object.freeze({ version, createdAt, publicKey: undefined });
  const spki = fromBase64url(text(given["spki"]));
  if (spki === undefined) throw malformed();
  const thumbprint = jwkThumbprint(spki, algorithm);
  if (thumbprint !== given["thumbprint"]) throw malformed();
  return Object.freeze({ version, createdAt, publicKey: Object.freeze({ spki, thumbprint }) });
}

const record = (json: Json | undefined): { readonly [name: string]: Json } => {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    return json as { readonly [name: string]: Json };
  }
  throw malformed();
};
const text = (json: Json | undefined): string => {
  if (typeof json === "string" && json !== "") return json;
  throw malformed();
};
const integer = (json: Json | undefined): number => {
  if (typeof json === "number" && json >= 1) return json;
  throw malformed();
};
const time = (json: Json | undefined): number => {
  const ms = Date.parse(text(json));
  if (!Number.isNaN(ms) && new Date(ms).toISOString() === json) return ms;
  throw malformed();
};
const optional = <T>(json: Json | undefined, read: (json: Json | undefined) => T): T | undefined =>
  json === undefined ? undefined : read(json);
const oneOf = <T extends string>(json: Json | undefined, values: readonly T[]): T => {
  const found = values.find((value) => value === json);
  if (found === undefined) throw malformed();
  return found;
};
const malformed = (): KmsError =>
  new KmsError(
    "TAMPERED",
    "A genuine seal stands over claims that are no key handle's. Make the token again with sealHandle.",
  );
