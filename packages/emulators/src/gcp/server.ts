import { Delays } from "../delays.ts";
import type { FaultSwitch } from "../fault-switch.ts";
import type * as Grpc from "@grpc/grpc-js";
import { checkBearer, expired } from "./bearer.ts";
import { type Connections, listen as listenOn } from "./connections.ts";
import { GcpError } from "./errors.ts";
import type { GcpFault } from "./faults.ts";
import { isMessage, type Message } from "./input.ts";
import { flipBit, withoutChecksums } from "./protocol/bit-flip.ts";
import type { Peers } from "./protocol/peers.ts";
import { makeServices, type Services } from "./protocol/services.ts";
import type { RequestLog } from "./requests.ts";

/** What the server asks of the rest. */
export interface ServerParts {
  readonly accessToken: string;
  readonly faults: FaultSwitch<GcpFault>;
  readonly requests: RequestLog;
  /** Does the work of one method. */
  perform(method: string, message: Message): Promise<Message>;
}

/** What the work ends in. */
type Outcome = { readonly answer: Message } | { readonly refusal: unknown };

/** What a call ends in. */
type Reaction = (Outcome & { readonly delayMs: number }) | "break";

/** A loopback server that is listening; `close` ends every connection and waits until the port is free. */
export interface ListeningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves gRPC on 127.0.0.1, without TLS; port 0 takes a free one. Rejects when the port is taken. */
export async function listen(parts: ServerParts, peers: Peers, port: number): Promise<ListeningServer> {
  const server = new peers.grpc.Server();
  const delays = new Delays();
  const services = makeServices(peers);
  const injector = server.createConnectionInjector(peers.grpc.ServerCredentials.createInsecure());
  const connections = await listenOn(port, (socket) => injector.injectConnection(socket));
  const handle = handlerOf(parts, { services, connections, delays });
  for (const service of [services.keyManagement, services.iamPolicy]) {
    const methods = Object.keys(service);
    server.addService(service, Object.fromEntries(methods.map((method) => [method, handle(method)])));
  }
  return {
    port: connections.port,
    close: async () => {
      delays.end();
      // Connections first: a call under way breaks off, UNAVAILABLE, and is not taken for cancelled.
      await connections.close();
      server.forceShutdown();
    },
  };
}

interface Wire {
  readonly services: Services;
  readonly connections: Connections;
  readonly delays: Delays;
}

type UnaryHandler = Grpc.handleUnaryCall<unknown, Message>;

const handlerOf =
  (parts: ServerParts, wire: Wire) =>
  (method: string): UnaryHandler =>
  (call, callback) => {
    const request = isMessage(call.request) ? call.request : {};
    let isAnswered = false;
    const answer: typeof callback = (...given) => {
      isAnswered = true;
      callback(...given);
    };
    // grpc-js says it of calls that were answered too.
    call.once("cancelled", () => {
      if (!isAnswered) parts.requests.cancel(method);
    });
    const send = (outcome: Outcome): void =>
      "answer" in outcome ? answer(null, outcome.answer) : answer(wire.services.refusal(refusalOf(outcome.refusal)));
    serve(parts, method, request, call.metadata.get("authorization")).then(
      (reaction) => {
        if (reaction === "break") wire.connections.reset(call.getPeer());
        else if (reaction.delayMs === 0) send(reaction);
        else wire.delays.run(reaction.delayMs, () => send(reaction));
      },
      (refusal: unknown) => send({ refusal }),
    );
  };

// Anything but a `GcpError` is the emulator's own defect.
const refusalOf = (cause: unknown): GcpError =>
  cause instanceof GcpError ? cause : new GcpError("INTERNAL", `The emulator failed: ${String(cause)}`);

async function serve(
  parts: ServerParts,
  method: string,
  request: Message,
  authorization: readonly unknown[],
): Promise<Reaction> {
  parts.requests.add({ method, name: nameOf(request) });
  checkBearer(authorization, parts.accessToken);
  const taken = parts.faults.take(method);
  const fault = taken?.fault;
  if (fault === "reset") return "break";
  refuseBeforeWork(fault);
  const asked = fault === undefined ? request : requestUnder(fault, request);
  const outcome = await parts.perform(method, asked ?? request).then(
    (answer) => ({ answer }),
    (refusal: unknown) => ({ refusal }),
  );
  if (fault === "answer-lost") return "break";
  const broken = fault === undefined ? outcome : outcomeUnder(fault, outcome);
  if (asked === undefined || broken === undefined) taken?.putBack();
  const delayMs = typeof fault === "object" && "slowMs" in fault ? fault.slowMs : 0;
  return { ...(broken ?? outcome), delayMs };
}

// `undefined` where the request has nothing that could break like that.
function requestUnder(fault: GcpFault, request: Message): Message | undefined {
  if (fault === "checksums-lost") return withoutChecksums(request);
  if (typeof fault !== "object" || !("flipRequestBit" in fault)) return request;
  return flipBit(request, fault.flipRequestBit.split("."));
}

// `undefined` where the answer has nothing that could break like that, or there is none.
function outcomeUnder(fault: GcpFault, outcome: Outcome): Outcome | undefined {
  if (typeof fault !== "object" || !("flipBit" in fault)) return outcome;
  const answer = "answer" in outcome ? flipBit(outcome.answer, fault.flipBit.split(".")) : undefined;
  return answer === undefined ? undefined : { answer };
}

// Source: provider facts §5.1, "throttled" and "unavailable".
function refuseBeforeWork(fault: GcpFault | undefined): void {
  if (fault === "throttle") throw new GcpError("RESOURCE_EXHAUSTED", "Quota exceeded.");
  if (fault === "unavailable") throw new GcpError("UNAVAILABLE", "The service is currently unavailable.");
  if (fault === "internal-error") throw new GcpError("INTERNAL", "Internal error encountered.");
  if (fault === "expired-token") throw expired();
  if (typeof fault === "object" && "error" in fault) throw new GcpError(fault.error, "A fault that a test has set.");
}

function nameOf(request: Message): string | undefined {
  const inner = request["cryptoKey"] ?? request["cryptoKeyVersion"];
  const own = request["name"] ?? request["parent"] ?? request["location"] ?? request["resource"];
  const name = own ?? (isMessage(inner) ? inner["name"] : undefined);
  return typeof name === "string" ? name : undefined;
}
