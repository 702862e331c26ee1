import type * as Grpc from "@grpc/grpc-js";
import { EmulatorClock } from "../clock.ts";
import { PermissionPolicy } from "../permission-policy.ts";
import { CiphertextFormat } from "./ciphertext.ts";
import type { GcpClientConfiguration, GcpEmulator } from "./emulator.ts";
import { faultSwitch } from "./faults.ts";
import { METHODS, PERMISSIONS } from "./operations/index.ts";
import { perform } from "./operations/perform.ts";
import { type GcpEmulatorOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { denial } from "./permissions.ts";
import { loadPeers } from "./protocol/peers.ts";
import { RequestLog } from "./requests.ts";
import { listen } from "./server.ts";
import { KeyStore } from "./store.ts";

export type { GcpClientConfiguration, GcpEmulator } from "./emulator.ts";
export type { GcpCode } from "./errors.ts";
export type { GcpFault, GcpFaults } from "./faults.ts";
export type { GcpEmulatorOptions } from "./options.ts";
export type { GcpPermissions } from "./permissions.ts";
export type { GcpRequest, GcpRequests } from "./requests.ts";

/**
 * Starts a Google Cloud KMS emulator on 127.0.0.1, which the official client reaches unmodified. For tests; not for
 * production: whoever can open a connection to it and knows the token can use its keys.
 *
 * Needs the optional peers `@grpc/grpc-js` and `@grpc/proto-loader`: an error names the one that is missing. Rejects
 * with a `TypeError` or `RangeError` for malformed options, and with the system's error when the port is taken.
 */
export async function startGcpEmulator(options: GcpEmulatorOptions = {}): Promise<GcpEmulator> {
  const resolved = resolveOptions(options);
  const { projectId, location, accessToken, generationDelayMs } = resolved;
  const peers = await loadPeers(resolved.grpc);
  const clock = new EmulatorClock(resolved.now);
  const permissions = new PermissionPolicy(PERMISSIONS, denial);
  const faults = faultSwitch(new Set(METHODS.keys()));
  const requests = new RequestLog();
  const project = {
    id: projectId,
    store: new KeyStore(clock),
    clock,
    ciphertexts: new CiphertextFormat(),
    permissions,
    generationDelayMs,
  };
  const parts = {
    accessToken,
    faults,
    requests,
    perform: (method: string, message: Parameters<typeof perform>[1]) => perform(method, message, project),
  };
  const server = await listen(parts, peers, resolved.port);
  return Object.freeze({
    endpoint: `127.0.0.1:${server.port}`,
    projectId,
    location,
    accessToken,
    get clientConfiguration() {
      return clientConfiguration(resolved, peers.grpc, server.port);
    },
    clock,
    faults,
    permissions,
    requests,
    close: () => server.close(),
  });
}

const clientConfiguration = (
  { projectId, accessToken }: ResolvedOptions,
  grpc: typeof Grpc,
  port: number,
): GcpClientConfiguration => ({
  projectId,
  apiEndpoint: "127.0.0.1",
  port,
  sslCreds: grpc.credentials.createInsecure(),
  credentials: { client_email: "emulator@example.invalid", private_key: "unused" },
  "grpc.callInvocationTransformer": (properties) => {
    properties.metadata.set("authorization", `Bearer ${accessToken}`);
    return properties;
  },
});
