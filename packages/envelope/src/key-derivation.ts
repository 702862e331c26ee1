import { Buffer } from "node:buffer";
import type { Bytes } from "@kms/core";
import { suiteName, type Suite } from "./format/suites.ts";
import { hkdf, hmacSha512 } from "./primitives.ts";

/** The key of header and frames and, in suites that commit, the value that binds the message to its data key. */
export interface DerivedKeys {
  readonly key: Buffer;
  readonly commitment: Buffer | undefined;
}

// HKDF-Expand's first block is HMAC(prk, info ‖ 01), and 32 bytes are less than one block of SHA-512 (RFC 5869 §2.3).
const keyInfo: ReadonlyMap<number, Buffer> = new Map(
  [0x0478, 0x0578].map((id) => [id, Buffer.from([id >> 8, id & 0xff, ...Buffer.from("DERIVEKEY"), 1])]),
);
const commitmentInfo: Buffer = Buffer.from("COMMITKEY\u0001");

/**
 * Derives from a data key (framework/algorithm-suites, Key Derivation). Suites that commit: HKDF-SHA-512 with the message id
 * as salt, one extract and an expand for each of the two; the others: HKDF without salt over suite id and message id,
 * or the data key itself. Overwrite the key after use.
 */
export function deriveKeys(suite: Suite, dataKey: Bytes, messageId: Buffer): DerivedKeys {
  const { derivation, id, keyBytes } = suite;
  if (derivation === "none") return { key: Buffer.from(dataKey), commitment: undefined };
  if (derivation !== "committing") {
    const info = Buffer.concat([Buffer.from([id >> 8, id & 0xff]), messageId]);
    return { key: hkdf(derivation, dataKey, info, keyBytes), commitment: undefined };
  }
  const info = keyInfo.get(id);
  if (info === undefined) throw new TypeError(`${suiteName(id)} has no key derivation`);
  const extracted = hmacSha512(messageId, dataKey);
  const key = hmacSha512(extracted, info).subarray(0, 32);
  const commitment = hmacSha512(extracted, commitmentInfo).subarray(0, 32);
  extracted.fill(0);
  return { key, commitment };
}
