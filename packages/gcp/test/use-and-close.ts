/** Uses a driver over a client of its own, closes it in the middle of a call, and has nothing more to do: a process that then ends left nothing open. */
import { KeyManagementServiceClient } from "@google-cloud/kms";
import { createKms } from "@kms/core";
import { startGcpEmulator } from "@kms/emulators/gcp";
import { connect } from "../src/client.ts";
import { encryption } from "../src/encryption.ts";
import { gcpKms } from "../src/index.ts";
import { bytes, call, context } from "./setup-plain.ts";

const emulator = await startGcpEmulator();
const keyRing = `projects/${emulator.projectId}/locations/${emulator.location}/keyRings/r`;
const client = new KeyManagementServiceClient(emulator.clientConfiguration);
const kms = createKms({ providers: { gcp: gcpKms({ client, keyRing, createKeyRing: true }) } });
const { keyId: id } = await kms.generateKey("gcp", { algorithm: "AES-256-GCM" });
await kms.close();

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
const key = {
  id,
  algorithm: "AES-256-GCM",
  native: "",
  protection: "software",
  origin: "generated",
  version: undefined,
} as const;
await encryption(own).encrypt(key, bytes("x"), context(), call());
emulator.faults.next({ slowMs: 3_600_000 }, "Encrypt");
const abort = new AbortController();
const underWay = Promise.resolve(
  encryption(own).encrypt(key, bytes("x"), context(), call({ signal: abort.signal })),
).catch(() => undefined);
await new Promise((resolve) => void setTimeout(resolve, 50));
abort.abort();
await underWay;
await own.close();
await client.close();
await emulator.close();
process.stdout.write("closed\n");
