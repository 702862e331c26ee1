import { DisableKeyCommand, type KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../../src/aws/operations/index.ts";
import { createKey, encrypt, nameOf, present, refusalOf, start } from "../setup.ts";
import { CALLS, subjectFor } from "./calls.ts";

const ALWAYS = ["none", "none", "none"] as const;
const USE = ["none", "DisabledException", "KMSInvalidStateException"] as const;
const MANAGE = ["none", "none", "KMSInvalidStateException"] as const;

/** Error names in the states Enabled, Disabled and PendingDeletion. AWS KMS Developer Guide, Key state table. */
const EXPECTED: Readonly<Record<string, readonly [string, string, string]>> = {
  DescribeKey: ALWAYS,
  GetKeyPolicy: ALWAYS,
  ListResourceTags: ALWAYS,
  ListKeyRotations: ALWAYS,
  GetKeyRotationStatus: ALWAYS,
  DeleteAlias: ALWAYS,
  Encrypt: USE,
  Decrypt: USE,
  ReEncrypt: USE,
  GenerateDataKey: USE,
  GenerateDataKeyWithoutPlaintext: USE,
  RotateKeyOnDemand: USE,
  EnableKeyRotation: USE,
  DisableKeyRotation: USE,
  Sign: USE,
  Verify: ["KMSInvalidSignatureException", "DisabledException", "KMSInvalidStateException"],
  GetPublicKey: USE,
  DeriveSharedSecret: USE,
  GenerateMac: USE,
  VerifyMac: ["KMSInvalidMacException", "DisabledException", "KMSInvalidStateException"],
  TagResource: MANAGE,
  UntagResource: MANAGE,
  CreateAlias: MANAGE,
  UpdateAlias: MANAGE,
  EnableKey: MANAGE,
  DisableKey: MANAGE,
  ScheduleKeyDeletion: MANAGE,
  CancelKeyDeletion: ["KMSInvalidStateException", "KMSInvalidStateException", "none"],
};

const STATES = [
  ["Enabled", async () => undefined],
  ["Disabled", (client: KMSClient, KeyId: string) => client.send(new DisableKeyCommand({ KeyId }))],
  ["PendingDeletion", (client: KMSClient, KeyId: string) => client.send(new ScheduleKeyDeletionCommand({ KeyId }))],
] as const;

const CASES = Object.entries(EXPECTED).flatMap(([operation, expected]) =>
  STATES.map(([state, enter], at) => ({ operation, state, enter, expected: expected[at] })),
);

describe("key states", () => {
  it.each(CASES)("$operation on a key that is $state ends in $expected", async ({ operation, enter, expected }) => {
    const { client } = await start();
    const { kind, call } = present(CALLS[operation]);
    const subject = await subjectFor(client, kind);
    await enter(client, subject.id);
    expect(await nameOf(call(subject))).toBe(expected);
  });

  it("cover every operation on a key that the emulator has", () => {
    const onKeys = [...OPERATIONS].filter(([, row]) => row.kind === "key").map(([name]) => name);
    expect(onKeys.filter((name) => !Object.hasOwn(EXPECTED, name))).toEqual([]);
  });

  it("say which state refuses, in the service's words", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client);
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: id }));
    const refusal = await refusalOf(encrypt(client, id, "text"));
    expect(refusal).toEqual({ name: "KMSInvalidStateException", message: `${arn} is pending deletion.` });
  });
});
