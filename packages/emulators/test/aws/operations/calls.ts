import * as sdk from "@aws-sdk/client-kms";
import type { KMSClient } from "@aws-sdk/client-kms";
import { bytes, createKey, encrypt, KINDS, present } from "../setup.ts";

/** What a call is made on. */
export interface Subject {
  readonly client: KMSClient;
  /** A key of the kind that the operation serves. */
  readonly id: string;
  /** An alias of that key, and another key of its kind. */
  readonly alias: string;
  readonly other: string;
  /** A ciphertext under a symmetric key; empty for other kinds. */
  readonly blob: Uint8Array;
  /** A public key that an agreement can be made with; empty for other kinds. */
  readonly peer: Uint8Array;
}

/** One call of an operation, right in every respect but for signatures and MACs, which are never valid. */
export interface OperationCall {
  readonly kind: keyof typeof KINDS;
  readonly call: (subject: Subject) => Promise<unknown>;
}

const Message = bytes("m");
const SigningAlgorithm = "ECDSA_SHA_256";
const MacAlgorithm = "HMAC_SHA_256";

const on = (kind: keyof typeof KINDS, call: (subject: Subject) => Promise<unknown>): OperationCall => ({ kind, call });

/** A call of every operation that the emulator has. */
export const CALLS: Readonly<Record<string, OperationCall>> = {
  CreateKey: on("mac", ({ client }) => client.send(new sdk.CreateKeyCommand({}))),
  ListKeys: on("mac", ({ client }) => client.send(new sdk.ListKeysCommand({}))),
  ListAliases: on("mac", ({ client }) => client.send(new sdk.ListAliasesCommand({}))),
  GenerateRandom: on("mac", ({ client }) => client.send(new sdk.GenerateRandomCommand({ NumberOfBytes: 1 }))),
  DescribeKey: on("symmetric", ({ client, id }) => client.send(new sdk.DescribeKeyCommand({ KeyId: id }))),
  GetKeyPolicy: on("symmetric", ({ client, id }) => client.send(new sdk.GetKeyPolicyCommand({ KeyId: id }))),
  ListResourceTags: on("symmetric", ({ client, id }) => client.send(new sdk.ListResourceTagsCommand({ KeyId: id }))),
  TagResource: on("mac", ({ client, id }) =>
    client.send(new sdk.TagResourceCommand({ KeyId: id, Tags: [{ TagKey: "k", TagValue: "v" }] })),
  ),
  UntagResource: on("mac", ({ client, id }) =>
    client.send(new sdk.UntagResourceCommand({ KeyId: id, TagKeys: ["k"] })),
  ),
  ListKeyRotations: on("symmetric", ({ client, id }) => client.send(new sdk.ListKeyRotationsCommand({ KeyId: id }))),
  GetKeyRotationStatus: on("symmetric", ({ client, id }) =>
    client.send(new sdk.GetKeyRotationStatusCommand({ KeyId: id })),
  ),
  Encrypt: on("symmetric", ({ client, id }) => encrypt(client, id, "text")),
  Decrypt: on("symmetric", ({ client, blob }) => client.send(new sdk.DecryptCommand({ CiphertextBlob: blob }))),
  ReEncrypt: on("symmetric", ({ client, blob, other }) =>
    client.send(new sdk.ReEncryptCommand({ CiphertextBlob: blob, DestinationKeyId: other })),
  ),
  GenerateDataKey: on("symmetric", ({ client, id }) =>
    client.send(new sdk.GenerateDataKeyCommand({ KeyId: id, NumberOfBytes: 32 })),
  ),
  GenerateDataKeyWithoutPlaintext: on("symmetric", ({ client, id }) =>
    client.send(new sdk.GenerateDataKeyWithoutPlaintextCommand({ KeyId: id, NumberOfBytes: 32 })),
  ),
  RotateKeyOnDemand: on("symmetric", ({ client, id }) => client.send(new sdk.RotateKeyOnDemandCommand({ KeyId: id }))),
  EnableKeyRotation: on("symmetric", ({ client, id }) => client.send(new sdk.EnableKeyRotationCommand({ KeyId: id }))),
  DisableKeyRotation: on("symmetric", ({ client, id }) =>
    client.send(new sdk.DisableKeyRotationCommand({ KeyId: id })),
  ),
  Sign: on("signing", ({ client, id }) => client.send(new sdk.SignCommand({ KeyId: id, Message, SigningAlgorithm }))),
  Verify: on("signing", ({ client, id }) =>
    client.send(new sdk.VerifyCommand({ KeyId: id, Message, Signature: Message, SigningAlgorithm })),
  ),
  GetPublicKey: on("signing", ({ client, id }) => client.send(new sdk.GetPublicKeyCommand({ KeyId: id }))),
  DeriveSharedSecret: on("agreement", ({ client, id, peer }) =>
    client.send(new sdk.DeriveSharedSecretCommand({ KeyId: id, KeyAgreementAlgorithm: "ECDH", PublicKey: peer })),
  ),
  GenerateMac: on("mac", ({ client, id }) =>
    client.send(new sdk.GenerateMacCommand({ KeyId: id, Message, MacAlgorithm })),
  ),
  VerifyMac: on("mac", ({ client, id }) =>
    client.send(new sdk.VerifyMacCommand({ KeyId: id, Message, Mac: Message, MacAlgorithm })),
  ),
  CreateAlias: on("mac", ({ client, id }) =>
    client.send(new sdk.CreateAliasCommand({ AliasName: "alias/x", TargetKeyId: id })),
  ),
  UpdateAlias: on("mac", ({ client, id, alias }) =>
    client.send(new sdk.UpdateAliasCommand({ AliasName: alias, TargetKeyId: id })),
  ),
  DeleteAlias: on("mac", ({ client, alias }) => client.send(new sdk.DeleteAliasCommand({ AliasName: alias }))),
  EnableKey: on("mac", ({ client, id }) => client.send(new sdk.EnableKeyCommand({ KeyId: id }))),
  DisableKey: on("mac", ({ client, id }) => client.send(new sdk.DisableKeyCommand({ KeyId: id }))),
  ScheduleKeyDeletion: on("mac", ({ client, id }) => client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId: id }))),
  CancelKeyDeletion: on("mac", ({ client, id }) => client.send(new sdk.CancelKeyDeletionCommand({ KeyId: id }))),
};

/** A call's subject, fresh. */
export async function subjectFor(client: KMSClient, kind: keyof typeof KINDS): Promise<Subject> {
  const [{ id }, { id: other }] = [await createKey(client, KINDS[kind]), await createKey(client, KINDS[kind])];
  const alias = "alias/subject";
  await client.send(new sdk.CreateAliasCommand({ AliasName: alias, TargetKeyId: id }));
  const blob = kind === "symmetric" ? await encrypt(client, id, "text") : new Uint8Array();
  const peer =
    kind === "agreement"
      ? present((await client.send(new sdk.GetPublicKeyCommand({ KeyId: other }))).PublicKey)
      : new Uint8Array();
  return { client, id, alias, other, blob, peer };
}
