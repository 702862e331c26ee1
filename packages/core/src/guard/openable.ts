import { Buffer } from "node:buffer";
import type { Json } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { maximumClaimsBytes } from "../tokens/token.ts";
import { Misfit } from "../keys/claim-readers.ts";
import { handleToJson, readClaims, versionToJson } from "../keys/handle-claims.ts";
import type { HandleClaims, PinnedVersion } from "../keys/handle.ts";

// Room for whatever `restrictKey` may still add: associated data of 8,000 bytes, each of which JSON may write as six.
const restrictionBytes = { "associated data": 49_152, none: 1_024 } as const;

/**
 * Claims over what a provider answered, such as `openHandle` takes: with the newest pinned versions that fit a token, the
 * one that signs always among them. `UNKNOWN`, naming the member, where the answer holds what no handle can carry.
 */
export function openable(claims: HandleClaims): HandleClaims {
  try {
    const json = handleToJson(claims);
    readClaims(json);
    // Most keys have few versions; only where they may not fit is each of them measured.
    const fits = sizeOf(json) + reservedBytes(claims) <= maximumClaimsBytes;
    return fits ? Object.freeze(claims) : Object.freeze({ ...claims, versions: fitting(claims) });
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new KmsError(
      "UNKNOWN",
      `The provider's answer about the key has no usable ${error.member}: a handle over it could not be opened again. Tell the authors of its driver.`,
      { keyId: claims.keyId },
    );
  }
}

/** The newest versions for which a token has room. */
function fitting(claims: HandleClaims): readonly PinnedVersion[] {
  const { versions, signingVersion } = claims;
  const bare = { ...claims, versions: [], restriction: undefined };
  let room = maximumClaimsBytes - reservedBytes(claims) - sizeOf(handleToJson(bare));
  if (room < 0) throw new Misfit(longestOf(claims));
  const fits = (version: PinnedVersion): boolean => {
    room -= sizeOf(versionToJson(version)) + 1; // the comma
    return room >= 0;
  };
  const signing = versions.find(({ version }) => version === signingVersion);
  if (signing !== undefined && !fits(signing)) throw new Misfit("versions");
  const others = versions.filter((version) => version !== signing);
  const kept = new Set(others.slice(others.findLastIndex((version) => !fits(version)) + 1));
  return Object.freeze(versions.filter((version) => version === signing || kept.has(version)));
}

const reservedBytes = ({ purpose }: HandleClaims): number =>
  restrictionBytes[purpose === "encryption" ? "associated data" : "none"];

/** Bytes of claims in a token: canonical JSON, whose members stand in another order, is as long. */
const sizeOf = (json: Json): number => Buffer.byteLength(JSON.stringify(json));

const longestOf = ({ native, scope, signingVersion = "" }: HandleClaims): string => {
  const most = Math.max(native.length, scope.length, signingVersion.length);
  if (signingVersion.length === most) return "versions";
  return native.length === most ? "native" : "scope";
};
