import { randomBytes } from "node:crypto";
import { KmsError, type OwnedBytes } from "@kms/core";
import { describe, expect, test } from "vitest";
import {
  anyOf,
  cachedRecipient,
  decrypt,
  encrypt,
  rawAesRecipient,
  type CachedUse,
  type DataKeyCacheLimits,
  type Recipient,
  type Unwrapped,
} from "../../src/index.ts";
import { bytes, refusal, text } from "../setup.ts";

const wide: DataKeyCacheLimits = { maximumAgeMs: 60_000, maximumMessages: 1_000, maximumBytes: 1_000_000 };

/** What a `Guarded` asks before each use of a cached data key. */
class Guard {
  readonly asked: string[] = [];
  isClosed = false;
  ask(use: string): void {
    this.asked.push(use);
    if (this.isClosed) throw new KmsError("PERMISSION_DENIED", "not any more");
  }
}

/** A recipient as an application may write it: a class whose members are methods. */
class Guarded implements Recipient {
  readonly name = "guarded";
  readonly #inner: Recipient = rawAesRecipient("space", "key", randomBytes(32));
  readonly guard = new Guard();

  wrap(...given: Parameters<Recipient["wrap"]>): ReturnType<Recipient["wrap"]> {
    return this.#inner.wrap(...given);
  }

  reuse(use: CachedUse): void {
    this.guard.ask(use);
  }

  async unwrap(...given: Parameters<Recipient["unwrap"]>): Promise<Unwrapped> {
    const { dataKey, report, errors } = await this.#inner.unwrap(...given);
    return new GuardedKey(this.guard, dataKey, { report, errors });
  }
}

/** What it answers: a class too. */
class GuardedKey implements Unwrapped {
  readonly #guard: Guard;
  readonly dataKey: OwnedBytes | undefined;
  readonly report: Unwrapped["report"];
  readonly errors: Unwrapped["errors"];

  constructor(guard: Guard, dataKey: OwnedBytes | undefined, { report, errors }: Pick<Unwrapped, "report" | "errors">) {
    this.#guard = guard;
    this.dataKey = dataKey;
    this.report = report;
    this.errors = errors;
  }

  reuse(): void {
    this.#guard.ask("unwrapDataKey");
  }
}

/** The same with answers that are there at once. */
class GuardedAtOnce extends Guarded {
  readonly #key: Recipient = rawAesRecipient("space", "other", randomBytes(32));

  override wrap(...given: Parameters<Recipient["wrap"]>): ReturnType<Recipient["wrap"]> {
    return this.#key.wrap(...given);
  }

  override unwrap(...given: Parameters<Recipient["unwrap"]>): never {
    const { dataKey, report, errors } = this.#key.unwrap(...given) as Unwrapped;
    return new GuardedKey(this.guard, dataKey, { report, errors }) as never;
  }
}

describe.each([
  ["by itself", () => new Guarded(), (guarded: Recipient) => guarded],
  ["by itself, with answers at once", () => new GuardedAtOnce(), (guarded: Recipient) => guarded],
  ["among several", () => new Guarded(), (guarded: Recipient) => anyOf([guarded])],
])("a recipient written as a class, %s", (_how, make, among) => {
  test("gives leave for each use of a cached data key, and can refuse it", async () => {
    const guarded = make();
    const recipient = cachedRecipient(among(guarded), wide);
    for (let count = 0; count < 2; count += 1) await encrypt(recipient, bytes("a"));
    expect(guarded.guard.asked).toEqual(["generateDataKey"]);
    guarded.guard.isClosed = true;
    expect((await refusal(encrypt(recipient, bytes("a")))).code).toBe("PERMISSION_DENIED");
  });

  test("gives leave for each message that one opens, and where it refuses is asked anew", async () => {
    const guarded = make();
    const message = await encrypt(guarded, bytes("a"));
    const recipient = cachedRecipient(among(guarded), wide);
    for (let count = 0; count < 3; count += 1) {
      expect(text((await decrypt(recipient, message)).plaintext)).toBe("a");
    }
    expect(guarded.guard.asked).toEqual(["unwrapDataKey", "unwrapDataKey"]);
  });
});

test("what is put around a cached recipient asks for leave too, once it has a cache of its own", async () => {
  const guarded = new Guarded();
  const around: Recipient = { ...cachedRecipient(guarded, wide), name: "around" };
  for (const recipient of [cachedRecipient(around, wide), cachedRecipient(anyOf([around]), wide)]) {
    guarded.guard.asked.length = 0;
    for (let count = 0; count < 2; count += 1) await encrypt(recipient, bytes("a"));
    expect(guarded.guard.asked).toEqual(["generateDataKey"]);
  }
});

test("what is put around a cached recipient has the data key that the one beneath generates", async () => {
  const inner = rawAesRecipient("space", "key", randomBytes(32));
  const dataKey = new Uint8Array(32).fill(7);
  const generating: Recipient = {
    ...inner,
    generate: async (_length, request) => ({ dataKey, encrypted: await inner.wrap(dataKey, request) }),
  };
  const around: Recipient = { ...cachedRecipient(generating, wide), name: "around" };
  await encrypt(around, bytes("a"));
  expect(dataKey.every((byte) => byte === 0)).toBe(true); // It was the one used: it is overwritten.
});

describe("leave that is answered as false is refused", () => {
  const inner = rawAesRecipient("space", "key", randomBytes(32));
  test.each<[string, () => unknown, (recipient: Recipient) => Recipient]>([
    ["at once", () => false, (recipient) => recipient],
    ["later", async () => false, (recipient) => recipient],
    ["at once, by one of several", () => false, (recipient) => anyOf([inner, recipient])],
    ["later, by one of several", async () => false, (recipient) => anyOf([recipient])],
  ])("%s", async (_when, answer, among) => {
    let asked = 0;
    const reuse = (): never => {
      asked += 1;
      return answer() as never;
    };
    let unwrapped = 0;
    const unwrap: Recipient["unwrap"] = async (...given) => {
      unwrapped += 1;
      return { ...(await inner.unwrap(...given)), reuse };
    };
    const making = cachedRecipient(among({ ...inner, reuse }), wide);
    await encrypt(making, bytes("a"));
    expect((await refusal(encrypt(making, bytes("a")))).code).toBe("PERMISSION_DENIED");
    expect(asked).toBe(1);
    const opening = cachedRecipient(anyOf([{ ...inner, unwrap }]), wide);
    const message = await encrypt(inner, bytes("a"));
    for (let count = 0; count < 2; count += 1) await decrypt(opening, message);
    expect([asked, unwrapped]).toEqual([2, 2]); // What was not allowed was asked for anew.
  });
});
