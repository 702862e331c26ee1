import { KMSClient } from "@aws-sdk/client-kms";
import { awsKms } from "@kms/aws";
import { KmsError, type Json } from "@kms/core";
import { startAwsEmulator, type AwsClientConfiguration } from "@kms/emulators/aws";
import type { Backend } from "./backend.ts";

// The client says on each start for which versions of Node its releases of 2027 will be made. Here that is noise.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** AWS KMS, reached by the official client; the other end is an emulator on loopback, so that no account is needed. */
export const aws: Backend = {
  name: "aws",
  title: "AWS KMS, official client against an emulator",
  open: async (clock) => {
    const emulator = await startAwsEmulator();
    const client = new KMSClient({ ...emulator.clientConfiguration, maxAttempts: 1 });
    const { endpoint, region, credentials } = emulator.clientConfiguration;
    return {
      driver: async () => awsKms({ client }),
      secondProcess: { connection: { endpoint, region, credentials: { ...credentials } } },
      advance: (ms) => {
        emulator.clock.advance(ms);
        clock.advance(ms);
      },
      close: async () => {
        client.destroy();
        await emulator.close();
      },
    };
  },
  connect: async (connection) => awsKms({ client: new KMSClient({ ...readConnection(connection), maxAttempts: 1 }) }),
};

function readConnection(json: Json): AwsClientConfiguration {
  const { endpoint, region, credentials } = record(json);
  const { accessKeyId, secretAccessKey } = record(credentials);
  return {
    endpoint: text(endpoint),
    region: text(region),
    credentials: { accessKeyId: text(accessKeyId), secretAccessKey: text(secretAccessKey) },
  };
}

const record = (json: Json | undefined): { readonly [name: string]: Json } => {
  const isRecord = typeof json === "object" && json !== null && !Array.isArray(json);
  if (isRecord) return json as { readonly [name: string]: Json };
  throw new KmsError("INVALID_ARGUMENT", "The connection to the emulator is no object.");
};
const text = (json: Json | undefined): string => {
  if (typeof json === "string") return json;
  throw new KmsError("INVALID_ARGUMENT", "The connection to the emulator lacks a text.");
};
