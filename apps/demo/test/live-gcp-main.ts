import type { Json } from "@kms/core";
import { clientFor, readEmulatorConnection } from "../src/backends/gcp.ts";
import { demo } from "../src/demo.ts";
import { liveGcpWith } from "../src/live/gcp.ts";
import type { LiveProvider } from "../src/live/live-provider.ts";

// The command as it is, but for endpoint and credentials: no setting of Google's SDK leads to an emulator.
const connection = { ...readEmulatorConnection(JSON.parse(process.env["DEMO_TEST_EMULATOR"] ?? "null") as Json) };
const client = clientFor(connection);
const live = liveGcpWith({ client });
const gcp: LiveProvider = {
  ...live,
  backend: (request) => {
    const { open, ...backend } = live.backend(request);
    // Under this name the second process finds the way to an emulator.
    const name = "gcp";
    const close = (): Promise<void> => client.close();
    return {
      ...backend,
      name,
      open: async (...given) => ({ ...(await open(...given)), secondProcess: { connection }, close }),
    };
  },
};
const { stdout: out, stderr: err, env: environment } = process;
process.exitCode = await demo([], process.argv.slice(2), { out, err, environment }, { gcp });
