import type { TokenType } from "../contract/options.ts";
import { readBytes, utf8 } from "../encoding/bytes.ts";
import { equalSecrets, hkdf, hmacSha256, macKey } from "../algorithms/primitives.ts";
import {
  localSealer,
  refused,
  type KeyringEntry,
  type LocalSealer,
  type SealerOptions,
  type SealKeyTerms,
} from "./keyring.ts";
import { tokenTypes, typOf } from "./token.ts";

/** A secret that seals tokens by HMAC: whoever can open them can make them. */
export interface HmacSealKey extends SealKeyTerms {
  /** At least 32 bytes, uniformly random. Copied. */
  readonly secret: Uint8Array;
}

/**
 * A sealer by HMAC-SHA-256 (`HS256`). Each kind of token has its own key, `HKDF-SHA-256(secret, info "kms/seal/" + typ)`
 * with no salt and 32 bytes, so that no token passes for another kind. The first key that may seals, each opens: to
 * rotate, put the new one in front and drop the old one when its tokens have ended.
 * `INVALID_ARGUMENT` for no keys, malformed terms, and a secret that is shorter than 32 bytes or a PEM or DER file: a
 * public key as secret would let anybody seal (RFC 8725 §3.1).
 * Sealing: `TOO_LARGE` above 64 KiB of claims, `INVALID_ARGUMENT` when no key may seal. Opening: `TAMPERED`.
 */
export const hmacSealer = (options: SealerOptions<HmacSealKey>): LocalSealer => localSealer(options, entryOf);

const entryOf = ({ secret, ...terms }: HmacSealKey): KeyringEntry => {
  const copy = readBytes(secret, "sealing secret");
  if (copy.length < 32) throw refused("a secret of fewer than 32 bytes");
  if (isKeyFile(copy)) throw refused("a secret that is a PEM or DER file");
  const info = (type: TokenType): Uint8Array => utf8(`kms/seal/${typOf(type)}`);
  const keys = new Map(
    tokenTypes.map((type) => [
      type,
      macKey(hkdf("SHA-256", copy, { salt: new Uint8Array(0), info: info(type), lengthBytes: 32 })),
    ]),
  );
  copy.fill(0);
  const tagOf = (type: TokenType, signingInput: string): Uint8Array => {
    const key = keys.get(type);
    if (key === undefined) throw refused("a kind of token that does not exist");
    return hmacSha256(key, signingInput);
  };
  return {
    alg: "HS256",
    terms,
    sign: tagOf,
    verify: (type, signingInput, tag) => equalSecrets(tagOf(type, signingInput), tag),
  };
};

// PEM by its first line; DER by an outer sequence that fills the file and begins with an integer or another sequence, as
// keys and certificates do: a random secret of 32 bytes looks so once in 2^23.
const isKeyFile = (secret: Uint8Array): boolean => {
  const start = String.fromCharCode(...secret.subarray(0, 64)).trimStart();
  if (start.startsWith("-----BEGIN") || start.startsWith("ï»¿-----BEGIN")) return true;
  const [tag, length = 0] = secret;
  const lengthBytes = length < 0x80 ? 0 : length & 0x7f;
  let content = lengthBytes === 0 ? length : 0;
  for (const byte of secret.subarray(2, 2 + lengthBytes)) content = content * 256 + byte;
  const inner = secret[2 + lengthBytes];
  return (
    tag === 0x30 &&
    lengthBytes <= 4 &&
    content === secret.length - 2 - lengthBytes &&
    (inner === 0x02 || inner === 0x30)
  );
};
