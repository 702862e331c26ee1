/** The one module of this package that calls `node:crypto` (`design` §2). */
import { createHmac, createSecretKey, hkdfSync, randomBytes, timingSafeEqual, type KeyObject } from "node:crypto";
import { Buffer } from "node:buffer";

/** The keys of a log, each derived for one use. */
export interface LogKeys {
  /** Chains the lines. */
  readonly chain: KeyObject;
  /** Stands in for the values of associated data. */
  readonly fingerprint: KeyObject;
}

/** Derives the keys of a log: HKDF-SHA-256 without salt, 32 bytes, `info` naming the use. */
export function deriveKeys(key: Uint8Array): LogKeys {
  return { chain: derive(key, "kms/audit/chain"), fingerprint: derive(key, "kms/audit/associated-data") };
}

/** HMAC-SHA-256 in base64url: 43 characters. */
export function hmac(key: KeyObject, content: Uint8Array | string): string {
  return createHmac("sha256", key).update(content).digest("base64url");
}

/** Whether two MACs are the same text; how long it takes says nothing of where they differ. */
export function sameMac(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, "latin1"), Buffer.from(right, "latin1")];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** 128 bits of the platform's generator in base64url: 22 characters. */
export const randomId = (): string => randomBytes(16).toString("base64url");

function derive(key: Uint8Array, info: string): KeyObject {
  const bytes = Buffer.from(hkdfSync("sha256", key, new Uint8Array(0), info, 32));
  const derived = createSecretKey(bytes);
  bytes.fill(0);
  return derived;
}
