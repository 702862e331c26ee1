import { request } from "node:http";
import aws4 from "aws4";
import type { AwsEmulator } from "../../src/aws/index.ts";

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** Names spelled as received, each followed by its value. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** A request to send as it is. */
export interface WireRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request without any SDK. */
export const send = (
  emulator: AwsEmulator,
  { method = "POST", path = "/", headers, body = "" }: WireRequest,
): Promise<WireAnswer> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      emulator.endpoint + path,
      { method, headers: { ...headers }, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            rawHeaders: incoming.rawHeaders,
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        );
        incoming.on("error", reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });

/** Headers of a call signed by aws4, an implementation that shares no code with the verifier. */
export function sign(
  emulator: AwsEmulator,
  operation: string,
  body = "{}",
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return signHeaders(emulator, body, { "X-Amz-Target": `TrentService.${operation}`, ...extra });
}

/** The same over just these headers, host, content type and what the protocol adds. */
export function signHeaders(
  emulator: AwsEmulator,
  body: string,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers = { Host: new URL(emulator.endpoint).host, "Content-Type": "application/x-amz-json-1.1", ...extra };
  const signed = aws4.sign(
    { method: "POST", path: "/", service: "kms", region: emulator.region, body, headers },
    emulator.clientConfiguration.credentials,
  );
  return Object.fromEntries(Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)]));
}

/** The error name in an answer, or "none". */
export function typeOf({ body }: WireAnswer): string {
  const json: unknown = body === "" ? {} : JSON.parse(body);
  return typeof json === "object" && json !== null && "__type" in json ? String(json.__type) : "none";
}
