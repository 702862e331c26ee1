import { equalBytes, hmac } from "../primitives.ts";

/** What a token says: for whom it was issued, by which tenant, until when. */
export interface TokenClaims {
  /** `aud`: `https://vault.azure.net` or `https://managedhsm.azure.net`. */
  readonly resource: string;
  /** The tenant in `iss`, `https://sts.windows.net/<tenant>/`. */
  readonly tenantId: string;
  /** `exp`, milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** Public: tokens of the emulator protect nothing. */
const SECRET = new TextEncoder().encode("tokens of this emulator protect nothing");

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const signatureOf = (text: string): Uint8Array => hmac("sha256", SECRET, new TextEncoder().encode(text));

/** The issuer of a tenant's tokens. Source: learn.microsoft.com, Access tokens reference, `iss` of version 1.0. */
export const issuerOf = (tenantId: string): string => `https://sts.windows.net/${tenantId}/`;

/** A bearer token of the emulator: a JSON Web Token (RFC 7519), HS256 under a public secret. */
export function mintToken({ resource, tenantId, expiresAtMs }: TokenClaims): string {
  const claims = { aud: resource, iss: issuerOf(tenantId), exp: Math.floor(expiresAtMs / 1000) };
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${Buffer.from(signatureOf(text)).toString("base64url")}`;
}

/** What stands in a token; `exp` is in seconds since 1970. */
export interface TokenPayload {
  readonly aud: string;
  readonly iss: string;
  readonly exp: number;
}

/** What a token says that the emulator minted; `undefined` for any other text. */
export function readToken(token: string): TokenPayload | undefined {
  const dot = token.lastIndexOf(".");
  const text = token.slice(0, Math.max(dot, 0));
  if (!equalBytes(signatureOf(text), Buffer.from(token.slice(dot + 1), "base64url"))) return undefined;
  const json = Buffer.from(text.slice(text.indexOf(".") + 1), "base64url").toString("utf8");
  return JSON.parse(json) as TokenPayload; // signed here, so it is what `mintToken` writes
}
