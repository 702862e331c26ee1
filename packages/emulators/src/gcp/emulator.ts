import type * as Grpc from "@grpc/grpc-js";
import type { GcpFaults } from "./faults.ts";
import type { GcpPermissions } from "./permissions.ts";
import type { GcpRequests } from "./requests.ts";

/**
 * What `new KeyManagementServiceClient(…)` takes to reach the emulator, as it is. It lets no credential be looked up.
 * A type alias, because the client's options have an index signature, which an interface never fits.
 */
export type GcpClientConfiguration = {
  readonly projectId: string;
  readonly apiEndpoint: string;
  readonly port: number;
  /** Of the `@grpc/grpc-js` that the option `grpc` names: no TLS. */
  readonly sslCreds: Grpc.ChannelCredentials;
  /** Never used: without any, the client would look for a metadata server. */
  readonly credentials: { readonly client_email: string; readonly private_key: string };
  /** Adds the bearer token to each call; credentials that come with a channel need TLS. */
  readonly "grpc.callInvocationTransformer": <Properties extends { readonly metadata: Grpc.Metadata }>(
    properties: Properties,
  ) => Properties;
};

/** A running emulator of Google Cloud KMS. Its keys live in this process's memory and end with it. */
export interface GcpEmulator {
  /** `127.0.0.1:` and the port: gRPC without TLS. */
  readonly endpoint: string;
  readonly projectId: string;
  readonly location: string;
  /** What goes into `authorization` after `Bearer `. */
  readonly accessToken: string;
  readonly clientConfiguration: GcpClientConfiguration;
  /** The emulator's own time. */
  readonly clock: {
    /** Moves time forward, 0 to 100 years in milliseconds: versions come up, rotations and destructions happen. */
    advance(ms: number): void;
  };
  readonly faults: GcpFaults;
  readonly permissions: GcpPermissions;
  readonly requests: GcpRequests;
  /** Ends every connection and frees the port. Calling it again does nothing. */
  close(): Promise<void>;
}
