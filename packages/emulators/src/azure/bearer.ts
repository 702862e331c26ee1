import { AzureError } from "./errors.ts";
import { issuerOf, readToken } from "./token.ts";

/** Who may call: the tenant that issues tokens, and the resource that they are for. */
export interface Audience {
  readonly tenantId: string;
  readonly resource: string;
}

/**
 * The tenant, when a challenge can name it: an id or a domain name, which both fit into a header. A `RangeError` for any
 * other text.
 */
export function checkTenant(tenantId: string): string {
  if (/^[0-9A-Za-z][0-9A-Za-z.-]{0,254}$/.test(tenantId)) return tenantId;
  throw new RangeError(`a challenge names a tenant by a UUID or a domain name, not by ${JSON.stringify(tenantId)}`);
}

/** A 401 with the challenge that tells a client where to get a token. */
export class Unauthorized extends AzureError {
  /** `WWW-Authenticate`. */
  readonly challenge: string;

  constructor(message: string, challenge: string) {
    super(401, "Unauthorized", message);
    this.challenge = challenge;
  }
}

/**
 * The value of `WWW-Authenticate`. Source: provider facts §8.2, Authentication dance; learn.microsoft.com/azure/
 * key-vault/general/authentication-requests-and-responses.
 */
export const challengeFor = ({ tenantId, resource }: Audience): string =>
  `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="${resource}"`;

/** A challenge that asks for another token with claims. Source: provider facts §8.2, CAE. */
export const claimsChallenge = (audience: Audience): string =>
  `${challengeFor(audience)}, error="insufficient_claims", claims="${Buffer.from('{"access_token":{"nbf":{"essential":true,"value":"0"}}}').toString("base64")}"`;

/**
 * The refusal of a token past its time. Source: learn.microsoft.com/azure/key-vault/general/rest-error-codes, 401; the
 * words are the emulator's own.
 */
export const expired = (audience: Audience): Unauthorized =>
  new Unauthorized("The token is expired.", challengeFor(audience));

/**
 * 401 unless the `authorization` header is a bearer token of the emulator for this resource, from this tenant and in
 * its time, which is real time. `challenged` is what the challenge names. Source: provider facts §8.2; the words: answers
 * quoted in Azure/azure-sdk-for-python issue 24557 (AKV10000), Azure-Samples/azuresandbox issue 188 (AKV10046), and
 * Azure/azure-sdk-for-net, ChallengeBasedAuthenticationPolicyTests (AKV10032); AKV10022 as users quote it.
 */
export function checkBearer(header: string | undefined, audience: Audience, challenged: Audience): void {
  const refuse = (message: string): never => {
    throw new Unauthorized(message, challengeFor(challenged));
  };
  if (header === undefined || !/^Bearer \S/i.test(header)) {
    return refuse("AKV10000: Request is missing a Bearer or PoP token.");
  }
  const claims = readToken(header.slice("Bearer ".length));
  if (claims === undefined) return refuse("AKV10046: Unable to resolve the key used for signature validation.");
  if (claims.aud !== audience.resource) {
    return refuse(`AKV10022: Invalid audience. Expected ${audience.resource}, found: ${claims.aud}.`);
  }
  const issuer = issuerOf(audience.tenantId);
  if (claims.iss !== issuer) {
    return refuse(`AKV10032: Invalid issuer. Expected one of ${issuer}, found ${claims.iss}.`);
  }
  if (claims.exp * 1000 <= Date.now()) throw expired(challenged);
}
