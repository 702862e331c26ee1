import { algorithmRow, type Algorithm } from "@kms/core/driver";
import { recipes, type CurveName, type SelfManagedAlgorithm } from "../algorithms.ts";
import { loadPrivate } from "../primitives.ts";
import { readInput, importable, type ImportableKey } from "./importable-key.ts";
import { allowedBy, type JwkUse } from "./jwk-use.ts";
import { unreadable, writeDer, writeOid, tags } from "./der.ts";
import { admitPrivateKey, curveOids, fieldBytes, noParameters, oids, writeEcKey } from "./private-key.ts";
import { longestInputBytes, writePrivateKeyInfo } from "./private-key-info.ts";
import { writeRsaNumbers } from "./rsa-numbers.ts";

/** A secret or private key as JSON (RFC 7517): oct, RSA, EC, or OKP for Ed25519 (RFC 8037). Every value is text. Members are absent, never undefined: it fits `importJWK` and `subtle.importKey` as it is. */
export interface SecretJwk {
  readonly kty: "oct" | "RSA" | "EC" | "OKP";
  /** The algorithm's JOSE name; AES-256-KWP has none. */
  readonly alg?: string;
  readonly k?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
  readonly d?: string;
  readonly p?: string;
  readonly q?: string;
  readonly dp?: string;
  readonly dq?: string;
  readonly qi?: string;
}

type Members = Readonly<Record<string, unknown>>;

const rsaMembers = ["n", "e", "d", "p", "q", "dp", "dq", "qi"] as const;
const curves: Readonly<Record<string, CurveName>> = {
  "P-256": "prime256v1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
  secp256k1: "secp256k1",
};

/**
 * A key from a JWK: oct of 32, 48 or 64 bytes, RSA of two primes with all its members, EC on the curves of own keys, OKP
 * with Ed25519. `alg`, `use` and `key_ops` are honoured: they leave the algorithms that they allow, and with none left the
 * JWK is refused. Members that are not known here are overlooked (RFC 7517 §4). Base64url is strict.
 * `INVALID_ARGUMENT` for public JWKs, more than 64 KiB, and as `pkcs8ToMaterial`.
 */
export async function jwkToMaterial(jwk: object): Promise<ImportableKey> {
  const members = readMembers(jwk);
  const use: JwkUse = { alg: members["alg"], use: members["use"], key_ops: members["key_ops"] };
  const read = members["kty"] === "oct" ? readOct(members) : await readPair(members);
  try {
    return Object.freeze({ material: read.material, algorithms: allowedBy(use, read.algorithms) });
  } catch (error) {
    read.material.fill(0);
    throw error;
  }
}

const known = ["kty", "alg", "use", "key_ops", "crv", "x", "y", "k", "oth", ...rsaMembers] as const;

/** Own members, read once each and bounded. */
function readMembers(jwk: unknown): Members {
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) throw unreadable("a JWK that is no object");
  const members: Record<string, unknown> = {};
  let characters = 0;
  for (const name of known) {
    const value: unknown = Object.hasOwn(jwk, name) ? Reflect.get(jwk, name) : undefined;
    if (typeof value === "string") characters += value.length;
    members[name] = value;
  }
  if (characters > longestInputBytes) throw unreadable(`a JWK of more than ${longestInputBytes} characters`);
  return members;
}

function readOct(members: Members): ImportableKey {
  if (members["d"] !== undefined) throw unreadable("a JWK with members of two types");
  const material = new Uint8Array(bytesOf(members, "k"));
  return { material, algorithms: symmetricAlgorithms(material.length) };
}

/** The algorithms whose keys have so many bytes. */
const symmetricAlgorithms = (lengthBytes: number): readonly SelfManagedAlgorithm[] =>
  (Object.keys(recipes) as SelfManagedAlgorithm[]).filter((algorithm) => {
    const recipe = recipes[algorithm];
    return recipe.kind === "mac" ? recipe.lengthBytes === lengthBytes : isAes(algorithm) && lengthBytes === 32;
  });

const isAes = (algorithm: SelfManagedAlgorithm): boolean =>
  recipes[algorithm].kind === "aead" || recipes[algorithm].kind === "key-wrap";

async function readPair(members: Members): Promise<ImportableKey> {
  // By identity: `kty` may be any value of JSON, and making text of one can throw.
  const isPair = ["RSA", "EC", "OKP"].some((kty) => kty === members["kty"]);
  if (isPair && members["d"] === undefined) throw unreadable("a public JWK");
  const pkcs8 = pkcs8Of(members);
  try {
    return await importable(pkcs8);
  } finally {
    pkcs8.fill(0);
  }
}

function pkcs8Of(members: Members): Uint8Array {
  const bytes = (name: string): Uint8Array => bytesOf(members, name);
  switch (members["kty"]) {
    case "RSA": {
      if (members["oth"] !== undefined) throw unreadable("an RSA key of more than two primes");
      const [n, e, d, p, q, dp, dq, qi] = rsaMembers.map((name) => numberOf(members, name)) as Eight;
      const privateKey = writeRsaNumbers({ n, e, d, p, q, dp, dq, qi });
      return writePrivateKeyInfo({ algorithm: oids.rsa, parameters: noParameters, privateKey, publicKey: undefined });
    }
    case "EC": {
      const curve =
        typeof members["crv"] === "string" && Object.hasOwn(curves, members["crv"])
          ? curves[members["crv"]]
          : undefined;
      if (curve === undefined) throw unreadable("a JWK on a curve that own keys do not have");
      const [x, y] = [bytes("x"), bytes("y")];
      // RFC 7518 §6.2.1.2: the full size, leading zeros and all.
      if (x.length !== fieldBytes[curve] || y.length !== fieldBytes[curve]) {
        throw unreadable("a coordinate of another size than its curve's");
      }
      const privateKey = writeEcKey(bytes("d"), Buffer.concat([Uint8Array.of(4), x, y]));
      const parameters = writeOid(curveOids[curve]);
      return writePrivateKeyInfo({ algorithm: oids.ec, parameters, privateKey, publicKey: undefined });
    }
    case "OKP": {
      if (members["crv"] !== "Ed25519") throw unreadable("a JWK on a curve that own keys do not have");
      const privateKey = writeDer(tags.octetString, bytes("d"));
      return writePrivateKeyInfo({ algorithm: oids.ed25519, parameters: undefined, privateKey, publicKey: bytes("x") });
    }
    default:
      throw unreadable("a JWK of a type other than oct, RSA, EC and OKP");
  }
}

type Eight = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** The bytes that a member says in canonical base64url: Node's decoder takes up to 16 spellings of them. */
function bytesOf(members: Members, name: string): Uint8Array {
  const value = members[name];
  const bytes = typeof value === "string" ? Buffer.from(value, "base64url") : undefined;
  if (bytes !== undefined && bytes.length > 0 && bytes.toString("base64url") === value) return bytes;
  throw unreadable(`a JWK whose member ${name} is missing or no canonical base64url`);
}

/** A number in as few bytes as it has (RFC 7518 §2, Base64urlUInt). */
function numberOf(members: Members, name: string): Uint8Array {
  const digits = bytesOf(members, name);
  if (digits[0] !== 0) return digits;
  throw unreadable(`a JWK whose member ${name} begins with a zero byte`);
}

/**
 * Exported material as a JWK, with the algorithm's JOSE name as `alg` where it has one. Text cannot be overwritten after
 * use. `INVALID_ARGUMENT` when the material is no key for the algorithm.
 */
export async function materialToJwk(material: Uint8Array, algorithm: SelfManagedAlgorithm): Promise<SecretJwk> {
  const bytes = readInput(material, "key material");
  const { jose: alg } = algorithmRow(algorithm);
  const named = alg === undefined ? {} : { alg };
  try {
    if (symmetricAlgorithms(bytes.length).includes(algorithm)) {
      return Object.freeze<SecretJwk>({ kty: "oct", k: Buffer.from(bytes).toString("base64url"), ...named });
    }
    const { pkcs8, algorithms } = await admitPrivateKey(bytes);
    if (!algorithms.includes(algorithm)) throw misfit(algorithm);
    const jwk = loadPrivate(pkcs8)?.export({ format: "jwk" });
    pkcs8.fill(0);
    return Object.freeze<SecretJwk>({ ...(jwk as unknown as SecretJwk), ...named });
  } finally {
    bytes.fill(0);
  }
}

const misfit = (algorithm: Algorithm): Error => unreadable(`a key that cannot be ${algorithm}`);
