import { SignatureV4 } from "@smithy/signature-v4";
import { digest, equalBytes } from "../primitives.ts";
import { Sha256 } from "./sha256.ts";
import { AwsError } from "./errors.ts";

/** A request as it came over the wire. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query, as received. */
  readonly target: string;
  /** Values by lower-case name, in the order received. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array;
}

/** Whose signatures are good, for which scope, and at what time. */
export interface SignatureSettings {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** The token that temporary credentials come with; without one, a request that has a token is refused. */
    readonly sessionToken?: string | undefined;
  };
  readonly region: string;
  readonly service: string;
  /** Real time in milliseconds: clients sign with theirs, whatever the emulator's clock says. */
  readonly nowMs: number;
}

/** Source: IAM User Guide, Elements of an AWS API request signature ("within five minutes of the time stamp"). */
const MAXIMUM_SKEW_MS = 5 * 60_000;

/** Source: IAM User Guide, Create a signed AWS API request: the host header and the `x-amz-*` headers are signed. */
const ALWAYS_SIGNED = ["host", "x-amz-date", "x-amz-target"];

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
const DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

const refuse = (message: string): AwsError => new AwsError("InvalidSignatureException", message);

interface Authorization {
  readonly scope: {
    readonly accessKeyId: string;
    readonly day: string;
    readonly region: string;
    readonly service: string;
  };
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function readAuthorization(headers: ReceivedRequest["headers"]): Authorization {
  const values = headers.get("authorization") ?? [];
  if (values.length === 0) throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
  const [, credential, names, signature] = AUTHORIZATION.exec(canonicalValue(values)) ?? [];
  const [accessKeyId, day, region, service, terminator, ...rest] = credential?.split("/") ?? [];
  if (names === undefined || signature === undefined || terminator !== "aws4_request" || rest.length > 0) {
    throw new AwsError(
      "IncompleteSignatureException",
      "The Authorization header is not a complete AWS4-HMAC-SHA256 one.",
    );
  }
  const scope = { accessKeyId: accessKeyId ?? "", day: day ?? "", region: region ?? "", service: service ?? "" };
  return { scope, signedHeaders: names.split(";"), signature };
}

function readDate(headers: ReceivedRequest["headers"]): { text: string; ms: number } {
  const text = canonicalValue(headers.get("x-amz-date") ?? []);
  const ms = Date.parse(text.replace(DATE, "$1-$2-$3T$4:$5:$6Z"));
  if (!DATE.test(text) || Number.isNaN(ms)) {
    throw new AwsError("IncompleteSignatureException", "X-Amz-Date is missing or is no ISO 8601 basic date.");
  }
  return { text, ms };
}

/**
 * Verifies Signature Version 4 over exactly the headers that `SignedHeaders` lists, with the `Host` as received
 * (provider facts, "What clients of other languages need of an AWS endpoint").
 *
 * Throws `MissingAuthenticationTokenException` without an Authorization header, `IncompleteSignatureException` for one
 * that cannot be read, `UnrecognizedClientException` for another access key or session token, and
 * `InvalidSignatureException` for another scope, a date more than five minutes off, or a signature that differs.
 * Sources: AWS KMS API Reference, Common Errors; IAM User Guide, Troubleshoot Signature Version 4 signing.
 */
export async function verifySignature(request: ReceivedRequest, settings: SignatureSettings): Promise<void> {
  const { scope, signedHeaders, signature } = readAuthorization(request.headers);
  const token = request.headers.get("x-amz-security-token")?.join(",").trim();
  if (scope.accessKeyId !== settings.credentials.accessKeyId || token !== settings.credentials.sessionToken) {
    throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  const date = readDate(request.headers);
  checkScope(scope, date, settings);
  for (const name of ALWAYS_SIGNED) {
    if (request.headers.has(name) && !signedHeaders.includes(name)) {
      throw refuse(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
  checkContentHash(request, signedHeaders);
  const expected = await expectedSignature(request, signedHeaders, { ...settings, signingMs: date.ms });
  if (expected !== signature) {
    throw refuse(
      "The request signature we calculated does not match the signature you provided. " +
        "Check your AWS Secret Access Key and signing method.",
    );
  }
}

function checkScope(
  scope: Authorization["scope"],
  date: { text: string; ms: number },
  { service, region, nowMs }: SignatureSettings,
): void {
  const refusals: readonly (readonly [boolean, string])[] = [
    [scope.service !== service, `Credential should be scoped to correct service: '${service}'.`],
    [scope.region !== region, `Credential should be scoped to a valid region, not '${scope.region}'.`],
    [scope.day !== date.text.slice(0, 8), "Date in Credential scope does not match YYYYMMDD from X-Amz-Date."],
    [nowMs - date.ms > MAXIMUM_SKEW_MS, `Signature expired: ${date.text} is more than 5 min. ago.`],
    [date.ms - nowMs > MAXIMUM_SKEW_MS, `Signature not yet current: ${date.text} is more than 5 min. ahead.`],
  ];
  for (const [isRefused, message] of refusals) if (isRefused) throw refuse(message);
}

// A signed x-amz-content-sha256 stands in for the body in the canonical request, so it must be the body's own.
function checkContentHash({ headers, body }: ReceivedRequest, signedHeaders: readonly string[]): void {
  const claimed = headers.get("x-amz-content-sha256")?.join(",");
  if (claimed === undefined || !signedHeaders.includes("x-amz-content-sha256")) return;
  if (!equalBytes(Buffer.from(claimed, "utf8"), Buffer.from(hex(digest("sha256", body)), "utf8"))) {
    throw refuse("The value of x-amz-content-sha256 is not the SHA-256 of the body.");
  }
}

async function expectedSignature(
  { method, target, headers, body }: ReceivedRequest,
  signedHeaders: readonly string[],
  { credentials, region, service, signingMs }: SignatureSettings & { readonly signingMs: number },
): Promise<string> {
  // Without the session token: the library would sign it whether or not SignedHeaders lists it.
  const { accessKeyId, secretAccessKey } = credentials;
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region,
    service,
    sha256: Sha256,
    applyChecksum: false,
  });
  const [path, query] = splitTarget(target);
  const signable = signedHeaders.map((name): [string, string] => [name, canonicalValue(headers.get(name) ?? [])]);
  const signed = await signer.sign(
    { method, protocol: "http:", hostname: "", path, query, headers: Object.fromEntries(signable), body },
    { signingDate: new Date(signingMs), signableHeaders: new Set(signedHeaders) },
  );
  return /Signature=([0-9a-f]{64})$/.exec(signed.headers["authorization"] ?? "")?.[1] ?? "";
}

const canonicalValue = (values: readonly string[]): string => values.map((value) => value.trim()).join(",");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function splitTarget(target: string): [string, Record<string, string | string[]>] {
  const at = target.indexOf("?");
  const pairs =
    at < 0
      ? []
      : target
          .slice(at + 1)
          .split("&")
          .filter((pair) => pair !== "");
  const query = new Map<string, string[]>();
  for (const pair of pairs) {
    const [name = "", ...value] = pair.split("=").map(decodeLeniently);
    query.set(name, [...(query.get(name) ?? []), value.join("=")]);
  }
  return [at < 0 ? target : target.slice(0, at), Object.fromEntries(query)];
}

function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not percent-encoding: the signature is then over the text itself
  }
}
