import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { Delays } from "../delays.ts";
import { readBody } from "../request-body.ts";
import { randomIdentifier } from "../primitives.ts";
import type { Certificate } from "./certificate.ts";
import { AzureError } from "./errors.ts";
import { type Answer, type ReceivedRequest, refusal } from "./protocol.ts";
import { type Reaction, record, serve, type ServingParts } from "./serve.ts";

/** Above the longest request: the service's own limit is not documented. */
const MAXIMUM_BODY_BYTES = 1_048_576;

/** A loopback server that is listening; `close` ends every connection and waits until the port is free. */
export interface ListeningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves HTTPS on 127.0.0.1 only; port 0 takes a free one. Rejects when the port is taken. */
export async function listen(parts: ServingParts, certificate: Certificate, port: number): Promise<ListeningServer> {
  const delays = new Delays();
  const open = new Set<() => void>();
  // Never closes an idle connection by itself: a client that reuses one at that moment would see a fault nobody set.
  const server = createServer({ ...certificate, keepAliveTimeout: 0 }, (incoming, outgoing) => {
    void answer(parts, incoming, outgoing).then((reaction) => {
      if (reaction === "break") incoming.socket.destroy();
      else if (reaction.delayMs === 0) send(incoming, outgoing, reaction.answer);
      else delays.run(reaction.delayMs, () => send(incoming, outgoing, reaction.answer));
    });
  });
  // Raw connections too: one in the middle of its handshake is not the HTTP server's yet.
  server.on("connection", (socket) => {
    const end = (): void => void socket.destroy();
    open.add(end);
    socket.on("error", () => undefined).once("close", () => open.delete(end));
  });
  server.on("tlsClientError", () => undefined); // a client that does not trust the certificate goes away
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has an address with a port");
  return { port: address.port, close: () => close(server, delays, open) };
}

async function close(server: Server, delays: Delays, open: ReadonlySet<() => void>): Promise<void> {
  delays.end();
  await new Promise<void>((resolve) => {
    server.close(() => resolve()); // an error says that it was closed before
    for (const end of open) end();
  });
}

async function answer(parts: ServingParts, incoming: IncomingMessage, outgoing: ServerResponse): Promise<Reaction> {
  try {
    const request = await receive(incoming);
    if (request === undefined) return "break";
    const entry = record(parts.requests, request);
    const reacting = serve(parts, request);
    const isBroken = reacting.then((reaction) => reaction === "break");
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) void isBroken.then((broken) => broken || parts.requests.cancel(entry));
    });
    return await reacting;
  } catch (cause) {
    return { answer: refusal(cause, { Connection: "close" }), delayMs: 0 };
  }
}

// `undefined` when the client went away.
async function receive(incoming: IncomingMessage): Promise<ReceivedRequest | undefined> {
  const body = await readBody(incoming, MAXIMUM_BODY_BYTES);
  if (body === "gone") return undefined;
  if (body === "too-long") {
    throw new AzureError(413, "RequestEntityTooLarge", `A request has at most ${MAXIMUM_BODY_BYTES} bytes.`);
  }
  const names = Object.keys(incoming.headers);
  const headers = Object.fromEntries(names.map((name) => [name, incoming.headers[name]?.toString()]));
  return { method: incoming.method ?? "", target: incoming.url ?? "", headers, body };
}

// Source: learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses, response headers.
function send(incoming: IncomingMessage, outgoing: ServerResponse, { status, headers, body }: Answer): void {
  const own = incoming.headers["x-ms-client-request-id"];
  const wanted = incoming.headers["x-ms-return-client-request-id"] === "true" && typeof own === "string";
  outgoing.writeHead(status, {
    "Cache-Control": "no-cache",
    ...headers,
    ...(status === 204 ? {} : { "Content-Length": body.length }),
    "x-ms-request-id": randomIdentifier(),
    ...(wanted ? { "x-ms-client-request-id": own } : {}),
  });
  outgoing.end(body);
}
