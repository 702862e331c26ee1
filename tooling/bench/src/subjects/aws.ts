import { randomBytes } from "node:crypto";
import { KMSClient } from "@aws-sdk/client-kms";
import { awsKms, type AwsAlgorithm } from "@kms/aws";
import { createKms, hmacSealer, memoryAuditSink, type KeyHandle, type Kms } from "@kms/core";
import type { KmsDriver } from "@kms/core/driver";
import { encrypt } from "../../baselines/aws-sdk.ts";
import type { Comparison } from "../rounds.ts";
import { awaited } from "../sides.ts";
import { instantConfiguration, keyId } from "./aws-stub.ts";
import { associatedData, message } from "./work.ts";

/** `Kms` over a client, and the open handle of the key of the rows. */
export interface AtAws {
  readonly kms: Kms<{ readonly aws: KmsDriver<AwsAlgorithm, never> }>;
  readonly key: KeyHandle;
}

/** Policy, sealer and memory audit sink as an application has. */
export async function kmsAtAws(client: KMSClient): Promise<AtAws> {
  const kms = createKms({
    providers: { aws: awsKms({ client }) },
    sealer: hmacSealer({ keys: [{ kid: "bench", secret: randomBytes(32) }] }),
    policy: { minimumStrengthBits: 128, allowedAlgorithms: ["AES-256-GCM"], allowedProtection: ["hsm"] },
    audit: memoryAuditSink(),
    actor: "bench",
  });
  const found = await kms.getKey("aws", keyId, { algorithm: "AES-256-GCM" });
  return { kms, key: await kms.openHandle(await kms.sealHandle(found), { algorithm: "AES-256-GCM" }) };
}

/** `Kms` over the client, and the client itself: the same work, so many calls in flight. */
export async function encryptAtAws(inFlight: number | undefined): Promise<Comparison> {
  const client = new KMSClient(instantConfiguration().configuration);
  const { kms, key } = await kmsAtAws(client);
  const ours = async (): Promise<number> => (await kms.encrypt(key, message, associatedData)).length;
  const raw = encrypt(client, { keyId, plaintext: message, associatedData });
  return { ours: awaited(ours, message.length, inFlight), baseline: awaited(raw, message.length, inFlight) };
}
