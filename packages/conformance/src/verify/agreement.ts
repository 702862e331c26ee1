import { p256, p384, p521 } from "@noble/curves/nist.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { Algorithm, Derivation } from "@kms/core";
import { concat } from "../bytes.ts";
import { writeElement } from "./der.ts";
import { curveOids, parseSpki } from "./spki.ts";

const kinds = {
  "ECDH-P256": { curve: p256, name: "P-256", hash: sha256 },
  "ECDH-P384": { curve: p384, name: "P-384", hash: sha384 },
  "ECDH-P521": { curve: p521, name: "P-521", hash: sha512 },
} as const;
const kindOf = (algorithm: Algorithm): (typeof kinds)[keyof typeof kinds] =>
  algorithm === "ECDH-P384" || algorithm === "ECDH-P521" ? kinds[algorithm] : kinds["ECDH-P256"];

/** The other side of an agreement, made here: P-256 for whatever is no agreement algorithm. */
export interface PeerKey {
  readonly algorithm: Algorithm;
  readonly secret: Uint8Array;
  readonly spki: Uint8Array<ArrayBuffer>;
}

/** A fresh key pair for the algorithm's curve. */
export function peerKey(algorithm: Algorithm): PeerKey {
  const { curve } = kindOf(algorithm);
  const { secretKey } = curve.keygen();
  return { algorithm, secret: secretKey, spki: spkiOf(algorithm, curve.getPublicKey(secretKey, false)) };
}

/** A SubjectPublicKeyInfo with these bytes as its point, on the curve or not. */
export function spkiOf(algorithm: Algorithm, point: Uint8Array): Uint8Array<ArrayBuffer> {
  const curve = Uint8Array.from(curveOids[kindOf(algorithm).name].match(/../g) ?? [], (hex) =>
    Number.parseInt(hex, 16),
  );
  const ecPublicKey = Uint8Array.of(0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1);
  const id = writeElement(0x30, concat(ecPublicKey, writeElement(0x06, curve)));
  return writeElement(0x30, concat(id, writeElement(0x03, concat(Uint8Array.of(0), point))));
}

/** What the agreement must answer: HKDF without salt over the x coordinate of the shared point (RFC 5869, SP 800-56A). */
export function agreeIndependently(peer: PeerKey, spki: Uint8Array, kdf: Derivation): Uint8Array {
  const { curve, hash } = kindOf(peer.algorithm);
  const key = parseSpki(spki);
  const point = key.type === "RSA" ? new Uint8Array() : key.point;
  const shared = curve.getSharedSecret(peer.secret, point, true).subarray(1);
  return hkdf(hash, shared, undefined, kdf.info, kdf.lengthBytes);
}
