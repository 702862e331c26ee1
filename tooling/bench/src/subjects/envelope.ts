import { randomBytes } from "node:crypto";
import { KMSClient } from "@aws-sdk/client-kms";
import { cachedRecipient, decrypt, encrypt, kmsRecipient, rawAesRecipient, type Recipient } from "@kms/envelope";
import { oneKey } from "../../baselines/aes.ts";
import { generateDataKey } from "../../baselines/aws-sdk.ts";
import * as clientNode from "../../baselines/client-node.ts";
import * as floor from "../../baselines/envelope-floor.ts";
import type { Place } from "../place.ts";
import type { Comparison, Side } from "../rounds.ts";
import { awaited, counted } from "../sides.ts";
import { instantConfiguration, keyId } from "./aws-stub.ts";
import { kmsAtAws } from "./aws.ts";
import { associatedData, message } from "./work.ts";

const namespace = "bench";
const keyName = "2041";
const wrappingKey = new Uint8Array(randomBytes(32));
/** Who opens the messages of most rows: a raw AES key. */
export const recipient: Recipient = rawAesRecipient(namespace, keyName, wrappingKey);
/** The same for the official client. */
export const keyring: ReturnType<typeof clientNode.rawAesKeyring> = clientNode.rawAesKeyring(
  namespace,
  keyName,
  wrappingKey,
);
/** Longer than any row. */
const limits = { maximumAgeMs: 3_600_000, maximumMessages: 2 ** 32, maximumBytes: Number.MAX_SAFE_INTEGER };

function thereAndBack(by: Recipient, plaintext: Uint8Array, frameBytes?: number): Side {
  const options = frameBytes === undefined ? undefined : { frameBytes };
  const once = async (): Promise<number> => {
    const sealed = await encrypt(by, plaintext, associatedData, options);
    return (await decrypt(by, sealed, associatedData)).plaintext.length;
  };
  return awaited(once, plaintext.length - 1);
}

/** What the parts of a message of 1 KiB bind, as long as in ours. */
async function bound(): Promise<floor.Bound> {
  const tagBytes = 16;
  const finalFrameBytes = 4 + 4 + 12 + 4 + message.length + tagBytes;
  const { length } = await encrypt(recipient, message, associatedData);
  const entries = Object.entries(associatedData).flat();
  return {
    associatedData: randomBytes(2 + entries.reduce((sum, text) => sum + 2 + Buffer.byteLength(text), 0)),
    header: randomBytes(length - finalFrameBytes - tagBytes),
    frame: randomBytes(32 + "AWSKMSEncryptionClient Final Frame".length + 4 + 8),
  };
}

/** 1 KiB with a new data key each: ours, and the bare calls. */
export const freshOverFloor = async (): Promise<Comparison> => ({
  ours: thereAndBack(recipient, message),
  baseline: counted(floor.withNewDataKey(message, await bound())),
});

/** The same, and the official client. */
export const freshOverClientNode = async (): Promise<Comparison> => ({
  ours: thereAndBack(recipient, message),
  baseline: awaited(clientNode.encryptAndDecrypt(keyring, message, associatedData), message.length - 1),
});

/** 1 KiB with the data key in the cache on both sides: ours, and the bare calls. */
export const cachedOverFloor = async (): Promise<Comparison> => ({
  ours: thereAndBack(cachedRecipient(recipient, limits), message),
  baseline: counted(floor.withCachedDataKey(message, await bound())),
});

/** The same, and the official client with its cache. */
export const cachedOverClientNode = async (): Promise<Comparison> => ({
  ours: thereAndBack(cachedRecipient(recipient, limits), message),
  baseline: awaited(
    clientNode.encryptAndDecrypt(clientNode.cached(keyring, limits), message, associatedData),
    message.length - 1,
  ),
});

/** A message of 1 KiB under a key of AWS, and the call that it cannot do without. */
export async function overDataKeyCall(): Promise<Comparison> {
  const client = new KMSClient(instantConfiguration().configuration);
  const { kms, key } = await kmsAtAws(client);
  const by = kmsRecipient(kms, key);
  const ours = async (): Promise<number> => (await encrypt(by, message, associatedData)).length;
  return {
    ours: awaited(ours, message.length),
    baseline: awaited(generateDataKey(client, { keyId, associatedData }), 31),
  };
}

const large = new Uint8Array(randomBytes(1024 * 1024));

/** 1 MiB in frames of the place's length, and one AES-GCM over all of it. */
export const largeOverRaw = async ({ frameLength }: Place): Promise<Comparison> => ({
  ours: thereAndBack(recipient, large, frameLength),
  baseline: counted(oneKey(large, (await bound()).associatedData)),
});

/** 1 MiB in frames of the place's length, and the official client with the same. */
export const largeOverClientNode = async ({ frameLength }: Place): Promise<Comparison> => ({
  ours: thereAndBack(recipient, large, frameLength),
  baseline: awaited(clientNode.encryptAndDecrypt(keyring, large, associatedData, frameLength), large.length - 1),
});
