import { jwkThumbprint } from "../algorithms/public-key.ts";
import { algorithmRow, symmetric, type AlgorithmRow } from "../algorithms/registry.ts";
import type { Json, Origin, Protection } from "../contract/words.ts";
import { fromBase64url, toBase64url } from "../encoding/base64url.ts";
import { canonicalJson } from "../encoding/canonical-json.ts";
import { KmsError } from "../errors.ts";
import { restrictionFromJson, restrictionToJson } from "./action-configuration.ts";
import { dateOf, integer, Misfit, oneOf, optional, record, text, time, within, type Given } from "./claim-readers.ts";
import { dropUndefined } from "./configuration.ts";
import type { HandleClaims, PinnedVersion } from "./handle.ts";
import { readKeyReference } from "./key-id.ts";

const form = 1;

/** A handle as the claims of a token: strings, booleans, safe integers; dates in RFC 3339 UTC with milliseconds. */
export const handleToJson = (claims: HandleClaims): Json =>
  // Member by member: taking so many apart and spreading them costs several times as much.
  dropUndefined({
    form,
    kind: claims.kind,
    scope: claims.scope,
    keyId: claims.keyId,
    native: claims.native,
    algorithm: claims.algorithm,
    purpose: claims.purpose,
    protection: claims.protection,
    origin: claims.origin,
    exportable: claims.exportable,
    versions: claims.versions.map(versionToJson),
    signingVersion: claims.signingVersion,
    destructionWindowDays: claims.destructionWindowDays,
    confDigest: claims.confDigest,
    policyDigest: claims.policyDigest,
    revision: claims.revision,
    issuedAt: dateOf(claims.issuedAt, "issuedAt"),
    aud: claims.audience,
    replaces: claims.replaces,
    restriction: claims.restriction === undefined ? undefined : restrictionToJson(claims.restriction),
  } satisfies Record<keyof Omit<HandleClaims, "audience"> | "form" | "aud", Json | undefined>);

/** A pinned version as it stands in the claims. */
export const versionToJson = ({ version, createdAt, publicKey }: PinnedVersion): Json =>
  dropUndefined({
    version,
    createdAt: createdAt === undefined ? undefined : dateOf(createdAt, "versions"),
    spki: publicKey === undefined ? undefined : toBase64url(publicKey.spki),
    thumbprint: publicKey?.thumbprint,
  });

/**
 * The inverse, for claims whose seal has been checked. Every member is checked all the same, and thumbprints are worked
 * out anew: `TAMPERED` for anything that `handleToJson` would not have written.
 */
export function handleFromJson(json: Json): HandleClaims {
  try {
    const claims = readClaims(json);
    if (canonicalJson(handleToJson(claims)) === canonicalJson(json)) return claims;
  } catch (error) {
    if (!(error instanceof Misfit) && !KmsError.isInstance(error)) throw error;
  }
  throw new KmsError(
    "TAMPERED",
    "A genuine seal stands over claims that are no key handle's. Make the token again with sealHandle.",
  );
}

/** Claims, each member checked; `Misfit` for the first that no handle has so. What is made and what is opened both pass here. */
export const readClaims = (json: Json): HandleClaims => within("claims", () => read(record(json, "claims")));

function read(given: Given): HandleClaims {
  const algorithm = algorithmRow(given["algorithm"]);
  if (given["form"] !== form) throw new Misfit("form");
  if (given["purpose"] !== algorithm.purpose) throw new Misfit("purpose");
  const { aud, restriction, exportable } = given;
  if (typeof exportable !== "boolean") throw new Misfit("exportable");
  const versions = within("versions", () => versionsFromJson(given["versions"], algorithm));
  const signingVersion = optional(given["signingVersion"], "signingVersion", text);
  if (signingVersion !== undefined && !versions.some(({ version }) => version === signingVersion)) {
    throw new Misfit("signingVersion");
  }
  return Object.freeze({
    kind: text(given["kind"], "kind"),
    scope: text(given["scope"], "scope"),
    keyId: within("keyId", () => readKeyReference(given["keyId"])),
    native: text(given["native"], "native"),
    algorithm: algorithm.algorithm,
    purpose: algorithm.purpose,
    protection: oneOf<Protection>(given["protection"], "protection", ["software", "hsm", "external"]),
    origin: oneOf<Origin>(given["origin"], "origin", ["generated", "imported", "external-store", "unknown"]),
    exportable,
    versions,
    signingVersion,
    destructionWindowDays: optional(given["destructionWindowDays"], "destructionWindowDays", integer),
    confDigest: optional(given["confDigest"], "confDigest", text),
    policyDigest: text(given["policyDigest"], "policyDigest"),
    revision: integer(given["revision"], "revision"),
    issuedAt: time(given["issuedAt"], "issuedAt"),
    audience: optional(aud, "aud", text),
    replaces: optional(given["replaces"], "replaces", text),
    restriction: restriction === undefined ? undefined : restrictionFromJson(restriction, algorithm.purpose),
  });
}

function versionsFromJson(json: Json | undefined, algorithm: AlgorithmRow): HandleClaims["versions"] {
  if (!Array.isArray(json)) throw new Misfit("versions");
  const pinned = json.map((version: Json) => versionFromJson(version, algorithm));
  if (new Set(pinned.map(({ version }) => version)).size !== pinned.length) throw new Misfit("versions");
  return Object.freeze(pinned);
}

function versionFromJson(json: Json, algorithm: AlgorithmRow): PinnedVersion {
  const at = "versions";
  const given = record(json, at);
  const createdAt = optional(given["createdAt"], at, time);
  const version = text(given["version"], at);
  if (symmetric(algorithm)) return Object.freeze({ version, createdAt, publicKey: undefined });
  const spki = fromBase64url(text(given["spki"], at));
  if (spki === undefined) throw new Misfit(at);
  const thumbprint = jwkThumbprint(spki, algorithm.algorithm);
  if (thumbprint !== given["thumbprint"]) throw new Misfit(at);
  return Object.freeze({ version, createdAt, publicKey: Object.freeze({ spki, thumbprint }) });
}
