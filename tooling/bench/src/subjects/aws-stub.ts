import { randomBytes } from "node:crypto";
import type { KMSClientConfig } from "@aws-sdk/client-kms";

/** The key of the rows of AWS. */
export const keyId: string = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

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
  GenerateDataKey: {
    Plaintext: randomBytes(32).toString("base64"),
    CiphertextBlob: randomBytes(184).toString("base64"),
    KeyId: keyId,
  },
};

/** What the official clients are made with so that no request leaves the process: each is signed, serialised and answered at once. */
export interface InstantConfiguration {
  readonly configuration: KMSClientConfig;
  /** Requests of a command so far. */
  readonly requests: (command: string) => number;
}

/** A configuration that counts by itself. */
export function instantConfiguration(): InstantConfiguration {
  const counts = new Map<string, number>();
  const bodies = new Map(
    Object.entries(answers).map(([name, answer]) => [`TrentService.${name}`, Buffer.from(JSON.stringify(answer))]),
  );
  const handle = async ({ headers }: { readonly headers: Readonly<Record<string, string>> }) => {
    const target = headers["x-amz-target"] ?? "";
    const body = bodies.get(target);
    if (body === undefined) throw new Error(`The client asked for ${target}, which this stub does not answer.`);
    counts.set(target, (counts.get(target) ?? 0) + 1);
    return { response: { statusCode: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body } };
  };
  return {
    configuration: {
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "bench" },
      maxAttempts: 1,
      // The metadata as the SDK's own for Node says.
      requestHandler: { metadata: { handlerProtocol: "http/1.1" }, handle } as KMSClientConfig["requestHandler"] &
        object,
    },
    requests: (command) => counts.get(`TrentService.${command}`) ?? 0,
  };
}
