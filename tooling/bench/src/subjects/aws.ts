import { randomBytes } from "node:crypto";
import { KMSClient } from "@aws-sdk/client-kms";
import { awsKms } from "@kms/aws";
import { createKms, hmacSealer, memoryAuditSink } from "@kms/core";
import { encrypt } from "../../baselines/aws-sdk.ts";
import type { Comparison } from "../rounds.ts";
import { assertDone, associatedData, message } from "./work.ts";

const keyId = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/** `Kms` over the client, and the client itself: the same work, so many calls in flight. */
export async function encryptAtAws(inFlight: number | undefined): Promise<Comparison> {
  const client = instantClient();
  const kms = createKms({
    providers: { aws: awsKms({ client }) },
    sealer: hmacSealer({ keys: [{ kid: "bench", secret: randomBytes(32) }] }),
    policy: { minimumStrengthBits: 128, allowedAlgorithms: ["AES-256-GCM"], allowedProtection: ["hsm"] },
    audit: memoryAuditSink(),
    actor: "bench",
  });
  const found = await kms.getKey("aws", keyId, { algorithm: "AES-256-GCM" });
  const key = await kms.openHandle(await kms.sealHandle(found), { algorithm: "AES-256-GCM" });
  const ours = async (): Promise<void> => {
    assertDone((await kms.encrypt(key, message, associatedData)).length > message.length);
  };
  const raw = encrypt(client, { keyId, plaintext: message, associatedData });
  const baseline = async (): Promise<void> => {
    assertDone((await raw()) > message.length);
  };
  return { ours: { kind: "async", once: ours, inFlight }, baseline: { kind: "async", once: baseline, inFlight } };
}

const description = {
  Arn: keyId,
  KeyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
  CreationDate: 1_760_000_000,
  Enabled: true,
  KeyManager: "CUSTOMER",
  KeySpec: "SYMMETRIC_DEFAULT",
  KeyState: "Enabled",
  KeyUsage: "ENCRYPT_DECRYPT",
  MultiRegion: false,
  Origin: "AWS_KMS",
};
/** What each command is answered; every other one is refused. */
const answers: Readonly<Record<string, object>> = {
  DescribeKey: { KeyMetadata: description },
  ListResourceTags: { Tags: [], Truncated: false },
  ListKeyRotations: { Rotations: [], Truncated: false },
  GetKeyRotationStatus: { KeyRotationEnabled: false, KeyId: keyId },
  Encrypt: {
    CiphertextBlob: randomBytes(1200).toString("base64"),
    EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    KeyId: keyId,
  },
};

/** The official client, whose requests never leave the process: it signs and serialises them, and each is answered at once. */
function instantClient(): KMSClient {
  const bodies = new Map(
    Object.entries(answers).map(([name, answer]) => [`TrentService.${name}`, Buffer.from(JSON.stringify(answer))]),
  );
  return new KMSClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "bench" },
    maxAttempts: 1,
    requestHandler: {
      metadata: { handlerProtocol: "http/1.1" }, // as the SDK's own for Node says
      handle: async ({ headers }: { readonly headers: Readonly<Record<string, string>> }) => {
        const target = headers["x-amz-target"] ?? "";
        const body = bodies.get(target);
        if (body === undefined) throw new Error(`The client asked for ${target}, which this stub does not answer.`);
        return { response: { statusCode: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body } };
      },
    },
  });
}
