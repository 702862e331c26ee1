import type { Json } from "@kms/core";
import { clientsFor, readEmulatorConnection } from "../src/backends/azure.ts";
import { demo } from "../src/demo.ts";
import { liveAzureWith } from "../src/live/azure.ts";
import type { LiveProvider } from "../src/live/live-provider.ts";

// The command as it is, but for address and credential: no token is sent to an address that is none of Azure's own.
const connection = { ...readEmulatorConnection(JSON.parse(process.env["DEMO_TEST_EMULATOR"] ?? "null") as Json) };
const live = liveAzureWith({ client: clientsFor(connection), tier: connection.tier });
const azure: LiveProvider = {
  ...live,
  backend: (request) => {
    const { open, ...backend } = live.backend(request);
    // Under this name the second process finds the way to an emulator.
    const name = "azure";
    return {
      ...backend,
      name,
      open: async (...given) => ({ ...(await open(...given)), secondProcess: { connection } }),
    };
  },
};
const { stdout: out, stderr: err, env: environment } = process;
process.exitCode = await demo([], process.argv.slice(2), { out, err, environment }, { azure });
