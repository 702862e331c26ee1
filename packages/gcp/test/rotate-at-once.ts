/** One of two processes that rotate the same key: opens its handle, says so, waits for a word, then rotates and encrypts round after round. */
import { once } from "node:events";
import { KeyManagementServiceClient } from "@google-cloud/kms";
import { credentials, type Metadata } from "@grpc/grpc-js";
import { createKms, hmacSealer } from "@kms/core";
import { gcpKms } from "../src/index.ts";
import { bytes } from "./setup-plain.ts";

/** What the process is told. */
export interface RotatingTask {
  readonly port: number;
  readonly accessToken: string;
  readonly keyRing: string;
  /** The sealed handle, by the sealer of every test. */
  readonly handle: string;
  readonly rounds: number;
}

const { port, accessToken, keyRing, handle, rounds } = JSON.parse(process.env["ROTATING_TASK"] ?? "{}") as RotatingTask;
const client = new KeyManagementServiceClient({
  projectId: keyRing.split("/")[1] ?? "",
  apiEndpoint: "127.0.0.1",
  port,
  sslCreds: credentials.createInsecure(),
  credentials: { client_email: "emulator@example.invalid", private_key: "unused" },
  "grpc.callInvocationTransformer": <P extends { readonly metadata: Metadata }>(properties: P): P => {
    properties.metadata.set("authorization", `Bearer ${accessToken}`);
    return properties;
  },
});
const sealer = hmacSealer({ keys: [{ kid: "1", secret: new Uint8Array(32).fill(1) }] });
const kms = createKms({ providers: { gcp: gcpKms({ client, keyRing }) }, sealer });
const key = await kms.openHandle(handle, { algorithm: "AES-256-GCM" });
process.stdout.write("ready\n");
await once(process.stdin, "data");
for (let round = 0; round < rounds; round += 1) {
  const rotated = await kms.rotateKey(key);
  const ciphertext = await kms.encrypt(rotated, bytes("before"));
  process.stdout.write(`${Buffer.from(ciphertext).toString("base64")}\n`);
}
process.stdin.destroy();
await kms.close();
await client.close();
