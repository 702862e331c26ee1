import { CaseFailure } from "../assertions.ts";
import { toHex } from "../bytes.ts";
import { readDer, readInteger, readOne } from "./der.ts";

/** What a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) holds. */
export type ParsedPublicKey =
  | { readonly type: "RSA"; readonly modulus: bigint; readonly exponent: bigint }
  | { readonly type: "P-256" | "P-384" | "P-521" | "secp256k1" | "Ed25519"; readonly point: Uint8Array };

const oids: Readonly<Record<string, ParsedPublicKey["type"] | "EC">> = {
  "2a864886f70d010101": "RSA", // RFC 8017 A.1
  "2a8648ce3d0201": "EC", // RFC 5480 §2.1.1
  "2a8648ce3d030107": "P-256", // RFC 5480 §2.1.1.1
  "2b81040022": "P-384",
  "2b81040023": "P-521",
  "2b8104000a": "secp256k1", // SEC 2
  "2b6570": "Ed25519", // RFC 8410 §3
};

/** The OIDs of a curve, for making a SubjectPublicKeyInfo. */
export const curveOids: Readonly<Record<"P-256" | "P-384" | "P-521", string>> = {
  "P-256": "2a8648ce3d030107",
  "P-384": "2b81040022",
  "P-521": "2b81040023",
};

/** Reads a public key by this suite's own strict reader. Fails the case when it is no SubjectPublicKeyInfo of a known type. */
export function parseSpki(spki: Uint8Array): ParsedPublicKey {
  const [algorithm, key] = readDer(readOne(spki, 0x30));
  if (algorithm?.tag !== 0x30 || key?.tag !== 0x03 || key.content[0] !== 0) throw new CaseFailure("not an SPKI");
  const [id, parameters] = readDer(algorithm.content);
  const type = oids[toHex(id?.content ?? new Uint8Array())];
  const bits = key.content.subarray(1);
  if (type === "RSA") {
    const [modulus, exponent] = readDer(readOne(bits, 0x30));
    return { type, modulus: readInteger(modulus), exponent: readInteger(exponent) };
  }
  const curve = type === "EC" ? oids[toHex(parameters?.content ?? new Uint8Array())] : type;
  if (curve === undefined || curve === "EC" || curve === "RSA") {
    throw new CaseFailure("an SPKI of an unknown algorithm");
  }
  return { type: curve, point: bits };
}
