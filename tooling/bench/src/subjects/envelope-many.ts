import { KMS } from "@aws-crypto/client-node";
import { KMSClient } from "@aws-sdk/client-kms";
import { cachedRecipient, encrypt, kmsRecipient, type Recipient } from "@kms/envelope";
import * as clientNode from "../../baselines/client-node.ts";
import type { Place } from "../place.ts";
import type { Comparison } from "../rounds.ts";
import { awaited } from "../sides.ts";
import type { Samples } from "../statistics.ts";
import { instantConfiguration, keyId } from "./aws-stub.ts";
import { kmsAtAws } from "./aws.ts";
import { assertDone, associatedData, message } from "./work.ts";

/** The messages do not divide by it. */
const limits = { maximumAgeMs: 3_600_000, maximumMessages: 1500, maximumBytes: 2 ** 40 };

/** Makes so many messages, one after the other; answers their bytes. */
async function inTurn(messages: number, once: () => Promise<number>): Promise<number> {
  let bytes = 0;
  for (let made = 0; made < messages; made += 1) bytes += await once();
  return bytes;
}

const made = (by: Recipient) => async (): Promise<number> => (await encrypt(by, message, associatedData)).length;

/** Many messages under one key of AWS with a new cache, and the official client with one. */
export async function manyOverClientNode({ scale: { messages } }: Place): Promise<Comparison> {
  const { kms, key } = await kmsAtAws(new KMSClient(instantConfiguration().configuration));
  const uncached = kmsRecipient(kms, key);
  const keyring = clientNode.kmsKeyring(new KMS(instantConfiguration().configuration), keyId);
  const ours = async (): Promise<number> => inTurn(messages, made(cachedRecipient(uncached, limits)));
  const official = async (): Promise<number> =>
    inTurn(messages, clientNode.encrypt(clientNode.cached(keyring, limits), message, associatedData));
  const least = messages * message.length;
  return { ours: awaited(ours, least), baseline: awaited(official, least) };
}

/** How often the provider is asked for a data key by many messages, and how often it must be. */
export async function providerCalls(rounds: number, { scale: { messages } }: Place): Promise<Samples> {
  const samples = { ours: [] as number[], baseline: [] as number[], oursUs: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const { configuration, requests } = instantConfiguration();
    const { kms, key } = await kmsAtAws(new KMSClient(configuration));
    const once = made(cachedRecipient(kmsRecipient(kms, key), limits));
    const start = process.hrtime.bigint();
    await together(messages, 64, once);
    samples.oursUs.push(Number(process.hrtime.bigint() - start) / 1000);
    const least = Math.ceil(messages / limits.maximumMessages);
    // Fewer would have used a data key beyond its limit.
    assertDone(requests("GenerateDataKey") >= least);
    samples.ours.push(requests("GenerateDataKey"));
    samples.baseline.push(least);
  }
  return samples;
}

async function together(messages: number, inFlight: number, once: () => Promise<number>): Promise<void> {
  for (let begun = 0; begun < messages; begun += inFlight) {
    await Promise.all(Array.from({ length: Math.min(inFlight, messages - begun) }, once));
  }
}
