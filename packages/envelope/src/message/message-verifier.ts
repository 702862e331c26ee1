import { Buffer } from "node:buffer";
import type { KeyObject, Verify } from "node:crypto";
import type { Bytes } from "@kms/core";
import { decryptionFailed } from "../errors.ts";
import { publicKeyEntry, type Entries } from "../format/associated-data.ts";
import type { MessageHeader } from "../format/header.ts";
import { updateWith, verificationKey, verifier, verifies } from "../primitives.ts";

/** Verifies the signature over a whole message, given in parts. */
export class MessageVerifier {
  readonly #verify: Verify;
  readonly #key: KeyObject;

  constructor(verify: Verify, key: KeyObject) {
    this.#verify = verify;
    this.#key = key;
  }

  update(part: Bytes): void {
    updateWith(this.#verify, part);
  }

  holds(signature: Bytes): boolean {
    return verifies(this.#verify, this.#key, signature);
  }
}

/**
 * The verifier of a message in a signed suite, under the public key in its own associated data; `undefined` in the others.
 * `DECRYPTION_FAILED` for a signed suite without a good public key, and for an unsigned one with any, be it stored or given.
 */
export function verifierOf({ suite, stored }: MessageHeader, given: Entries): MessageVerifier | undefined {
  const encoded = Object.hasOwn(stored.map, publicKeyEntry) ? stored.map[publicKeyEntry] : undefined;
  if (suite.signature === undefined) {
    if (encoded === undefined && !Object.hasOwn(given.map, publicKeyEntry)) return undefined;
    throw decryptionFailed();
  }
  const point = Buffer.from(encoded ?? "", "base64");
  const key = point.toString("base64") === encoded ? verificationKey(suite.signature, point) : undefined;
  if (key === undefined) throw decryptionFailed();
  return new MessageVerifier(verifier(suite.signature), key);
}
