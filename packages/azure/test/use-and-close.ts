/** Uses a driver, closes it in the middle of a call, and has nothing more to do: a process that then ends left nothing open. */
import { createKms } from "@kms/core";
import { startAzureEmulator } from "@kms/emulators/azure";
import { azureKms } from "../src/index.ts";
import { clientsFor } from "./harness.ts";

const emulator = await startAzureEmulator({ flavour: "managed-hsm" });
const kms = createKms({ providers: { azure: azureKms({ client: clientsFor(emulator), tier: "managed-hsm" }) } });
const key = await kms.generateKey("azure", { algorithm: "AES-256-GCM" });
await kms.encrypt(key, new Uint8Array(1));
emulator.faults.next({ slowMs: 3_600_000 }, "Encrypt");
const underWay = kms.encrypt(key, new Uint8Array(1)).catch(() => undefined);
await new Promise((resolve) => void setTimeout(resolve, 50));
await kms.close();
await underWay;
await emulator.close();
process.stdout.write("closed\n");
