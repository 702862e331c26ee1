import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  decryptChunks,
  decryptionStream,
  decryptionTransform,
  encrypt,
  encryptChunks,
  encryptionStream,
  encryptionTransform,
  rawAesRecipient,
  type Recipient,
} from "../../src/index.ts";
import { bytes, refusal, text } from "../setup.ts";
import { Watched } from "./watched.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));

const frames = (count: number): Uint8Array[] => Array.from({ length: count }, () => randomBytes(16));
const options = { frameBytes: 16 } as const;

describe("a stream asks for no more than is asked of it", () => {
  test("when it encrypts: the header costs no chunk, a frame the chunk after it", async () => {
    const source = new Watched(frames(5));
    const chunks = encryptChunks(recipient, source, undefined, options);
    expect(source.asked).toBe(0);
    await chunks.next();
    expect(source.asked).toBe(0);
    await chunks.next();
    expect(source.asked).toBe(2);
    await chunks.return();
    expect(source.ended).toBe(true);
  });

  test("when web streams are piped, whatever the source has", async () => {
    const source = new Watched(frames(1_000));
    const { readable, writable } = encryptionStream(recipient, undefined, options);
    const piping = ReadableStream.from(source).pipeTo(writable);
    piping.catch(() => {});
    const reader = readable.getReader();
    await reader.read();
    await reader.read();
    for (let index = 0; index < 20; index += 1) await turn();
    expect(source.asked).toBeLessThan(8);
    await reader.cancel();
    for (let index = 0; index < 20; index += 1) await turn();
    expect(source.ended).toBe(true);
  });

  test("when node streams are piped", async () => {
    const source = new Watched(Array.from({ length: 1_000 }, () => randomBytes(65_536)));
    const transform = encryptionTransform(recipient);
    const piping = pipeline(Readable.from(source), transform);
    piping.catch(() => {});
    for (let index = 0; index < 50; index += 1) await turn();
    expect(source.asked).toBeLessThan(50);
    transform.destroy();
    await expect(piping).rejects.toThrow("Premature close");
    for (let index = 0; index < 20; index += 1) await turn();
    expect(source.ended).toBe(true);
  });
});

describe("the signal ends a stream whose source hangs", () => {
  test("async iterables", async () => {
    const source = new Watched(frames(5), 3);
    const cancelling = new AbortController();
    const chunks = encryptChunks(recipient, source, undefined, { ...options, signal: cancelling.signal });
    for (let index = 0; index < 3; index += 1) await chunks.next();
    const hanging = chunks.next();
    cancelling.abort(new Error("enough"));
    expect(await refusal(hanging)).toMatchObject({ code: "CANCELLED", cause: { message: "enough" } });
    expect(source.ended).toBe(true);
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });

  test("web streams, also when the reader cancels", async () => {
    const { readable, writable } = decryptionStream(recipient);
    const reader = readable.getReader();
    const reading = reader.read();
    const writing = writable.getWriter().closed;
    writing.catch(() => {});
    await reader.cancel(new Error("enough"));
    expect(await reading).toEqual({ done: true, value: undefined });
    await expect(writing).rejects.toThrow("enough");
  });

  test("node streams", async () => {
    const cancelling = new AbortController();
    const source = new Watched(frames(5), 3);
    const transform = encryptionTransform(recipient, undefined, { signal: cancelling.signal });
    const piping = pipeline(Readable.from(source), transform, async (parts: AsyncIterable<unknown>) => {
      for await (const _part of parts) cancelling.abort();
    });
    expect((await refusal(piping)).code).toBe("CANCELLED");
  });

  test("before it began", async () => {
    const signal = AbortSignal.abort();
    const chunks = encryptChunks(recipient, frames(1), undefined, { signal });
    expect((await refusal(chunks.next())).code).toBe("CANCELLED");
    const transform = decryptionTransform(recipient, undefined, { signal });
    transform.on("error", () => {});
    expect((await refusal(transform.opened)).code).toBe("CANCELLED");
  });
});

describe("a source that the same signal ends leaves no rejection that nobody handles", () => {
  const signalled = async (sourceOf: (signal: AbortSignal) => AsyncIterable<Uint8Array>): Promise<string[]> => {
    const unhandled: string[] = [];
    const note = (error: unknown): void => void unhandled.push(String(error));
    process.on("unhandledRejection", note);
    const cancelling = new AbortController();
    const { signal } = cancelling;
    const chunks = encryptChunks(recipient, sourceOf(signal), undefined, { ...options, signal });
    await chunks.next();
    await chunks.next();
    cancelling.abort();
    // The frames that were made come first.
    const draining = (async () => {
      for await (const _part of chunks);
    })();
    expect((await refusal(draining)).code).toBe("CANCELLED");
    await wait(20);
    process.off("unhandledRejection", note);
    return unhandled;
  };

  test("of an async generator", async () => {
    const endless = async function* (signal: AbortSignal): AsyncGenerator<Uint8Array> {
      for (;;) {
        if (signal.aborted) throw new Error("the source has seen the signal");
        yield randomBytes(64);
      }
    };
    expect(await signalled(endless)).toEqual([]);
  });

  test("of a file", async () => {
    const path = fileURLToPath(import.meta.url);
    expect(await signalled((signal) => createReadStream(path, { signal, highWaterMark: 64 }))).toEqual([]);
  });
});

test("a source is not asked once the signal has come", async () => {
  const cancelling = new AbortController();
  const source = new Watched(frames(5));
  const chunks = encryptChunks(recipient, source, undefined, { ...options, signal: cancelling.signal });
  await chunks.next();
  await chunks.next();
  cancelling.abort();
  expect((await refusal(chunks.next())).code).toBe("CANCELLED");
  expect(source).toMatchObject({ asked: 2, ended: true });
});

test("the time for the data key runs from when it is asked for, however long the source takes", async () => {
  const message = await encrypt(recipient, bytes("attack at dawn"));
  let leftMs = 0;
  const patient: Recipient = {
    ...recipient,
    unwrap: (encrypted, lengthBytes, request) => {
      leftMs = request.remainingMs();
      return recipient.unwrap(encrypted, lengthBytes, request);
    },
  };
  const transform = decryptionTransform(patient, undefined, { timeoutMs: 500 });
  await wait(300);
  transform.end(message);
  await transform.opened;
  expect(leftMs).toBeGreaterThan(250);
});

describe("what the header proved", () => {
  test("is told before the end, by every door", async () => {
    const message = await encrypt(recipient, bytes("attack at dawn"), { tenant: "42" });
    const chunks = decryptChunks(recipient, [message]);
    expect(text((await chunks.next()).value ?? new Uint8Array())).toBe("attack at dawn");
    expect({ ...(await chunks.opened).associatedData }).toEqual({ tenant: "42" });
    const transform = decryptionTransform(recipient);
    transform.write(message);
    expect((await transform.opened).suite).toBe(0x0478);
    transform.destroy();
    const { readable, opened } = decryptionStream(recipient);
    await readable.cancel();
    expect((await refusal(opened)).code).toBe("CANCELLED");
  });

  test("rejects where nothing was proved", async () => {
    const chunks = decryptChunks(recipient, [bytes("no message")]);
    expect((await refusal(chunks.next())).code).toBe("DECRYPTION_FAILED");
    expect((await refusal(chunks.opened)).code).toBe("DECRYPTION_FAILED");
  });
});

describe("a source is refused", () => {
  test.each([
    ["bytes", bytes("bytes")],
    ["text", "text"],
    ["null", null],
    ["a number", 1],
  ])("that is %s", async (_what, source) => {
    const chunks = encryptChunks(recipient, source as never);
    await chunks.next();
    expect((await refusal(chunks.next())).code).toBe("INVALID_ARGUMENT");
  });

  test("whose chunks are no bytes", async () => {
    const chunks = encryptChunks(recipient, ["text"] as never);
    await chunks.next();
    expect((await refusal(chunks.next())).code).toBe("INVALID_ARGUMENT");
  });

  test("that throws, with its own error", async () => {
    const failing = (function* (): Generator<Uint8Array> {
      yield bytes("a");
      throw new RangeError("disk on fire");
    })();
    const chunks = encryptChunks(recipient, failing);
    await chunks.next();
    await expect(chunks.next()).rejects.toThrow("disk on fire");
  });
});
