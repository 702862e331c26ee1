import type { Recipe } from "../algorithms.ts";
import { aeadLabels, openAead, sealAead } from "../encryption/aead.ts";
import {
  aesBlock,
  aesCounter,
  equalBytes,
  hmac,
  hmacByDefinition,
  isPair,
  loadSecret,
  unwrapPadded,
  wrapPadded,
  type GeneratedMaterial,
  type KeyObject,
} from "../primitives.ts";

const probe = Buffer.from("used once before it is Active");
const associated = Buffer.from("reference");

/**
 * Loads material exactly as the engine will and uses it once, against a reference that shares none of the engine's code.
 * The first use of a key must not be the first time that anybody learns that its bytes were lost on the way: data would
 * be under a key that nobody else has. Symmetric keys work on the raw bytes by hash and block cipher alone; a pair undoes
 * with its public half, worked out from the private one, what the private half did. False when anything differs.
 */
export function agreesWithReference(recipe: Recipe, { material, publicKey }: GeneratedMaterial): boolean {
  const secret = loadSecret(recipe, material);
  switch (recipe.kind) {
    case "aead":
      return sealsAsReferred(secret, material);
    case "key-wrap":
      return wrapsAsReferred(secret, material);
    case "mac":
      return equalBytes(hmac(recipe.hash, secret, probe), hmacByDefinition(recipe.hash, material, probe));
    default:
      return publicKey !== undefined && isPair(recipe, secret, publicKey);
  }
}

/** `crypto-rules` 8 from its parts: derivation and commitment by HMAC, the ciphertext by counter mode from block 2 on. */
function sealsAsReferred(secret: KeyObject, material: Uint8Array): boolean {
  const sealed = sealAead(secret, aeadLabels.data, probe, associated);
  const derived = hmacByDefinition(
    "sha512",
    material,
    Buffer.concat([aeadLabels.data, sealed.subarray(0, 32), associated]),
  );
  const counter = Buffer.alloc(16);
  counter.writeUInt32BE(2, 12);
  const plaintext = aesCounter(derived.subarray(0, 32), counter, sealed.subarray(64, 64 + probe.length));
  const isCommitted = equalBytes(derived.subarray(32), sealed.subarray(32, 64));
  derived.fill(0);
  const opened = openAead(secret, aeadLabels.data, sealed, associated);
  return isCommitted && equalBytes(plaintext, probe) && equalBytes(opened, probe);
}

/** RFC 5649 §4.1: 8 bytes wrap into one block of AES, the constant and the length in front. */
function wrapsAsReferred(secret: KeyObject, material: Uint8Array): boolean {
  const short = probe.subarray(0, 8);
  const block = Buffer.concat([Buffer.from("a65959a600000008", "hex"), short]);
  const wrapped = wrapPadded(secret, short);
  const opened = unwrapPadded(secret, wrapped);
  return equalBytes(wrapped, aesBlock(material, block)) && opened !== undefined && equalBytes(opened, short);
}
