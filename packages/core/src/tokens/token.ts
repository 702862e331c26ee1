import type { TokenType } from "../contract/options.ts";
import type { Json } from "../contract/words.ts";
import { fromBase64url, toBase64url } from "../encoding/base64url.ts";
import { kindOf, text, utf8 } from "../encoding/bytes.ts";
import { canonicalJson, parseCanonicalJson } from "../encoding/canonical-json.ts";
import { KmsError } from "../errors.ts";

/** The kinds of token, each under a derived key and a `typ` of its own. */
export const tokenTypes: readonly TokenType[] = ["key-handle", "key-conf", "destruction-receipt", "audit-checkpoint"];
/** The most bytes that the claims of a token may take in canonical JSON. */
export const maximumClaimsBytes = 65_536;
// Claims in base64url, a header of at most 171 characters, a signature of at most 683 (RSA-4096), two dots.
const maximumTokenCharacters = 88_400;

/** The `typ` of a kind of token: `kms/key-handle` and so on. */
export const typOf = (type: TokenType): string => `kms/${type}`;

/** A token in its parts, nothing of it proven yet. */
export interface TokenParts {
  readonly header: string;
  readonly payload: Uint8Array;
  /** What the signature covers (RFC 7515 §5.1). */
  readonly signingInput: string;
  readonly signature: Uint8Array;
}

/**
 * The one header of tokens of a type under a key, encoded: exactly `{alg, kid, typ}`. Opening looks this text up and
 * parses no header at all, so that no member, order or spelling of another's choosing reaches a decision.
 */
export const encodeHeader = (alg: string, kid: string, type: TokenType): string =>
  toBase64url(utf8(canonicalJson({ alg, kid, typ: typOf(type) })));

/** Claims, encoded. `INVALID_ARGUMENT` for what canonical JSON cannot say, `TOO_LARGE` above 64 KiB. */
export const encodeClaims = (claims: Json): string => {
  const bytes = utf8(canonicalJson(claims));
  if (bytes.length > maximumClaimsBytes) {
    throw new KmsError(
      "TOO_LARGE",
      `Cannot seal ${bytes.length} bytes of claims: a token holds at most ${maximumClaimsBytes}. Seal less.`,
    );
  }
  return toBase64url(bytes);
};

/** A compact JWS (RFC 7515 §7.1) of parts that were signed. */
export const joinToken = (signingInput: string, signature: Uint8Array): string =>
  `${signingInput}.${toBase64url(signature)}`;

/**
 * A token taken apart. `INVALID_ARGUMENT` when it is no text; `TAMPERED` unless it has three segments, of which payload
 * and signature encode again to themselves. The header is left as text, to be compared; the claims are `decodeClaims`'s.
 */
export const splitToken = (token: unknown): TokenParts => {
  if (typeof token !== "string") {
    throw new KmsError(
      "INVALID_ARGUMENT",
      `Cannot open a token: found ${kindOf(token)}. Pass the text that sealing gave.`,
    );
  }
  if (token.length > maximumTokenCharacters) throw tampered("more text than a token can have");
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first <= 0 || second < 0) throw tampered("no three segments");
  const payload = fromBase64url(token.slice(first + 1, second));
  const signature = fromBase64url(token.slice(second + 1));
  if (payload === undefined || signature === undefined) throw tampered("a segment that is no canonical base64url");
  return { header: token.slice(0, first), payload, signingInput: token.slice(0, second), signature };
};

/** The claims of a payload whose signature holds. `TAMPERED` unless they are canonical JSON of at most 64 KiB. */
export const decodeClaims = (payload: Uint8Array): Json => {
  const source = payload.length > maximumClaimsBytes ? undefined : text(payload);
  const claims = source === undefined ? undefined : parseCanonicalJson(source);
  if (claims === undefined) throw tampered("claims that are no canonical JSON, or too long");
  return claims;
};

/** The answer to every token that was not sealed here for this use. The token itself is never shown. */
export const tampered = (found: string): KmsError =>
  new KmsError(
    "TAMPERED",
    `Cannot open a token: found ${found}. Use a token as it was sealed, with the sealer that knows its key.`,
  );
