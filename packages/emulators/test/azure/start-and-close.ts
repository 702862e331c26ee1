/** Starts the emulator, makes one call, closes, and has nothing more to do: a process that then ends left nothing open. */
import { KeyClient } from "@azure/keyvault-keys";
import { startAzureEmulator } from "../../src/azure/index.ts";

const emulator = await startAzureEmulator();
const options = { ...emulator.clientOptions, retryOptions: { maxRetries: 0 } };
const client = new KeyClient(emulator.vaultUrl, emulator.credential, options);
await client.createKey("orders", "EC", { curve: "P-256", keyOps: ["sign"] });
emulator.faults.next({ slowMs: 3_600_000 });
const underWay = client.getKey("orders").catch(() => undefined);
while (emulator.requests.count("GetKey") === 0) {
  await new Promise((resolve) => {
    setTimeout(resolve, 10);
  });
}
await emulator.close();
await underWay;
process.stdout.write("closed\n");
