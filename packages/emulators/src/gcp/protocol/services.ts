import type * as Grpc from "@grpc/grpc-js";
import type * as ProtoLoader from "@grpc/proto-loader";
import type { GcpError } from "../errors.ts";
import { DEFINITIONS } from "./definitions.ts";
import type { Peers } from "./peers.ts";

/** The services as `@grpc/grpc-js` takes them, and the refusals that it sends. */
export interface Services {
  readonly keyManagement: Grpc.ServiceDefinition;
  readonly iamPolicy: Grpc.ServiceDefinition;
  /** A refusal with its details, in the metadata where Google puts them. */
  refusal(error: GcpError): Partial<Grpc.StatusObject>;
}

type Encode = (name: string, message: object) => Buffer;

/** Makes the services of Google's public definitions. */
export function makeServices({ grpc, loader }: Peers): Services {
  const all = loader.fromJSON(DEFINITIONS, { longs: String, enums: String });
  const encode: Encode = (name, message) => {
    const definition = all[name];
    if (definition === undefined || !isMessageType(definition)) throw new TypeError(`there is no message ${name}`);
    return definition.serialize(message);
  };
  return {
    keyManagement: serviceOf(all, "google.cloud.kms.v1.KeyManagementService"),
    iamPolicy: serviceOf(all, "google.iam.v1.IAMPolicy"),
    refusal: (error) => refusal(grpc, encode, error),
  };
}

// google/rpc/status.proto goes in `grpc-status-details-bin`. Source: gRPC documentation, Error handling, Richer error model.
function refusal(grpc: typeof Grpc, encode: Encode, error: GcpError): Partial<Grpc.StatusObject> {
  const { code, message, details } = error;
  if (details.length === 0) return { code, details: message };
  const metadata = new grpc.Metadata();
  const packed = details.map((detail) => ({
    type_url: `type.googleapis.com/${detail.type}`,
    value: encode(detail.type, detail.message),
  }));
  metadata.set("grpc-status-details-bin", encode("google.rpc.Status", { code, message, details: packed }));
  return { code, details: message, metadata };
}

const isMessageType = (
  definition: ProtoLoader.AnyDefinition,
): definition is ProtoLoader.MessageTypeDefinition<object, object> => "serialize" in definition;

function serviceOf(all: ProtoLoader.PackageDefinition, name: string): Grpc.ServiceDefinition {
  const definition = all[name];
  if (definition === undefined || "format" in definition) throw new TypeError(`there is no service ${name}`);
  return definition;
}
