import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Call, KeyConf, KeyRecord, VersionReference } from "@kms/core/driver";
import { selfManagedAlgorithms, type SelfManagedAlgorithm } from "../src/algorithms.ts";
import { call, type Driver } from "./fixture.ts";

const made = new Map<string, KeyObject>();

/** A private key that every test of a file shares: "rsa", "ed25519" and so on, or a curve; another number of bits, another key. */
export function given(kind: string, bits = 2048): KeyObject {
  const name = `${kind}-${bits}`;
  const known = made.get(name) ?? generated(kind, bits);
  made.set(name, known);
  return known;
}

function generated(kind: string, bits: number): KeyObject {
  switch (kind) {
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
    case "rsa-pss":
      return generateKeyPairSync("rsa-pss", { modulusLength: bits, hashAlgorithm: "sha256" }).privateKey;
    case "dsa":
      return generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 }).privateKey;
    case "ed25519":
      return generateKeyPairSync("ed25519").privateKey;
    case "ed448":
      return generateKeyPairSync("ed448").privateKey;
    case "x25519":
      return generateKeyPairSync("x25519").privateKey;
    case "explicit":
      return generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).privateKey;
    default:
      return generateKeyPairSync("ec", { namedCurve: kind }).privateKey;
  }
}

/** PKCS#8 as OpenSSL writes it. */
export const pkcs8 = (key: KeyObject): Buffer => key.export({ type: "pkcs8", format: "der" });

/** The private key that material of an algorithm can be: RSA keys of 2048 bits for whatever is RSA. */
export function keyFor(algorithm: SelfManagedAlgorithm): KeyObject {
  const [family, kind] = algorithm.split("-");
  if (family === "RSA") return given("rsa", Number(/\d{4}/.exec(algorithm)?.[0]));
  return family === "Ed25519" ? given("ed25519") : given(kind === "secp256k1" ? kind : `P-${kind?.slice(1)}`);
}

/** Every algorithm but the RSA ones of 3072 and 4096 bits, whose keys take seconds to make. */
export const quickAlgorithms: readonly SelfManagedAlgorithm[] = selfManagedAlgorithms.filter(
  (algorithm) => !/3072|4096/.test(algorithm),
);

const symmetricBytes: Readonly<Record<string, number>> = {
  "AES-256-GCM": 32,
  "AES-256-KWP": 32,
  "HMAC-SHA256": 32,
  "HMAC-SHA384": 48,
  "HMAC-SHA512": 64,
};

/** Good material for an algorithm. */
export function materialFor(algorithm: SelfManagedAlgorithm): Uint8Array {
  const lengthBytes = symmetricBytes[algorithm];
  if (lengthBytes === undefined) return Uint8Array.from(pkcs8(keyFor(algorithm)));
  return Uint8Array.from({ length: lengthBytes }, (_, at) => at + 1);
}

/** Imports as the guard does: a ticket first, then the material. */
export async function importInto(
  driver: Driver,
  conf: KeyConf<SelfManagedAlgorithm>,
  material: Uint8Array,
  made: Call = call(),
): Promise<KeyRecord<never>> {
  const named = driver.checkConf({ name: `key-${made.idempotencyToken}`, ...conf });
  const ticket = await driver.beginImport(named, undefined, made);
  return driver.completeImport(ticket, named, material, made);
}

/** The first version of an imported key, as the guard names it. */
export const referenceOf = ({ id }: KeyRecord<never>, algorithm: SelfManagedAlgorithm): VersionReference => ({
  id,
  algorithm,
  native: algorithm,
  protection: "software",
  origin: "imported",
  version: "1",
});
