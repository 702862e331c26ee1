import type { KmsError } from "@kms/core/driver";
import {
  recipes,
  selfManagedAlgorithms,
  type CurveName,
  type Recipe,
  type SelfManagedAlgorithm,
} from "../algorithms.ts";
import { equalBytes, loadPrivate, pointOf, publicHalf } from "../primitives.ts";
import { expectTag, readCount, readDer, readOne, tags, unreadable, writeDer, writeInteger, writeOid } from "./der.ts";
import { readBits, readPrivateKeyInfo, writePrivateKeyInfo, type PrivateKeyInfo } from "./private-key-info.ts";
import { bitLength, readRsaNumbers, rsaDefect } from "./rsa-numbers.ts";

/** A private key that was checked. */
export interface AdmittedKey {
  /** Its one canonical form, in memory of its own: version 1, an EC key with its public point, no attributes. */
  readonly pkcs8: Uint8Array;
  /** SPKI (DER), worked out from the private half. */
  readonly publicKey: Uint8Array;
  /** Every algorithm of own keys that it can serve. */
  readonly algorithms: readonly SelfManagedAlgorithm[];
}

/** Object identifiers, the content in hexadecimal: RFC 8017 §A.1, RFC 5480 §2.1.1, RFC 8410 §3. */
export const oids = {
  rsa: "2a864886f70d010101",
  rsaPss: "2a864886f70d01010a",
  ec: "2a8648ce3d0201",
  ed25519: "2b6570",
} as const;

/** Named curves by the content of their identifiers: RFC 5480 §2.1.1.1, SEC 2 §A.2. */
export const curveOids: Readonly<Record<CurveName, string>> = {
  prime256v1: "2a8648ce3d030107",
  secp384r1: "2b81040022",
  secp521r1: "2b81040023",
  secp256k1: "2b8104000a",
};
/** Bytes of a scalar and of each coordinate. */
export const fieldBytes: Readonly<Record<CurveName, number>> = {
  prime256v1: 32,
  secp384r1: 48,
  secp521r1: 66,
  secp256k1: 32,
};
/** The parameters of rsaEncryption: NULL (RFC 8017 §A.1). */
export const noParameters: Uint8Array = writeDer(tags.null);

/**
 * The one gate that private keys come in by, whatever they were written in. Checked: strict DER; RSA numbers as
 * `rsaDefect` says; a named curve and a scalar in its range; the public half, where it is given, against the one worked
 * out from the private half; that OpenSSL reads the canonical form as exactly that. Not checked, because nothing can tell:
 * whether a scalar or seed without a public half beside it is the one that was meant.
 * `INVALID_ARGUMENT` says what was found, and never repeats bytes.
 */
export async function admitPrivateKey(der: Uint8Array): Promise<AdmittedKey> {
  const info = readPrivateKeyInfo(der);
  const { canonical, algorithms } = await read(info);
  const pkcs8 = writePrivateKeyInfo(canonical);
  const secret = loadPrivate(pkcs8);
  if (secret === undefined || !equalBytes(secret.export({ type: "pkcs8", format: "der" }), pkcs8)) {
    throw unreadable("a key that this runtime's cryptography reads differently");
  }
  const publicKey = publicHalf(secret);
  // That of an EC key was compared already; an SPKI of Ed25519 ends in its 32 bytes (RFC 8410 §4).
  const edwardsPoint = info.algorithm === oids.ed25519 ? info.publicKey : undefined;
  if (edwardsPoint !== undefined && !equalBytes(edwardsPoint, publicKey.subarray(-32))) throw unpaired();
  return { pkcs8, publicKey, algorithms };
}

interface ReadKey {
  readonly canonical: PrivateKeyInfo;
  readonly algorithms: readonly SelfManagedAlgorithm[];
}

async function read(info: PrivateKeyInfo): Promise<ReadKey> {
  switch (info.algorithm) {
    case oids.rsa:
      return readRsa(info);
    case oids.rsaPss:
      throw unreadable("an RSA key restricted to PSS (id-RSASSA-PSS), whose restriction would be lost");
    case oids.ec:
      return readEc(info);
    case oids.ed25519:
      return readEd25519(info);
    default:
      throw unreadable("a key of a type that no algorithm of own keys has");
  }
}

async function readRsa({ algorithm, parameters, privateKey, publicKey }: PrivateKeyInfo): Promise<ReadKey> {
  if (parameters === undefined || !equalBytes(parameters, noParameters)) throw unreadable("parameters of an RSA key");
  if (publicKey !== undefined) throw unreadable("a second copy of an RSA public key");
  const numbers = readRsaNumbers(privateKey);
  const defect = await rsaDefect(numbers);
  if (defect !== undefined) throw unreadable(defect);
  const bits = bitLength(numbers.n);
  return {
    canonical: { algorithm, parameters, privateKey, publicKey: undefined },
    algorithms: fitting((recipe) => "modulusBits" in recipe && recipe.modulusBits === bits),
  };
}

function readEc({ algorithm, parameters, privateKey, publicKey }: PrivateKeyInfo): ReadKey {
  const curve = curveOf(parameters);
  const [version, key, ...rest] = readDer(readOne(privateKey, tags.sequence).content);
  const scalar = expectTag(key, tags.octetString).content;
  const inner = rest[0]?.tag === tags.first ? rest.shift() : undefined;
  const given = rest[0]?.tag === tags.second ? rest.shift() : undefined;
  if (readCount(version) !== 1 || rest.length > 0) throw unreadable("elements that an EC private key does not have");
  if (inner !== undefined && curveOf(inner.content) !== curve) throw unreadable("an EC key on two curves at once");
  const point = scalar.length === fieldBytes[curve] ? pointOf(curve, scalar) : undefined;
  if (point === undefined) throw unreadable("an EC scalar out of its curve's range or length");
  const beside = given === undefined ? undefined : readBits(readOne(given.content, tags.bitString).content);
  for (const claimed of [beside, publicKey]) if (claimed !== undefined && !equalBytes(claimed, point)) throw unpaired();
  return {
    canonical: { algorithm, parameters, privateKey: writeEcKey(scalar, point), publicKey: undefined },
    algorithms: fitting((recipe) => "curve" in recipe && recipe.curve === curve),
  };
}

/** An ECPrivateKey (RFC 5915 §3) without parameters: those stand in front of it. */
export const writeEcKey = (scalar: Uint8Array, point: Uint8Array): Uint8Array =>
  writeDer(
    tags.sequence,
    writeInteger(Uint8Array.of(1)),
    writeDer(tags.octetString, scalar),
    writeDer(tags.second, writeDer(tags.bitString, Uint8Array.of(0), point)),
  );

function curveOf(parameters: Uint8Array | undefined): CurveName {
  for (const curve of ["prime256v1", "secp384r1", "secp521r1", "secp256k1"] as const) {
    if (parameters !== undefined && equalBytes(parameters, writeOid(curveOids[curve]))) return curve;
  }
  throw unreadable("an EC key on explicit parameters or on a curve that own keys do not have");
}

function readEd25519({ algorithm, parameters, privateKey }: PrivateKeyInfo): ReadKey {
  if (parameters !== undefined) throw unreadable("parameters of an Ed25519 key, which has none");
  const seed = readOne(privateKey, tags.octetString).content;
  if (seed.length !== 32) throw unreadable("an Ed25519 key that is not 32 bytes long");
  return {
    canonical: { algorithm, parameters, privateKey, publicKey: undefined },
    algorithms: fitting(({ kind }) => kind === "eddsa"),
  };
}

const fitting = (fits: (recipe: Recipe) => boolean): readonly SelfManagedAlgorithm[] =>
  Object.freeze(selfManagedAlgorithms.filter((algorithm) => fits(recipes[algorithm])));

const unpaired = (): KmsError => unreadable("a public half that is not that of the private half");
