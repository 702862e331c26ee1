import { errorInfo, GcpError } from "./errors.ts";

/** The refusal of a token past its time. Source: google/api/error_reason.proto, ACCESS_TOKEN_EXPIRED. */
export const expired = (): GcpError =>
  new GcpError("UNAUTHENTICATED", "Request had invalid authentication credentials.", [
    errorInfo("ACCESS_TOKEN_EXPIRED", { service: "cloudkms.googleapis.com" }),
  ]);

/**
 * UNAUTHENTICATED unless the `authorization` metadata is the one good bearer token.
 * Source: google/rpc/code.proto, UNAUTHENTICATED; google/api/error_reason.proto, CREDENTIALS_MISSING; RFC 6750 §2.1.
 */
export function checkBearer(values: readonly unknown[], accessToken: string): void {
  if (values.length === 0) {
    throw new GcpError("UNAUTHENTICATED", "Request is missing required authentication credential.", [
      errorInfo("CREDENTIALS_MISSING", { service: "cloudkms.googleapis.com" }),
    ]);
  }
  if (values.length === 1 && values[0] === `Bearer ${accessToken}`) return;
  throw new GcpError("UNAUTHENTICATED", "Request had invalid authentication credentials.");
}
