import { KeyManagementServiceClient } from "@google-cloud/kms";
import { conformanceClock, startConformance } from "@kms/conformance";
import { startGcpEmulator } from "@kms/emulators/gcp";
import expected from "../conformance.expected.json" with { type: "json" };
import { harnessOver } from "./harness.ts";
const made: any[] = [];
async function create() {
  const clock = conformanceClock();
  const emulator = await startGcpEmulator({ now: clock.now });
  const client = new KeyManagementServiceClient(emulator.clientConfiguration);
  made.push(emulator);
  const keyRing = `projects/${emulator.projectId}/locations/${emulator.location}/keyRings/tests`;
  return harnessOver({ client, keyRing }, clock, async () => { await client.close(); await emulator.close(); });
}
const { cases, runCase, close } = startConformance({ name: "gcp", create, expected });
const counts: Record<string, number> = {};
for (const which of cases) { const { result } = await runCase(which); counts[result] = (counts[result] ?? 0) + 1; }
await close();
console.log(counts, made.length, "requests", made.reduce((s, e) => s + e.requests.count(), 0), "keys", made.reduce((s, e) => s + e.requests.count("CreateCryptoKey"), 0), "versions", made.reduce((s, e) => s + e.requests.count("CreateCryptoKey") + e.requests.count("CreateCryptoKeyVersion"), 0));
