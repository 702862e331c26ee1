import { randomBytes } from "node:crypto";
import { Readable, Writable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decrypt,
  decryptChunks,
  decryptionStream,
  decryptionTransform,
  describeMessage,
  encrypt,
  encryptChunks,
  encryptionStream,
  encryptionTransform,
  rawAesRecipient,
  type EncryptOptions,
} from "../../src/index.ts";
import { official, officialAes } from "../official.ts";

const key = randomBytes(32);
const recipient = rawAesRecipient("space", "key", key);
const entries = { tenant: "42" };

/** Bytes cut at the given places. */
function cut(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (whole.length + 1)).toSorted((a, b) => a - b), whole.length];
  return sorted.slice(1).map((end, index) => whole.subarray(sorted[index], end));
}

type Way = (chunks: readonly Uint8Array[], options?: EncryptOptions) => Promise<Buffer>;
const collected = async (source: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
};
const throughNode = async (chunks: readonly Uint8Array[], transform: Transform): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  const keep = new Writable({
    write: (part: Uint8Array, _encoding, done) => {
      parts.push(part);
      done();
    },
  });
  await pipeline(Readable.from(chunks, { objectMode: false }), transform, keep);
  return Buffer.concat(parts);
};
const webSource = (chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> => ReadableStream.from([...chunks]);

const sealing: Readonly<Record<string, Way>> = {
  "async iterables": (chunks, options) => collected(encryptChunks(recipient, chunks, entries, options)),
  "node streams": (chunks, options) => throughNode(chunks, encryptionTransform(recipient, entries, options)),
  "web streams": (chunks, options) =>
    collected(webSource(chunks).pipeThrough(encryptionStream(recipient, entries, options))),
};
const opening: Readonly<Record<string, Way>> = {
  "async iterables": (chunks) => collected(decryptChunks(recipient, chunks, entries)),
  "node streams": (chunks) => throughNode(chunks, decryptionTransform(recipient, entries)),
  "web streams": (chunks) => collected(webSource(chunks).pipeThrough(decryptionStream(recipient, entries))),
};

const collectNothing: Way = async () => Buffer.alloc(0);
const places = fc.array(fc.nat(), { maxLength: 6 });
const cases = fc.record({
  plaintext: fc.uint8Array({ maxLength: 200 }),
  frameBytes: fc.integer({ min: 1, max: 64 }),
  suite: fc.constantFrom(0x0478 as const, 0x0578 as const),
  before: places,
  after: places,
});

describe("however the bytes are cut", () => {
  test.each(Object.keys(sealing))("%s make a message that opens whole, and give back its plaintext", async (door) => {
    const { [door]: seal = collectNothing } = sealing;
    const { [door]: open = collectNothing } = opening;
    await fc.assert(
      fc.asyncProperty(cases, async ({ plaintext, frameBytes, suite, before, after }) => {
        const message = await seal(cut(plaintext, before), { frameBytes, suite });
        const { plaintext: whole } = await decrypt(recipient, message, entries);
        expect(Buffer.from(whole).equals(plaintext)).toBe(true);
        expect((await open(cut(message, after))).equals(plaintext)).toBe(true);
        // The same frames as of a whole message: a full final frame is not followed by an empty one.
        const alike = await encrypt(recipient, plaintext, entries, { frameBytes });
        if (suite === 0x0478) expect(message).toHaveLength(alike.length);
      }),
      { numRuns: 40 },
    );
  });
});

test("streams make frames of 256 KiB unless told otherwise, whole messages of 64 KiB", async () => {
  for (const seal of Object.values(sealing)) {
    const plaintext = randomBytes(600_000);
    const message = await seal(cut(plaintext, [1, 262_144, 262_145]));
    expect(describeMessage(message).frameBytes).toBe(262_144);
    const { plaintext: opened } = await decrypt(recipient, message, entries);
    expect(plaintext.equals(opened)).toBe(true);
  }
  expect(describeMessage(await encrypt(recipient, randomBytes(1), entries)).frameBytes).toBe(65_536);
});

describe("the official client's streams", () => {
  const keyring = officialAes("space", "key", key);

  test.each([0x0478, 0x0578] as const)("read what node streams made in suite %d", async (suite) => {
    const plaintext = randomBytes(300_000);
    const message = await sealing["node streams"]?.(cut(plaintext, [1, 70_000, 150_000]), { suite });
    const parts: Uint8Array[] = [];
    const source = Readable.from([message]).pipe(official.decryptStream(keyring));
    for await (const part of source) parts.push(part as Uint8Array);
    expect(Buffer.concat(parts).equals(plaintext)).toBe(true);
  });

  test("make what node streams read", async () => {
    const plaintext = randomBytes(300_000);
    const source = Readable.from([plaintext], { objectMode: false })
      .pipe(official.encryptStream(keyring, { encryptionContext: entries, frameLength: 1_000 }))
      .pipe(decryptionTransform(recipient, entries));
    const parts: Uint8Array[] = [];
    for await (const part of source) parts.push(part as Uint8Array);
    expect(Buffer.concat(parts).equals(plaintext)).toBe(true);
  });
});
