import { equalBytes, hmac, openAesGcm, randomBytes, sealAesGcm } from "../primitives.ts";
import type { CryptoKey } from "./crypto-key.ts";

/** What the start of a ciphertext says. */
export interface CiphertextHeader {
  /** `CryptoKey.tag` of the key. */
  readonly tag: Uint8Array;
  readonly version: number;
}

const FORMAT = 1;
const TAG_END = 1 + 16;
const VERSION_END = TAG_END + 4;
const HEADER_END = VERSION_END + 16;
const NONCE_END = HEADER_END + 12;
const GCM_TAG = 16;

/**
 * Opaque ciphertexts that carry key and version (provider facts §2.5). Layout: format 1 ‖ tag of the key 16 ‖
 * version 4 ‖ HMAC of these, truncated to 16 ‖ nonce 12 ‖ body ‖ GCM tag 16. The HMAC tells an altered ciphertext from
 * one of another key.
 */
export class CiphertextFormat {
  readonly #headerKey = randomBytes(32);

  /** A ciphertext of `plaintext` under one version of a key. */
  seal(
    key: CryptoKey,
    version: number,
    {
      secret,
      plaintext,
      aad,
    }: { readonly secret: Uint8Array; readonly plaintext: Uint8Array; readonly aad: Uint8Array },
  ): Uint8Array {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(version);
    const names = Buffer.concat([Buffer.from([FORMAT]), key.tag, number]);
    const header = Buffer.concat([names, this.#authenticate(names)]);
    const { nonce, body, tag } = sealAesGcm(secret, plaintext, Buffer.concat([header, aad]));
    return new Uint8Array(Buffer.concat([header, nonce, body, tag]));
  }

  /** What a ciphertext names; `undefined` when this emulator did not make its header. */
  read(bytes: Uint8Array): CiphertextHeader | undefined {
    if (bytes.length < NONCE_END + GCM_TAG || bytes[0] !== FORMAT) return undefined;
    const names = bytes.subarray(0, VERSION_END);
    if (!equalBytes(this.#authenticate(names), bytes.subarray(VERSION_END, HEADER_END))) return undefined;
    const version = Buffer.from(bytes.subarray(TAG_END, VERSION_END)).readUInt32BE();
    return { tag: bytes.subarray(1, TAG_END), version };
  }

  /** The plaintext; `undefined` for a changed body or other associated data. */
  open(bytes: Uint8Array, secret: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
    const sealed = {
      nonce: bytes.subarray(HEADER_END, NONCE_END),
      body: bytes.subarray(NONCE_END, -GCM_TAG),
      tag: bytes.subarray(-GCM_TAG),
    };
    return openAesGcm(secret, sealed, Buffer.concat([bytes.subarray(0, HEADER_END), aad]));
  }

  #authenticate(names: Uint8Array): Uint8Array {
    return hmac("sha256", this.#headerKey, names).subarray(0, HEADER_END - VERSION_END);
  }
}
