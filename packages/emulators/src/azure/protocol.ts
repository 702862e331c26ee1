import { Unauthorized } from "./bearer.ts";
import { AzureError, badParameter, UnsupportedMediaType } from "./errors.ts";
import { isObject, type JsonObject } from "./input.ts";

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** An answer that is ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };

/** Reads a body; an absent one is an empty object, and one that is not said to be JSON is 415. */
export function readJson({ headers, body }: ReceivedRequest): JsonObject {
  if (body.length === 0) return {};
  const type = (headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  if (type.toLowerCase() !== "application/json") throw new UnsupportedMediaType(type);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw badParameter("The request body is not JSON.");
  }
  if (!isObject(json)) throw badParameter("The request body is not a JSON object.");
  return json;
}

/** The answer to work that was done: 200 with a body, or 204. */
export const success = (json: JsonObject | undefined): Answer =>
  json === undefined
    ? { status: 204, headers: {}, body: Buffer.alloc(0) }
    : { status: 200, headers: JSON_TYPE, body: Buffer.from(JSON.stringify(json)) };

/** The answer to a refusal. Anything but an `AzureError` is the emulator's own defect. */
export function refusal(cause: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const error =
    cause instanceof AzureError
      ? cause
      : new AzureError(500, "InternalServerError", `The emulator failed: ${String(cause)}`);
  const { code, message, inner } = error;
  const innererror = inner === undefined ? {} : { innererror: { code: inner } };
  const challenge = error instanceof Unauthorized ? { "WWW-Authenticate": error.challenge } : {};
  const json =
    error instanceof UnsupportedMediaType ? { Message: message } : { error: { code, message, ...innererror } };
  const body = Buffer.from(JSON.stringify(json));
  return { status: error.status, headers: { ...JSON_TYPE, ...challenge, ...headers }, body };
}
