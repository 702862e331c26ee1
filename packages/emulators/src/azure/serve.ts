import type { FaultSwitch } from "../fault-switch.ts";
import { type Audience, checkBearer, claimsChallenge, expired, Unauthorized } from "./bearer.ts";
import { AzureError, notImplemented } from "./errors.ts";
import type { AzureFault } from "./faults.ts";
import type { JsonObject } from "./input.ts";
import type { Asked } from "./operations/perform.ts";
import { type Answer, readJson, type ReceivedRequest, refusal, success } from "./protocol.ts";
import type { AzureRequest, RequestLog } from "./requests.ts";
import { readRoute, type Route } from "./route.ts";

/** What serving asks of the rest. */
export interface ServingParts {
  readonly faults: FaultSwitch<AzureFault>;
  readonly requests: RequestLog;
  /** Whose tokens are good. */
  readonly audience: Audience;
  /** What a challenge names; tests can have it name another tenant. */
  challenged(): Audience;
  /** Does the work of one operation. */
  perform(asked: Asked): Promise<JsonObject | undefined>;
}

/** What to do with the connection. */
export type Reaction = { readonly answer: Answer; readonly delayMs: number } | "break";

const at = (answer: Answer, delayMs = 0): Reaction => ({ answer, delayMs });

/** Puts one request on the record. */
export function record(requests: RequestLog, { method, target, headers }: ReceivedRequest): AzureRequest {
  const route = routeOf(method, urlOf(target)?.pathname ?? "");
  const entry = {
    operation: route?.operation,
    method,
    target,
    name: route === undefined || route.name === "" ? undefined : route.name,
    version: route?.version,
    isAuthorized: (headers["authorization"] ?? "") !== "",
  };
  requests.add(entry);
  return entry;
}

/** Answers one request: the token, the fault switch, the work. Never rejects. */
export async function serve(parts: ServingParts, request: ReceivedRequest): Promise<Reaction> {
  try {
    checkBearer(request.headers["authorization"], parts.audience, parts.challenged());
    const url = urlOf(request.target);
    const route = routeOf(request.method, url?.pathname ?? "");
    if (url === undefined || route === undefined) throw notImplemented(`${request.method} ${request.target}`);
    const base = `https://${request.headers["host"] ?? ""}`;
    return await react(parts, request, { route, query: url.searchParams, base });
  } catch (cause) {
    return at(refusal(cause));
  }
}

const BASE = "https://emulator.invalid";
const urlOf = (target: string): URL | undefined => (URL.canParse(target, BASE) ? new URL(target, BASE) : undefined);

function routeOf(method: string, pathname: string): Route | undefined {
  try {
    return readRoute(method, pathname);
  } catch {
    return undefined; // a path that is not percent-encoded text
  }
}

async function react(parts: ServingParts, request: ReceivedRequest, where: Omit<Asked, "body">): Promise<Reaction> {
  const taken = parts.faults.take(where.route.operation);
  const fault = taken?.fault;
  const before = fault === undefined ? undefined : reactionBeforeWork(fault, parts.challenged());
  if (before !== undefined) return before;
  let answer: Answer;
  try {
    answer = success(await parts.perform({ ...where, body: readJson(request) }));
  } catch (cause) {
    answer = refusal(cause);
  }
  if (fault === "answer-lost") return "break";
  if (fault === "corrupted-body" && answer.status === 200) {
    return at({ ...answer, body: answer.body.subarray(0, answer.body.length / 2) });
  }
  if (fault === "corrupted-body") taken?.putBack();
  return at(answer, typeof fault === "object" && "slowMs" in fault ? fault.slowMs : 0);
}

/** Source of codes: provider facts §5.1, throttled, unavailable; of the words: …/key-vault/general/rest-error-codes. */
const THROTTLED = new AzureError(
  429,
  "Throttled",
  "Request was not processed because too many requests were received.",
);
const UNAVAILABLE = new AzureError(503, "ServiceUnavailable", "The service is unavailable.");
const FAILED = new AzureError(500, "InternalServerError", "An internal error occurred.");
const PAGE = Buffer.from("<html><body><h1>502 Bad Gateway</h1></body></html>");

function reactionBeforeWork(fault: AzureFault, challenged: Audience): Reaction | undefined {
  switch (fault) {
    case "reset":
      return "break";
    case "throttle":
      return at(refusal(THROTTLED, { "Retry-After": "1" }));
    case "throttle-without-retry-after":
      return at(refusal(THROTTLED));
    case "unavailable":
      return at(refusal(UNAVAILABLE));
    case "internal-error":
      return at(refusal(FAILED));
    case "bad-gateway":
      return at({ status: 502, headers: { "Content-Type": "text/html" }, body: PAGE });
    case "expired-token":
      return at(refusal(expired(challenged)));
    case "insufficient-claims":
      return at(refusal(new Unauthorized("The token lacks claims.", claimsChallenge(challenged))));
    case "answer-lost":
    case "corrupted-body":
      return undefined;
    default:
      if ("slowMs" in fault) return undefined;
      return at(refusal(new AzureError(fault.status, fault.code, "Set by the fault switch.", fault.inner)));
  }
}
