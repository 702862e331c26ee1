/** Closes a `Kms` over a client of the driver's own in the middle of a call, and has nothing more to do: a process that then ends left nothing open. */
import { KeyManagementServiceClient } from "@google-cloud/kms";
import { createKms } from "@kms/core";
import { startGcpEmulator } from "@kms/emulators/gcp";
import { connect } from "../src/client.ts";
import { encryption } from "../src/encryption.ts";
import { gcpKms } from "../src/index.ts";
import { bytes } from "./setup-plain.ts";

const emulator = await startGcpEmulator();
const keyRing = `projects/${emulator.projectId}/locations/${emulator.location}/keyRings/r`;
const client = new KeyManagementServiceClient(emulator.clientConfiguration);
const aes = { algorithm: "AES-256-GCM" } as const;
const maker = createKms({ providers: { gcp: gcpKms({ client, keyRing, createKeyRing: true }) } });
const { keyId } = await maker.generateKey("gcp", aes);
await maker.close();

class Led extends KeyManagementServiceClient {
  constructor() {
    super(emulator.clientConfiguration);
  }
}
const own = connect(
  { keyRing },
  {
    sdk: async () => ({ KeyManagementServiceClient: Led }),
    crc32c: async () => (await import("@aws-crypto/crc32c")).crc32c,
  },
);
// Uses go over the client of its own, reads over the one that was given and stays its maker's.
const kms = createKms({
  providers: { gcp: { ...gcpKms({ client, keyRing }), ...encryption(own), close: own.close } },
});
const key = await kms.getKey("gcp", keyId, aes);
await kms.encrypt(key, bytes("x"));
emulator.faults.next({ slowMs: 3_600_000 }, "Encrypt");
emulator.requests.clear();
const underWay = kms.encrypt(key, bytes("x")).catch((error: { readonly code: string }) => error.code);
while (emulator.requests.count("Encrypt") === 0) await new Promise(setImmediate);
await kms.close();
const code = await underWay;
await client.close();
await emulator.close();
process.stdout.write(`closed, the call under way ${String(code)}\n`);
