import { randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import { KeyManagementServiceClient } from "@google-cloud/kms";
import { credentials } from "@grpc/grpc-js";
import { createKms, hmacSealer, memoryAuditSink } from "@kms/core";
import { gcpKms } from "@kms/gcp";
import { encrypt } from "../../baselines/gcp-sdk.ts";
import type { Comparison } from "../rounds.ts";
import { keyRing, name } from "./gcp-names.ts";
import { assertDone, associatedData, message } from "./work.ts";

// The two entries with the one that binds the header, serialised (`crypto-rules` 5 and 7): as long as what ours binds.
const serialisedBytes = 95;

/** `Kms` over the client, and the client itself: the same work, so many calls in flight. */
export async function encryptAtGcp(inFlight: number | undefined): Promise<Comparison> {
  const client = await instantClient();
  const kms = createKms({
    providers: { gcp: gcpKms({ client, keyRing }) },
    sealer: hmacSealer({ keys: [{ kid: "bench", secret: randomBytes(32) }] }),
    policy: { minimumStrengthBits: 128, allowedAlgorithms: ["AES-256-GCM"], allowedProtection: ["software"] },
    audit: memoryAuditSink(),
    actor: "bench",
  });
  const found = await kms.getKey("gcp", name, { algorithm: "AES-256-GCM" });
  const key = await kms.openHandle(await kms.sealHandle(found), { algorithm: "AES-256-GCM" });
  const ours = async (): Promise<void> => {
    assertDone((await kms.encrypt(key, message, associatedData)).length > message.length);
  };
  const input = { name, plaintext: message, additionalAuthenticatedData: randomBytes(serialisedBytes) };
  const raw = encrypt(client, input);
  const baseline = async (): Promise<void> => {
    assertDone((await raw()) > message.length);
  };
  return { ours: { kind: "async", once: ours, inFlight }, baseline: { kind: "async", once: baseline, inFlight } };
}

/** The official client, led to a thread of this process that answers at once what stands ready on the wire. */
async function instantClient(): Promise<KeyManagementServiceClient> {
  const server = new Worker(new URL("gcp-server.js", import.meta.url));
  const port = await new Promise<number>((resolve, reject) => {
    server.once("message", resolve);
    server.once("error", reject);
  });
  server.unref();
  return new KeyManagementServiceClient({
    projectId: "bench-project",
    apiEndpoint: "127.0.0.1",
    port,
    sslCreds: credentials.createInsecure(),
    credentials: { client_email: "bench@example.invalid", private_key: "unused" },
  });
}
