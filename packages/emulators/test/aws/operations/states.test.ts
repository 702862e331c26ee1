import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  GetKeyRotationStatusCommand,
  GetPublicKeyCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ListResourceTagsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../../src/aws/operations/index.ts";
import { bytes, createKey, encrypt, KINDS, nameOf, refusalOf, start } from "../setup.ts";

interface Subject {
  readonly client: KMSClient;
  readonly id: string;
  readonly blob: Uint8Array;
}

interface Row {
  readonly kind: keyof typeof KINDS;
  readonly call: (subject: Subject) => Promise<unknown>;
  /** Error names in the states Enabled, Disabled and PendingDeletion. */
  readonly expected: readonly [string, string, string];
}

const ALWAYS = ["none", "none", "none"] as const;
const USE = ["none", "DisabledException", "KMSInvalidStateException"] as const;
const MANAGE = ["none", "none", "KMSInvalidStateException"] as const;
const Message = bytes("m");

// AWS KMS Developer Guide, Key state table.
const ROWS: Readonly<Record<string, Row>> = {
  DescribeKey: {
    kind: "symmetric",
    expected: ALWAYS,
    call: ({ client, id }) => client.send(new DescribeKeyCommand({ KeyId: id })),
  },
  ListResourceTags: {
    kind: "symmetric",
    expected: ALWAYS,
    call: ({ client, id }) => client.send(new ListResourceTagsCommand({ KeyId: id })),
  },
  ListKeyRotations: {
    kind: "symmetric",
    expected: ALWAYS,
    call: ({ client, id }) => client.send(new ListKeyRotationsCommand({ KeyId: id })),
  },
  GetKeyRotationStatus: {
    kind: "symmetric",
    expected: ALWAYS,
    call: ({ client, id }) => client.send(new GetKeyRotationStatusCommand({ KeyId: id })),
  },
  ListAliases: {
    kind: "symmetric",
    expected: ALWAYS,
    call: ({ client, id }) => client.send(new ListAliasesCommand({ KeyId: id })),
  },
  Encrypt: { kind: "symmetric", expected: USE, call: ({ client, id }) => encrypt(client, id, "text") },
  Decrypt: {
    kind: "symmetric",
    expected: USE,
    call: ({ client, blob }) => client.send(new DecryptCommand({ CiphertextBlob: blob })),
  },
  GenerateDataKey: {
    kind: "symmetric",
    expected: USE,
    call: ({ client, id }) => client.send(new GenerateDataKeyCommand({ KeyId: id, NumberOfBytes: 32 })),
  },
  RotateKeyOnDemand: {
    kind: "symmetric",
    expected: USE,
    call: ({ client, id }) => client.send(new RotateKeyOnDemandCommand({ KeyId: id })),
  },
  EnableKeyRotation: {
    kind: "symmetric",
    expected: USE,
    call: ({ client, id }) => client.send(new EnableKeyRotationCommand({ KeyId: id })),
  },
  DisableKeyRotation: {
    kind: "symmetric",
    expected: USE,
    call: ({ client, id }) => client.send(new DisableKeyRotationCommand({ KeyId: id })),
  },
  Sign: {
    kind: "signing",
    expected: USE,
    call: ({ client, id }) => client.send(new SignCommand({ KeyId: id, Message, SigningAlgorithm: "ECDSA_SHA_256" })),
  },
  Verify: {
    kind: "signing",
    expected: ["KMSInvalidSignatureException", "DisabledException", "KMSInvalidStateException"],
    call: ({ client, id }) =>
      client.send(new VerifyCommand({ KeyId: id, Message, Signature: Message, SigningAlgorithm: "ECDSA_SHA_256" })),
  },
  GetPublicKey: {
    kind: "signing",
    expected: USE,
    call: ({ client, id }) => client.send(new GetPublicKeyCommand({ KeyId: id })),
  },
  GenerateMac: {
    kind: "mac",
    expected: USE,
    call: ({ client, id }) => client.send(new GenerateMacCommand({ KeyId: id, Message, MacAlgorithm: "HMAC_SHA_256" })),
  },
  VerifyMac: {
    kind: "mac",
    expected: ["KMSInvalidMacException", "DisabledException", "KMSInvalidStateException"],
    call: ({ client, id }) =>
      client.send(new VerifyMacCommand({ KeyId: id, Message, Mac: Message, MacAlgorithm: "HMAC_SHA_256" })),
  },
  CreateAlias: {
    kind: "mac",
    expected: MANAGE,
    call: ({ client, id }) => client.send(new CreateAliasCommand({ AliasName: "alias/x", TargetKeyId: id })),
  },
  EnableKey: {
    kind: "mac",
    expected: MANAGE,
    call: ({ client, id }) => client.send(new EnableKeyCommand({ KeyId: id })),
  },
  DisableKey: {
    kind: "mac",
    expected: MANAGE,
    call: ({ client, id }) => client.send(new DisableKeyCommand({ KeyId: id })),
  },
  ScheduleKeyDeletion: {
    kind: "mac",
    expected: MANAGE,
    call: ({ client, id }) => client.send(new ScheduleKeyDeletionCommand({ KeyId: id })),
  },
  CancelKeyDeletion: {
    kind: "mac",
    expected: ["KMSInvalidStateException", "KMSInvalidStateException", "none"],
    call: ({ client, id }) => client.send(new CancelKeyDeletionCommand({ KeyId: id })),
  },
};

const STATES = [
  ["Enabled", async () => undefined],
  ["Disabled", (client: KMSClient, KeyId: string) => client.send(new DisableKeyCommand({ KeyId }))],
  ["PendingDeletion", (client: KMSClient, KeyId: string) => client.send(new ScheduleKeyDeletionCommand({ KeyId }))],
] as const;

const CASES = Object.entries(ROWS).flatMap(([operation, row]) =>
  STATES.map(([state, enter], at) => ({ operation, state, enter, row, expected: row.expected[at] })),
);

describe("key states", () => {
  it.each(CASES)("$operation on a key that is $state ends in $expected", async ({ row, enter, expected }) => {
    const { client } = await start();
    const { id } = await createKey(client, KINDS[row.kind]);
    const blob = row.kind === "symmetric" ? await encrypt(client, id, "text") : new Uint8Array();
    await enter(client, id);
    expect(await nameOf(row.call({ client, id, blob }))).toBe(expected);
  });

  it("cover every operation on a key that the emulator has", () => {
    const onKeys = [...OPERATIONS].filter(([, row]) => row.kind === "key").map(([name]) => name);
    expect(onKeys.filter((name) => !Object.hasOwn(ROWS, name))).toEqual([]);
  });

  it("say which state refuses, in the service's words", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client);
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: id }));
    const refusal = await refusalOf(encrypt(client, id, "text"));
    expect(refusal).toEqual({ name: "KMSInvalidStateException", message: `${arn} is pending deletion.` });
  });
});
