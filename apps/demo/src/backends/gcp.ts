// Loaded at once. Loaded after another back end's story, the SDK came under tsx with a second copy of gRPC, by another path.
import { KeyManagementServiceClient } from "@google-cloud/kms";
import * as grpc from "@grpc/grpc-js";
import { KmsError, type Json, type KmsDriver } from "@kms/core";
import { startGcpEmulator } from "@kms/emulators/gcp";
import { gcpKms } from "@kms/gcp";
import { outageOf, type Backend } from "./backend.ts";
import { recordIn, textIn } from "./connection.ts";

/** Google Cloud KMS, reached by the official client; the other end is an emulator on loopback, so that no account is needed. */
export const gcp: Backend = {
  name: "gcp",
  title: "Google Cloud KMS, official client against an emulator",
  open: async (clock) => {
    const emulator = await startGcpEmulator();
    const { endpoint, projectId, location, accessToken } = emulator;
    const keyRing = `projects/${projectId}/locations/${location}/keyRings/demo`;
    const connection = { endpoint, projectId, accessToken, keyRing };
    const client = clientFor(connection);
    return {
      driver: async () => gcpKms({ client, keyRing, createKeyRing: true }),
      secondProcess: { connection },
      advance: (ms) => {
        emulator.clock.advance(ms);
        clock.advance(ms);
      },
      outage: outageOf(emulator.faults),
      close: async () => {
        try {
          await client.close();
        } finally {
          await emulator.close();
        }
      },
    };
  },
  connect: async (connection) => {
    const emulator = readEmulatorConnection(connection);
    const client = clientFor(emulator);
    const driver: KmsDriver = gcpKms({ client, keyRing: emulator.keyRing });
    const close = async (): Promise<void> => {
      await driver.close();
      await client.close();
    };
    return { ...driver, close };
  },
};

/** How another process reaches an emulator. */
export interface EmulatorConnection {
  readonly endpoint: string;
  readonly projectId: string;
  readonly accessToken: string;
  readonly keyRing: string;
}

/** Reads what `EmulatorConnection` was written as. `INVALID_ARGUMENT` where a part is missing. */
export function readEmulatorConnection(json: Json): EmulatorConnection {
  const { endpoint, projectId, accessToken, keyRing } = recordIn(json);
  return {
    endpoint: textIn(endpoint),
    projectId: textIn(projectId),
    accessToken: textIn(accessToken),
    keyRing: textIn(keyRing),
  };
}

/** The official client for an emulator: its configuration made anew, since gRPC's objects do not cross to another process. */
export function clientFor({ endpoint, projectId, accessToken }: EmulatorConnection): KeyManagementServiceClient {
  const [host, port] = endpoint.split(":");
  if (host === undefined || port === undefined) throw new KmsError("INVALID_ARGUMENT", "An endpoint is <host>:<port>.");
  return new KeyManagementServiceClient({
    projectId,
    apiEndpoint: host,
    port: Number(port),
    sslCreds: grpc.credentials.createInsecure(),
    credentials: { client_email: "emulator@example.invalid", private_key: "unused" },
    "grpc.callInvocationTransformer": (call: { readonly metadata: { set: (name: string, value: string) => void } }) => {
      call.metadata.set("authorization", `Bearer ${accessToken}`);
      return call;
    },
  });
}
