import { Buffer } from "node:buffer";
import type { Algorithm, OwnedBytes } from "../contract/words.ts";
import type { PublicKey } from "../contract/results.ts";
import { fromBase64url, toBase64url } from "../encoding/base64url.ts";
import { concatBytes, equalBytes, kindOf, readBytes, utf8 } from "../encoding/bytes.ts";
import { thumbprintText, type PublicJwk } from "../encoding/jwk.ts";
import { KmsError } from "../errors.ts";
import { publicKeyOf, readSpki, sha, spkiOfJwk } from "./primitives.ts";
import { algorithmRow } from "./registry.ts";

// SPKI of ML-DSA (RFC 9881) and ML-KEM (draft-ietf-lamps-kyber-certificates) have fixed prefixes: OpenSSL 3.0 reads neither.
const postQuantum: readonly {
  readonly algorithm: Algorithm;
  readonly prefix: Uint8Array;
  readonly keyBytes: number;
}[] = [
  lattice("ML-DSA-44", "30820532300b06096086480165030403110382052100", 1_312),
  lattice("ML-DSA-65", "308207b2300b0609608648016503040312038207a100", 1_952),
  lattice("ML-DSA-87", "30820a32300b060960864801650304031303820a2100", 2_592),
  lattice("ML-KEM-768", "308204b2300b0609608648016503040402038204a100", 1_184),
  lattice("ML-KEM-1024", "30820632300b06096086480165030404030382062100", 1_568),
];

/**
 * A public key as JWK (RFC 7517), with the algorithm's JOSE name as `alg` where it has one.
 * `INVALID_ARGUMENT` when the SPKI is no key that `publicKeyOf` admits for the algorithm; ML-DSA and ML-KEM keys are
 * checked for form and length alone.
 */
export const publicKeyToJwk = (publicKey: Pick<PublicKey, "spki" | "algorithm">): PublicJwk => {
  const row = algorithmRow(publicKey.algorithm);
  const jwk = bareJwk(readBytes(publicKey.spki, "public key"), row.algorithm);
  return jwk.alg !== undefined || row.jose === undefined ? jwk : { ...jwk, alg: row.jose };
};

/**
 * The SPKI DER of a public JWK. `INVALID_ARGUMENT` when it holds private members, is malformed, off the curve, of a type
 * that is not known here, or spells a value in another way than RFC 7518 and RFC 8037 want it. `alg` decides nothing but
 * the type of AKP keys.
 */
export const jwkToSpki = (jwk: unknown): OwnedBytes => {
  const members = readMembers(jwk);
  const given: PublicJwk = { ...members, kty: members["kty"] ?? "" };
  const spki = given.kty === "AKP" ? latticeSpki(given) : spkiOfJwk(members);
  if (spki === undefined || thumbprintText(bareJwk(spki)) !== thumbprintText(given)) {
    throw unreadable("members that are no public key in its one canonical form");
  }
  return spki;
};

/**
 * The thumbprint of a public key: RFC 7638 with SHA-256, base64url, 43 characters. The same for every algorithm that a
 * key can serve. `INVALID_ARGUMENT` when the SPKI is malformed or, where `algorithm` is given, does not fit it.
 */
export const jwkThumbprint = (spki: Uint8Array, algorithm?: Algorithm): string =>
  toBase64url(sha("SHA-256", utf8(thumbprintText(bareJwk(spki, algorithm)))));

const bareJwk = (spki: Uint8Array, algorithm?: Algorithm): PublicJwk => {
  for (const row of postQuantum) {
    if (algorithm !== undefined && algorithm !== row.algorithm) continue;
    if (
      spki.length !== row.prefix.length + row.keyBytes ||
      !equalBytes(spki.subarray(0, row.prefix.length), row.prefix)
    ) {
      continue;
    }
    return { kty: "AKP", alg: row.algorithm, pub: toBase64url(spki.subarray(row.prefix.length)) };
  }
  if (algorithm?.startsWith("ML-")) throw unreadable(`no SPKI of ${algorithm}`);
  const key = algorithm === undefined ? readSpki(spki) : publicKeyOf(spki, algorithm);
  const type = key?.asymmetricKeyType;
  if (key === undefined || (type !== "rsa" && type !== "ec" && type !== "ed25519")) {
    throw unreadable("no SPKI DER of a known type");
  }
  const { kty = "", crv, x, y, n, e } = key.export({ format: "jwk" });
  if (kty === "RSA") return { kty, n, e };
  return kty === "EC" ? { kty, crv, x, y } : { kty, crv, x };
};

const publicMembers: readonly (keyof PublicJwk)[] = ["kty", "crv", "x", "y", "n", "e", "pub", "alg"];
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

const readMembers = (jwk: unknown): Readonly<Record<string, string>> => {
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) throw unreadable(kindOf(jwk));
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) throw unreadable("private members");
  const members: Record<string, string> = {};
  for (const name of publicMembers) {
    const value: unknown = Object.hasOwn(jwk, name) ? Reflect.get(jwk, name) : undefined;
    if (value === undefined) continue;
    if (typeof value !== "string" || value.length > maximumMemberCharacters) {
      throw unreadable("a member that is no text or too long");
    }
    members[name] = value;
  }
  return members;
};

// ML-DSA-87, the longest, takes 3,456; an RSA modulus of 16,384 bits 2,731.
const maximumMemberCharacters = 4_096;

const latticeSpki = (jwk: PublicJwk): OwnedBytes | undefined => {
  const row = postQuantum.find(({ algorithm }) => algorithm === jwk.alg);
  const key = fromBase64url(jwk.pub ?? "");
  return row === undefined || key?.length !== row.keyBytes ? undefined : concatBytes(row.prefix, key);
};

function lattice(algorithm: Algorithm, prefixHex: string, keyBytes: number): (typeof postQuantum)[number] {
  return { algorithm, prefix: Uint8Array.from(Buffer.from(prefixHex, "hex")), keyBytes };
}

const unreadable = (found: string): KmsError =>
  new KmsError(
    "INVALID_ARGUMENT",
    `Cannot read a public key: found ${found}. Pass an RSA, EC, Ed25519, ML-DSA or ML-KEM public key.`,
  );
