import { AwsError, notImplemented, serialization } from "./errors.ts";
import { isObject, type JsonObject } from "./input.ts";
import type { ReceivedRequest } from "./signature.ts";

/** Source: AWS KMS API Reference, the service model's `targetPrefix`. */
const TARGET = /^TrentService\.([A-Za-z]{1,64})$/;
const CONTENT_TYPE = "application/x-amz-json-1.1";
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** An answer before faults: status, and JSON or nothing. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** The operation that `X-Amz-Target` names; `UnknownOperationException` for anything that is no call of the service. */
export function readOperation({ method, target, headers }: ReceivedRequest): string {
  const operation = TARGET.exec(headers.get("x-amz-target")?.join(",") ?? "")?.[1];
  if (method !== "POST" || target !== "/" || operation === undefined) {
    throw new AwsError("UnknownOperationException", "A call is POST / with X-Amz-Target: TrentService.<Operation>.");
  }
  const contentType = headers.get("content-type")?.join(",") ?? "";
  if (contentType.split(";")[0]?.trim() !== CONTENT_TYPE) {
    throw notImplemented(`the content type ${JSON.stringify(contentType)}; it speaks ${CONTENT_TYPE}`);
  }
  return operation;
}

/** The JSON object of a body; an empty body is an empty object. */
export function readJson({ body }: ReceivedRequest): JsonObject {
  if (body.length === 0) return {};
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(body));
  } catch {
    throw serialization("The body is not JSON in UTF-8.");
  }
  if (!isObject(json)) throw serialization("The body is not a JSON object.");
  return json;
}

/** A success; operations without a result answer an empty body. */
export function success(json: JsonObject | undefined): Answer {
  const body = json === undefined ? "" : JSON.stringify(json);
  return { status: 200, contentType: CONTENT_TYPE, body: Buffer.from(body, "utf8") };
}

/** A refusal; anything but an `AwsError` is the emulator's own defect and becomes `KMSInternalException`. */
export function refusal(cause: unknown): Answer {
  const { status, name, message } =
    cause instanceof AwsError ? cause : new AwsError("KMSInternalException", `The emulator failed: ${String(cause)}`);
  const json = message === "" ? { __type: name } : { __type: name, message };
  return { status, contentType: CONTENT_TYPE, body: Buffer.from(JSON.stringify(json), "utf8") };
}

/** Bytes on the wire: standard base64. */
export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** Dates on the wire: seconds since 1970, with a fraction (provider facts, "Wire protocols": numbers of seconds). */
export const seconds = (ms: number): number => ms / 1000;
