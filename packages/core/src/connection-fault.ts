/**
 * How a connection failed: the host's name is not known; none came about; the certificate is not trusted; what stands there
 * does not speak TLS as expected; it broke off amid an exchange; what came over it is no HTTP.
 */
export type ConnectionFault = "no host" | "no connection" | "untrusted" | "no TLS" | "broken off" | "no HTTP";

// Of getaddrinfo and connect (`libuv`, "Error handling"), of X.509 verification (Node.js, "X509 certificate error codes"),
// and of the HTTP client beneath Node's `fetch`.
const faults: Readonly<Record<string, ConnectionFault>> = {
  ENOTFOUND: "no host",
  EAI_AGAIN: "no host",
  ECONNREFUSED: "no connection",
  UND_ERR_CONNECT_TIMEOUT: "no connection",
  CERT_HAS_EXPIRED: "untrusted",
  CERT_NOT_YET_VALID: "untrusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "untrusted",
  CERT_SIGNATURE_FAILURE: "untrusted",
  CERT_UNTRUSTED: "untrusted",
  CERT_REVOKED: "untrusted",
  INVALID_CA: "untrusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "untrusted",
  // TLS breaks in the handshake or, by whoever stands between, at any time after it; its codes are the same.
  EPROTO: "no TLS",
  ECONNRESET: "broken off",
  EPIPE: "broken off",
  ETIMEDOUT: "broken off",
  EHOSTUNREACH: "broken off",
  ENETUNREACH: "broken off",
};
/** Codes by how they begin: of OpenSSL, of Node's parser of HTTP, which found none, and of its `fetch`. */
const families: readonly (readonly [start: string, ConnectionFault])[] = [
  ["ERR_SSL_", "no TLS"],
  ["HPE_", "no HTTP"],
  ["UND_ERR_", "broken off"],
];
/** Codes of a connection that never came about as well as of one that broke: what was attempted tells which. */
const ofEither: ReadonlySet<string> = new Set(["ETIMEDOUT", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH"]);

/**
 * What the `code` of an error of Node's says of a connection; undefined for any other code. `isConnecting`: it came of an attempt
 * to connect. A change was not begun where there was no host, no connection or no trusted certificate; of the rest nobody
 * knows.
 */
export function connectionFault(code: unknown, isConnecting: boolean): ConnectionFault | undefined {
  if (typeof code !== "string") return undefined;
  if (isConnecting && ofEither.has(code)) return "no connection";
  if (Object.hasOwn(faults, code)) return faults[code];
  return families.find(([start]) => code.startsWith(start))?.[1];
}
