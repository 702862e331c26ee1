import { randomBytes } from "node:crypto";
import type * as fs from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  anyOf,
  cachedRecipient,
  decrypt,
  decryptChunks,
  encrypt,
  encryptChunks,
  encryptFile,
  rawAesRecipient,
  type Recipient,
} from "../src/index.ts";
import { bytes, refusal, text } from "./setup.ts";

const OtherPromise = runInNewContext("Promise") as PromiseConstructor;
const promised = <T>(value: T | Promise<T>): Promise<T> => OtherPromise.resolve(value as T);

const inner = rawAesRecipient("space", "key", randomBytes(32));
/** Answers everything by a promise that is no `Promise` of this realm, as code under a test runner may. */
const foreign: Recipient = {
  name: "foreign",
  wrap: (...given) => promised(inner.wrap(...given)),
  unwrap: (...given) => promised(inner.unwrap(...given)),
};
const limits = { maximumAgeMs: 60_000, maximumMessages: 10, maximumBytes: 1_000 };

/** Answers by what can be waited for and is no native promise at all, as those of some libraries. */
const thenable: Recipient = {
  name: "thenable",
  wrap: (...given) => waitable(inner.wrap(...given)),
  unwrap: (...given) => waitable(inner.unwrap(...given)),
};
const waitable = <T>(value: T | Promise<T>): Promise<T> =>
  new Proxy(Promise.resolve(value), {
    get: (promise, name) => (name === "then" ? promise.then.bind(promise) : undefined),
  });

describe("promises of another realm, or another library", () => {
  test.each<[string, () => Recipient]>([
    ["a recipient", () => foreign],
    ["a recipient, by a library's promises,", () => thenable],
    ["the one beneath a cache, by a library's,", () => cachedRecipient(thenable, limits)],
    ["one of several", () => anyOf([inner, foreign])],
    ["the one beneath a cache", () => cachedRecipient(foreign, limits)],
  ])("are waited for where %s answers them", async (_who, make) => {
    const recipient = make();
    const messages = [await encrypt(recipient, bytes("a")), await encrypt(recipient, bytes("a"), { tenant: "42" })];
    for (const message of messages) {
      for (let count = 0; count < 2; count += 1) expect(text((await decrypt(recipient, message)).plaintext)).toBe("a");
      let chunks = "";
      for await (const part of decryptChunks(recipient, [message])) chunks += text(part);
      expect(chunks).toBe("a");
    }
    const made: Uint8Array[] = [];
    for await (const part of encryptChunks(recipient, [bytes("a")])) made.push(part);
    expect(text((await decrypt(inner, Buffer.concat(made))).plaintext)).toBe("a");
  });

  test("share one call through a cache, each with memory of its own", async () => {
    const recipient = cachedRecipient(foreign, limits);
    const messages = await Promise.all([1, 2, 3].map(async () => encrypt(recipient, bytes("a"))));
    expect(recipient.counts()).toMatchObject({ hits: 2, misses: 1 });
    await Promise.all(messages.map(async (message) => decrypt(recipient, message)));
    expect(recipient.counts()).toMatchObject({ hits: 4, misses: 2 });
  });
});

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>();
  return { ...real, open: async (...given: Parameters<typeof fs.open>) => failing.open?.() ?? real.open(...given) };
});
const failing: { open?: (() => Promise<never>) | undefined } = {};

describe("errors of another realm", () => {
  afterEach(() => {
    failing.open = undefined;
  });

  test("of the file system keep their meaning", async () => {
    const folder = await mkdtemp(join(tmpdir(), "envelope-"));
    const thrown: unknown = runInNewContext("Object.assign(new Error('absent'), { code: 'ENOENT' })");
    expect(thrown).not.toBeInstanceOf(Error);
    failing.open = async () => Promise.reject(thrown);
    const refused = await refusal(encryptFile(inner, join(folder, "a"), join(folder, "b")));
    await rm(folder, { recursive: true });
    expect(refused.code).toBe("NOT_FOUND");
  });
});
