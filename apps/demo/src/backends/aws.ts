import { KMSClient } from "@aws-sdk/client-kms";
import { awsKms } from "@kms/aws";
import type { Json } from "@kms/core";
import { startAwsEmulator, type AwsClientConfiguration } from "@kms/emulators/aws";
import { outageOf, type Backend } from "./backend.ts";
import { recordIn, textIn } from "./connection.ts";

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
      outage: outageOf(emulator.faults),
      close: async () => {
        client.destroy();
        await emulator.close();
      },
    };
  },
  connect: async (connection) => awsKms({ client: new KMSClient({ ...readConnection(connection), maxAttempts: 1 }) }),
};

function readConnection(json: Json): AwsClientConfiguration {
  const { endpoint, region, credentials } = recordIn(json);
  const { accessKeyId, secretAccessKey } = recordIn(credentials);
  return {
    endpoint: textIn(endpoint),
    region: textIn(region),
    credentials: { accessKeyId: textIn(accessKeyId), secretAccessKey: textIn(secretAccessKey) },
  };
}
