import { fromFixedLength, signDigest, toFixedLength, verifyDigest } from "../../ecdsa.ts";
import { digest, equalBytes, type HashName, hmac } from "../../primitives.ts";
import { signRsa, verifyRsa } from "../../rsa.ts";
import { type Scheme, SIGNATURES } from "../algorithms.ts";
import { AzureError, badParameter, notImplemented } from "../errors.ts";
import type { KeyMaterial } from "../key-material.ts";
import { LIMITS, within } from "../limits.ts";
import { needsUse, type OperationRow, reference, type Vault } from "./row.ts";
import { text, type UsableVersion, usableVersion } from "./usable-version.ts";

const lengthOf = (hash: HashName): number => digest(hash, new Uint8Array()).length;

/**
 * Refuses what is no digest of the algorithm. Source: provider facts §2.3 ("length must equal the hash"); the words are
 * those that users quote for ES256K. What HS* takes is not established: the option `hmacInput` says.
 */
function checkInput({ algorithm, scheme }: UsableVersion, value: Uint8Array, vault: Vault): void {
  if (scheme.kind === "hmac" && vault.open.hmacInput === undefined) {
    throw notImplemented(`${algorithm}, whose input is not established, without the option hmacInput`);
  }
  if (scheme.kind === "hmac" && vault.open.hmacInput === "message") {
    if (within(value.length, LIMITS.hmacBytes)) return;
    throw notImplemented("messages of more than 8192 bytes");
  }
  const expected = "hash" in scheme ? lengthOf(scheme.hash) : 0;
  if (value.length === expected) return;
  throw badParameter(
    `Invalid length of 'value': ${value.length} bytes. ${algorithm} requires ${expected} bytes, encoded with base64url.`,
  );
}

const unfit = (): AzureError =>
  new AzureError(500, "InternalServerError", "A version has no material for its algorithm.");

// A signature of EC keys is r‖s (provider facts §2.4), and PSS salts are as long as the hash.
function signWith(scheme: Scheme, material: KeyMaterial, value: Uint8Array): Uint8Array {
  if (scheme.kind === "hmac" && material.kind === "oct") return hmac(scheme.hash, material.secret, value);
  if (scheme.kind === "ecdsa" && material.kind === "ec") {
    return toFixedLength(scheme.curve, signDigest(scheme.curve, material.scalar, value));
  }
  if (scheme.kind === "rsa-signature" && material.kind === "rsa") {
    return signRsa(material.pair, material.bits, { scheme: scheme.padding, hash: scheme.hash }, value);
  }
  throw unfit();
}

function verifyWith(scheme: Scheme, material: KeyMaterial, value: Uint8Array, signature: Uint8Array): boolean {
  if (scheme.kind === "hmac" && material.kind === "oct") {
    return equalBytes(hmac(scheme.hash, material.secret, value), signature);
  }
  if (scheme.kind === "ecdsa" && material.kind === "ec") {
    const der = fromFixedLength(scheme.curve, signature);
    return der !== undefined && verifyDigest(material, value, der);
  }
  if (scheme.kind === "rsa-signature" && material.kind === "rsa") {
    const { padding, hash } = scheme;
    return verifyRsa(material.pair, material.bits, { scheme: padding, hash }, { hashed: value, signature });
  }
  throw unfit();
}

const sign: OperationRow = {
  needs: needsUse("sign", "sign"),
  fields: ["alg", "value"],
  source: `${reference("sign")}; provider facts §2.4 (r‖s)`,
  run: async (call) => {
    const used = await usableVersion(call, "sign", SIGNATURES);
    const value = call.input.requiredBytes("value");
    checkInput(used, value, call.vault);
    return { kid: used.kid, value: text(signWith(used.scheme, used.material, value)) };
  },
};

const verify: OperationRow = {
  needs: needsUse("verify", "verify"),
  fields: ["alg", "digest", "value"],
  source: `${reference("verify")}; provider facts §5.1 (a wrong signature is 200 and false) and §6 (no kid)`,
  run: async (call) => {
    const used = await usableVersion(call, "verify", SIGNATURES);
    const value = call.input.requiredBytes("digest");
    checkInput(used, value, call.vault);
    return { value: verifyWith(used.scheme, used.material, value, call.input.requiredBytes("value")) };
  },
};

/** Sign and Verify; HMACs too. */
export const SIGNING_OPERATIONS: Readonly<Record<string, OperationRow>> = { Sign: sign, Verify: verify };
