/** Starts the emulator, makes one call, closes, and has nothing more to do: a process that then ends left nothing open. */
import { KeyManagementServiceClient } from "@google-cloud/kms";
import { startGcpEmulator } from "../../src/gcp/index.ts";

const emulator = await startGcpEmulator();
const client = new KeyManagementServiceClient(emulator.clientConfiguration);
const parent = `projects/${emulator.projectId}/locations/${emulator.location}`;
await client.createKeyRing({ parent, keyRingId: "ring" }, { retry: null });
emulator.faults.next({ slowMs: 3_600_000 });
const underWay = client.getKeyRing({ name: `${parent}/keyRings/ring` }, { retry: null }).catch(() => undefined);
await new Promise((resolve) => {
  setTimeout(resolve, 100);
});
await emulator.close();
await underWay;
await client.close();
process.stdout.write("closed\n");
