import { randomBytes } from "node:crypto";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { KmsError } from "@kms/core";
import { describe, expect, test, vi } from "vitest";
import {
  decryptChunks,
  decryptionStream,
  decryptionTransform,
  describeMessage,
  encrypt,
  encryptChunks,
  encryptionStream,
  rawAesRecipient,
  rewrap,
  type Recipient,
} from "../../src/index.ts";
import { BodyReader } from "../../src/message/body-reader.ts";
import { flipped, refusal } from "../setup.ts";
import { Watched } from "./watched.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const down = new KmsError("UNAVAILABLE", "nobody answers");
/** Neither makes nor opens a message. */
const closed: Recipient = {
  ...recipient,
  wrap: () => Promise.reject(down),
  unwrap: async () => ({ dataKey: undefined, report: { recipient: "closed", outcome: "unreachable" }, errors: [down] }),
};
const source = (): Watched => new Watched([randomBytes(16), randomBytes(16)]);
const drained = async (chunks: AsyncIterable<unknown>): Promise<void> => {
  for await (const _chunk of chunks);
};

describe("the source is ended", () => {
  test("when its reader stops after the header", async () => {
    const watched = source();
    for await (const _header of encryptChunks(recipient, watched)) break;
    expect(watched).toMatchObject({ asked: 0, ended: true });
  });

  test("when there is no data key", async () => {
    const plaintext = source();
    expect((await refusal(drained(encryptChunks(closed, plaintext)))).code).toBe("UNAVAILABLE");
    expect(plaintext).toMatchObject({ asked: 0, ended: true });
    const message = new Watched([await encrypt(recipient, randomBytes(9))]);
    expect((await refusal(drained(decryptChunks(closed, message)))).code).toBe("UNAVAILABLE");
    expect(message.ended).toBe(true);
  });

  test.each([
    ["encryptChunks", (watched: Watched) => encryptChunks(recipient, watched)],
    ["decryptChunks", (watched: Watched) => decryptChunks(recipient, watched)],
    ["rewrap", (watched: Watched) => rewrap({ from: recipient, to: recipient }, watched)],
  ])("when %s is stopped before it began, by return or throw", async (_name, begin) => {
    const returned = source();
    await begin(returned).return();
    const thrown = source();
    await expect(begin(thrown).throw(new Error("enough"))).rejects.toThrow("enough");
    expect([returned, thrown]).toMatchObject([
      { asked: 0, ended: true },
      { asked: 0, ended: true },
    ]);
  });

  test("once, and not when it came to its end by itself", async () => {
    const watched = source();
    await drained(encryptChunks(recipient, watched));
    expect(watched).toMatchObject({ asked: 3, ended: false });
  });
});

test("what the header proved is told as unknown when the reading ends by throw before it began", async () => {
  const chunks = decryptChunks(recipient, []);
  await expect(chunks.throw(new Error("enough"))).rejects.toThrow("enough");
  await expect(chunks.opened).rejects.toThrow("enough");
});

/** What becomes of a promise within some turns. */
async function fateOf(promise: Promise<unknown>): Promise<unknown> {
  let fate: unknown = "open";
  promise.then(
    () => (fate = "closed"),
    (error: unknown) => (fate = error),
  );
  for (let index = 0; index < 20; index += 1) await turn();
  return fate;
}

describe("both ends of a web stream are ended", () => {
  const begun = async (signal?: AbortSignal) => {
    const { readable, writable } = encryptionStream(recipient, undefined, { signal });
    const reader = readable.getReader();
    const writer = writable.getWriter();
    await reader.read(); // the header
    return { reader, writer };
  };

  test("with the error, when there is no data key", async () => {
    let reason: unknown;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(randomBytes(1_000)),
      cancel: (given) => void (reason = given),
    });
    const { readable, writable } = encryptionStream(closed);
    const piping = refusal(endless.pipeTo(writable));
    expect((await refusal(readable.getReader().read())).code).toBe("UNAVAILABLE");
    expect((await piping).code).toBe("UNAVAILABLE");
    expect(reason).toBe(down);
  });

  test("with the error, when a message does not open", async () => {
    const { readable, writable, opened } = decryptionStream(recipient);
    const writer = writable.getWriter();
    writer.write(randomBytes(100)).catch(() => {});
    expect((await refusal(readable.getReader().read())).code).toBe("DECRYPTION_FAILED");
    expect((await refusal(writer.closed)).code).toBe("DECRYPTION_FAILED");
    expect((await refusal(opened)).code).toBe("DECRYPTION_FAILED");
  });

  test.each(["a chunk waits", "no chunk waits"])("by abort, though nobody reads and %s", async (what) => {
    const { reader, writer } = await begun();
    const waiting = what === "a chunk waits" ? writer.write(randomBytes(16)).catch(() => {}) : undefined;
    const gone = new Error("gone");
    const aborting = writer.abort(gone);
    expect(await fateOf(reader.closed)).toBe(gone);
    await Promise.all([aborting, waiting]);
  });

  test("by the signal, though nobody reads", async () => {
    const cancelling = new AbortController();
    const { reader, writer } = await begun(cancelling.signal);
    cancelling.abort(new Error("enough"));
    const cancelled = { code: "CANCELLED", cause: { message: "enough" } };
    expect(await fateOf(reader.closed)).toMatchObject(cancelled);
    expect(await fateOf(writer.closed)).toMatchObject(cancelled);
  });

  test("by a signal that came before them", async () => {
    const { readable, writable, opened } = decryptionStream(recipient, {}, { signal: AbortSignal.abort() });
    expect(await fateOf(readable.getReader().closed)).toMatchObject({ code: "CANCELLED" });
    expect(await fateOf(writable.getWriter().closed)).toMatchObject({ code: "CANCELLED" });
    expect((await refusal(opened)).code).toBe("CANCELLED");
  });
});

test.each([
  ["opens", 0],
  ["does not", 1],
])(
  "a node stream destroyed while its data key is asked for overwrites the key where the rest %s",
  async (_what, mask) => {
    const message = await encrypt(recipient, randomBytes(1_000), {}, { frameBytes: 100 });
    const given = flipped(message, describeMessage(message).headerBytes, mask); // the first frame's number
    const ended = vi.spyOn(BodyReader.prototype, "end");
    let answer = (): void => {};
    const gate = new Promise<void>((resolve) => (answer = resolve));
    const later: Recipient = {
      ...recipient,
      unwrap: async (...asked) => {
        await gate;
        return recipient.unwrap(...asked);
      },
    };
    const transform = decryptionTransform(later);
    transform.write(given);
    transform.destroy();
    expect(ended).not.toHaveBeenCalled();
    answer();
    await expect.poll(() => ended.mock.calls.length).toBeGreaterThan(0);
    ended.mockRestore();
  },
);

test("what ends a web stream leaves no rejection that nobody handles", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const { readable, writable } = encryptionStream(closed);
  expect((await refusal(readable.getReader().read())).code).toBe("UNAVAILABLE");
  const cancelling = new AbortController();
  const other = encryptionStream(recipient, undefined, { signal: cancelling.signal });
  cancelling.abort();
  await wait(20);
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
  expect([writable.locked, other.writable.locked]).toEqual([false, false]);
});
