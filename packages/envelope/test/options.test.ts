import { randomBytes } from "node:crypto";
import { KmsError } from "@kms/core";
import { describe, expect, test } from "vitest";
import {
  anyOf,
  cachedRecipient,
  decrypt,
  decryptChunks,
  decryptFile,
  decryptionStream,
  decryptionTransform,
  describeMessage,
  encrypt,
  encryptChunks,
  encryptFile,
  encryptionStream,
  encryptionTransform,
  fieldCipher,
  kmsRecipient,
  rawAesRecipient,
  rawRsaRecipient,
  rewrap,
} from "../src/index.ts";
import { forge, dataKey } from "./forge.ts";
import { bytes, knownDataKey } from "./setup.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const limits = { maximumAgeMs: 1_000, maximumMessages: 10, maximumBytes: 1_000 };
const message = bytes("no message");

/** Every function with options, given some. */
const functions: readonly (readonly [string, (options: never) => unknown])[] = [
  ["encrypt", (options) => encrypt(recipient, bytes("a"), {}, options)],
  ["encryptChunks", (options) => encryptChunks(recipient, [], {}, options)],
  ["encryptionStream", (options) => encryptionStream(recipient, {}, options)],
  ["encryptionTransform", (options) => encryptionTransform(recipient, {}, options)],
  ["encryptFile", (options) => encryptFile(recipient, "/nowhere/a", "/nowhere/b", options)],
  ["decrypt", (options) => decrypt(recipient, message, {}, options)],
  ["decryptChunks", (options) => decryptChunks(recipient, [], {}, options)],
  ["decryptionStream", (options) => decryptionStream(recipient, {}, options)],
  ["decryptionTransform", (options) => decryptionTransform(recipient, {}, options)],
  ["decryptFile", (options) => decryptFile(recipient, "/nowhere/a", "/nowhere/b", options)],
  ["rewrap", (options) => rewrap({ from: recipient, to: recipient }, [], options)],
  ["rewrap, for whom", (between) => rewrap(between, [])],
  ["fieldCipher", (column) => fieldCipher(recipient, column)],
  ["fieldCipher's encrypt", (options) => field.encrypt("1", bytes("a"), options)],
  ["fieldCipher's decrypt", (options) => field.decrypt("1", message, options)],
  ["cachedRecipient, for how long", (given) => cachedRecipient(recipient, given)],
  ["cachedRecipient", (options) => cachedRecipient(recipient, limits, options)],
  ["rawRsaRecipient", (key) => rawRsaRecipient("space", "key", key)],
  ["kmsRecipient", (options) => kmsRecipient(kms as never, { provider: "own", algorithm: "a" } as never, options)],
  ["describeMessage", (given) => describeMessage(message, given)],
];
const field = fieldCipher(recipient, { table: "people", column: "name" });
const kms = { capabilities: () => ({ rows: [] }) };

const codeOf = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return KmsError.isInstance(error) ? error.code : error;
  }
  return "nothing is refused";
};

describe.each(functions)("%s refuses", (_name, call) => {
  test.each<[string, unknown]>([
    ["null", null],
    ["text", "fast"],
    ["a number", 7],
    ["a function", () => ({})],
    ["a list", []],
    ["a member that it does not have", { from: recipient, to: recipient, table: "a", column: "b", colour: "green" }],
  ])("%s in place of options", async (_what, wrong) => {
    expect(await codeOf(() => call(wrong as never))).toBe("INVALID_ARGUMENT");
  });
});

describe("arguments that are left out or of the wrong kind are told as such", () => {
  const without = { ...recipient, wrap: undefined };
  test.each<[string, () => unknown]>([
    ["the column of fieldCipher", () => fieldCipher(recipient, undefined as never)],
    ["for whom to rewrap", () => rewrap(undefined as never, [])],
    ["the recipient to rewrap from", () => rewrap({ to: recipient } as never, [])],
    ["the recipient to rewrap to", () => rewrap({ from: recipient } as never, [])],
    ["one of several recipients", () => anyOf([recipient, undefined as never])],
    ["null among several recipients", () => anyOf([null as never])],
    ["a key among several recipients", () => anyOf([recipient, { keyId: "a" } as never])],
    ["the name of several recipients", () => anyOf([recipient], 7 as never)],
    ["the Kms of a key", () => kmsRecipient(undefined as never, { provider: "own" } as never)],
    ["the key of a Kms", () => kmsRecipient(kms as never, undefined as never)],
    ["a recipient that wraps by no function", () => encrypt(without as never, bytes("a"))],
    ["a recipient that generates by no function", () => encrypt({ ...recipient, generate: 7 as never }, bytes("a"))],
    ["a recipient that gives leave by no function", () => anyOf([{ ...recipient, reuse: true as never }])],
    ["a clock", () => cachedRecipient(recipient, limits, { clock: {} as never })],
    ["a clock that is null", () => cachedRecipient(recipient, limits, { clock: null as never })],
    ["who is told of progress", () => encryptFile(recipient, "/nowhere/a", "/nowhere/b", { onProgress: 7 as never })],
    ["who is told", () => decryptFile(recipient, "/nowhere/a", "/nowhere/b", { onProgress: null as never })],
  ])("%s", async (_what, call) => {
    expect(await codeOf(call)).toBe("INVALID_ARGUMENT");
  });
});

describe("what somebody put into Object.prototype is no option", () => {
  async function inherited<T>(members: object, work: () => Promise<T>): Promise<T> {
    for (const [name, value] of Object.entries(members)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    }
    try {
      return await work();
    } finally {
      for (const name of Object.keys(members)) Reflect.deleteProperty(Object.prototype, name);
    }
  }

  test.each([
    ["where none are given", undefined],
    ["where some are", {}],
  ])("of what makes a message, %s", async (_when, options) => {
    const members = {
      suite: 0x0578,
      frameBytes: 1,
      timeoutMs: -1,
      signal: AbortSignal.abort(),
      requiredOnDecrypt: ["a"],
    };
    const made = await inherited(members, () =>
      encrypt(cachedRecipient(recipient, limits), bytes("abc"), { a: "b" }, options),
    );
    expect(describeMessage(made)).toMatchObject({
      suite: 0x0478,
      frameBytes: 65_536,
      claimedAssociatedData: { a: "b" },
    });
  });

  test.each([
    ["where none are given", undefined],
    ["where some are", {}],
    ["where limits are", { limits: {} }],
  ])("of what opens one: it does not read suites without commitment, %s", async (_when, options) => {
    const old = forge({ suite: 0x0178 });
    const members = { commitmentPolicy: "require-encrypt-allow-decrypt", frames: -1, plaintextBytes: 0 };
    const opening = (): Promise<unknown> => decrypt(knownDataKey(dataKey), old, {}, options);
    expect(await codeOf(() => inherited(members, opening))).toBe("POLICY_VIOLATION");
  });
});
