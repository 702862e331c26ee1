import { randomBytes } from "node:crypto";
import { decryptionTransform, encryptionTransform, type Recipient } from "@kms/envelope";
import { cipherStreams } from "../../baselines/cipher-streams.ts";
import { streams as clientNodeStreams } from "../../baselines/client-node.ts";
import type { Place } from "../place.ts";
import type { Comparison } from "../rounds.ts";
import { awaited } from "../sides.ts";
import { keyring, recipient } from "./envelope.ts";
import { through } from "./through.ts";
import { associatedData } from "./work.ts";

const ours = (lengthBytes: number, by: Recipient) => async (): Promise<number> =>
  through(lengthBytes, [encryptionTransform(by, associatedData), decryptionTransform(by, associatedData)]);

/** Ours, and Node's own cipher streams. */
export const streamOverRaw = async ({ scale: { streamBytes } }: Place): Promise<Comparison> => ({
  ours: awaited(ours(streamBytes, recipient), streamBytes - 1),
  baseline: awaited(async () => through(streamBytes, cipherStreams(randomBytes(64))), streamBytes - 1),
});

/** Ours, and the official client with the frame length that it is fastest with. */
export async function streamOverClientNode({ scale: { streamBytes } }: Place): Promise<Comparison> {
  const by = (lengthBytes: number, frameLength: number) => async (): Promise<number> =>
    through(lengthBytes, clientNodeStreams(keyring, associatedData, frameLength));
  const fastest = await fastestOf(
    [4, 64, 1024].map((kib) => kib * 1024),
    (frameLength) => by(streamBytes / 8, frameLength),
  );
  return {
    ours: awaited(ours(streamBytes, recipient), streamBytes - 1),
    baseline: awaited(by(streamBytes, fastest), streamBytes - 1),
  };
}

/** The frame length whose second run is the quickest: the first warms up. */
async function fastestOf(
  frameLengths: readonly number[],
  run: (frameLength: number) => () => Promise<number>,
): Promise<number> {
  let best = { frameLength: 0, tookMs: Infinity };
  for (const frameLength of frameLengths) {
    await run(frameLength)();
    const start = performance.now();
    await run(frameLength)();
    const tookMs = performance.now() - start;
    if (tookMs < best.tookMs) best = { frameLength, tookMs };
  }
  return best.frameLength;
}
