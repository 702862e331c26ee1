import { Delays } from "../delays.ts";
import { readBody } from "../request-body.ts";
import type { FaultSwitch } from "../fault-switch.ts";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { randomIdentifier } from "../primitives.ts";
import { AwsError } from "./errors.ts";
import type { AwsFault } from "./faults.ts";
import type { JsonObject } from "./input.ts";
import { type Answer, readJson, readOperation, refusal, success } from "./protocol.ts";
import type { RequestLog } from "./requests.ts";
import type { ReceivedRequest } from "./signature.ts";

/** Above the longest request that the service model allows (a policy of 131,072 characters, escaped). */
const MAXIMUM_BODY_BYTES = 1_048_576;

/** What the server asks of the rest. */
export interface ServerParts {
  readonly faults: FaultSwitch<AwsFault>;
  readonly requests: RequestLog;
  /** Throws an `AwsError` for a request that is not well signed. */
  verify(request: ReceivedRequest): Promise<void>;
  /** Does the work of one operation. */
  perform(operation: string, json: JsonObject): Promise<JsonObject | undefined>;
}

/** What to do with the connection. */
type Reaction = { readonly answer: Answer; readonly delayMs: number } | "break";

/** A loopback server that is listening; `close` ends every connection and waits until the port is free. */
export interface ListeningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 only; port 0 takes a free one. Rejects when the port is taken. */
export async function listen(parts: ServerParts, port: number): Promise<ListeningServer> {
  const delays = new Delays();
  // Never closes an idle connection by itself: a client that reuses one at that moment would see a fault nobody set.
  const server = createServer({ keepAliveTimeout: 0 }, (incoming, outgoing) => {
    void serve(parts, incoming).then((reaction) => {
      if (reaction === "break") incoming.socket.resetAndDestroy();
      else if (reaction.delayMs === 0) send(outgoing, reaction.answer);
      else delays.run(reaction.delayMs, () => send(outgoing, reaction.answer));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has an address with a port");
  return { port: address.port, close: () => close(server, delays) };
}

async function close(server: Server, delays: Delays): Promise<void> {
  delays.end();
  await new Promise<void>((resolve) => {
    server.close(() => resolve()); // an error says that it was closed before
    server.closeAllConnections();
  });
}

async function serve(parts: ServerParts, incoming: IncomingMessage): Promise<Reaction> {
  let request: ReceivedRequest | undefined;
  try {
    request = await receive(incoming);
    if (request === undefined) return "break";
    const operation = readOperation(request);
    record(parts.requests, operation, request);
    await parts.verify(request);
    return await react(parts, operation, request);
  } catch (cause) {
    return { answer: refusal(cause), delayMs: 0 };
  }
}

// `undefined` when the client went away.
async function receive(incoming: IncomingMessage): Promise<ReceivedRequest | undefined> {
  const body = await readBody(incoming, MAXIMUM_BODY_BYTES);
  if (body === "gone") return undefined;
  if (body === "too-long") {
    throw new AwsError("RequestEntityTooLargeException", `A request has at most ${MAXIMUM_BODY_BYTES} bytes.`);
  }
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    const name = (incoming.rawHeaders[index] ?? "").toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), incoming.rawHeaders[index + 1] ?? ""]);
  }
  return { method: incoming.method ?? "", target: incoming.url ?? "", headers, body };
}

function record(requests: RequestLog, operation: string, request: ReceivedRequest): void {
  let keyId: unknown;
  try {
    const json = readJson(request);
    keyId = json["KeyId"] ?? json["TargetKeyId"] ?? json["DestinationKeyId"];
  } catch {
    keyId = undefined; // refused further on; it was a call all the same
  }
  requests.add({ operation, keyId: typeof keyId === "string" ? keyId : undefined });
}

async function react(parts: ServerParts, operation: string, request: ReceivedRequest): Promise<Reaction> {
  const taken = parts.faults.take(operation);
  const fault = taken?.fault;
  const before = fault === undefined ? undefined : reactionBeforeWork(fault);
  if (before !== undefined) return before;
  let answer: Answer;
  try {
    answer = success(await parts.perform(operation, readJson(request)));
  } catch (cause) {
    answer = refusal(cause);
  }
  if (fault === "answer-lost") return "break";
  if (fault === "corrupted-body" && answer.status === 200) {
    const half = answer.body.length === 0 ? Buffer.from("{") : answer.body.subarray(0, answer.body.length / 2);
    return { answer: { ...answer, body: half }, delayMs: 0 };
  }
  if (fault === "corrupted-body") taken?.putBack();
  return { answer, delayMs: typeof fault === "object" && "slowMs" in fault ? fault.slowMs : 0 };
}

const REFUSALS = {
  // Source: AWS General Reference, Common errors, ExpiredTokenException.
  "expired-token": new AwsError("ExpiredTokenException", "The security token included in the request is expired"),
  // Source: IAM User Guide, Troubleshoot Signature Version 4 signing, Clock skew.
  "clock-skew": new AwsError("InvalidSignatureException", "Signature expired: the clock of the client is behind."),
  throttle: new AwsError("ThrottlingException", "You have exceeded the rate at which you may call KMS."),
  "internal-error": new AwsError("KMSInternalException", "An internal exception occurred."),
  unavailable: new AwsError("ServiceUnavailableException", "The service is unavailable."),
} as const;

function reactionBeforeWork(fault: AwsFault): Reaction | undefined {
  switch (fault) {
    case "reset":
      return "break";
    case "throttle":
    case "internal-error":
    case "unavailable":
    case "expired-token":
    case "clock-skew":
      return { answer: refusal(REFUSALS[fault]), delayMs: 0 };
    case "bad-gateway": {
      const body = Buffer.from("<html><body><h1>502 Bad Gateway</h1></body></html>");
      return { answer: { status: 502, contentType: "text/html", body }, delayMs: 0 };
    }
    case "answer-lost":
    case "corrupted-body":
      return undefined;
    default:
      if ("slowMs" in fault) return undefined;
      return { answer: refusal(new AwsError(fault.error, "Set by the fault switch.")), delayMs: 0 };
  }
}

function send(outgoing: ServerResponse, { status, contentType, body }: Answer): void {
  // Spelled like this: clients of other languages look for these very letters (provider facts, "Wire protocols").
  outgoing.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": body.length,
    "x-amzn-RequestId": randomIdentifier(),
    ...(status === 413 ? { Connection: "close" } : {}),
  });
  outgoing.end(body);
}
