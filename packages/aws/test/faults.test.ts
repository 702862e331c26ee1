import type { KmsError, KmsErrorCode } from "@kms/core";
import { ListKeysCommand, ListResourceTagsCommand } from "@aws-sdk/client-kms";
import type { AwsFault } from "@kms/emulators/aws";
import { conformanceClock } from "@kms/conformance";
import { describe, expect, test } from "vitest";
import { guarded, kmsOver } from "./guarded.ts";
import { changes, readings, uses, type Work } from "./operations.ts";
import { bytes, call, context, rejection, stand, target, told, type Stand } from "./setup.ts";

const algorithm = "AES-256-GCM";
const keyOf = async ({ driver }: Stand) => target(await driver.createKey({ algorithm }, call()), algorithm);

/** A fault, its code, what a change knows of itself after it, and whether asking again is safe. */
const faults: readonly (readonly [AwsFault, KmsErrorCode, "none" | "unknown", boolean])[] = [
  ["throttle", "THROTTLED", "none", true],
  ["internal-error", "UNAVAILABLE", "unknown", true],
  ["unavailable", "UNAVAILABLE", "unknown", true],
  ["bad-gateway", "UNAVAILABLE", "unknown", true],
  ["reset", "UNAVAILABLE", "unknown", true],
  ["answer-lost", "UNAVAILABLE", "unknown", true],
  ["corrupted-body", "UNAVAILABLE", "unknown", true],
  ["expired-token", "UNAUTHENTICATED", "none", false],
  ["clock-skew", "UNAUTHENTICATED", "none", false],
  [{ error: "UnrecognizedClientException" }, "UNAUTHENTICATED", "none", false],
  [{ error: "LimitExceededException" }, "QUOTA_EXCEEDED", "none", false],
  [{ error: "AccessDeniedException" }, "PERMISSION_DENIED", "none", false],
  [{ error: "KeyUnavailableException" }, "UNAVAILABLE", "none", true],
  [{ error: "DependencyTimeoutException" }, "UNAVAILABLE", "unknown", true],
];

/** What goes over the wire. */
const requested = (works: readonly Work[]) =>
  works.flatMap(({ request, ...work }) => (request === undefined ? [] : [{ ...work, request }]));
const harmless = requested([...uses, ...readings]);
const changing = requested(changes);
type Requested = (typeof harmless)[number];

/** What becomes of an operation under a fault, on a clock that does not wait; and how often AWS was asked. */
async function broken({ prepare, request }: Requested, fault: AwsFault) {
  const clock = conformanceClock();
  const here = await guarded({ now: clock.now }, clock);
  const run = await prepare(here);
  here.emulator.requests.clear();
  here.emulator.faults.always(fault, request);
  const error = (await rejection(run(here.kms))) as KmsError;
  return { error, count: here.emulator.requests.count(request) };
}

describe.each(harmless)("a fault at $what", (work) => {
  test.each(faults)("%j is %s, and asked for again only where that helps", async (...row) => {
    const [fault, code, , mayRepeat] = row;
    const { error, count } = await broken(work, fault);
    expect(error).toMatchObject({ code, outcome: "none", provider: "aws" });
    expect(count).toBe(mayRepeat ? 3 : 1);
  });
});

describe.each(changing)("a fault at $what", (work) => {
  test.each(faults)("%j is %s, outcome %s, and is not asked for again", async (fault, code, outcome) => {
    const { error, count } = await broken(work, fault);
    expect(error).toMatchObject({ code, outcome, provider: "aws", operation: work.operation });
    expect(count).toBe(1);
  });
});

test.each([...harmless, ...changing])("$what ends at its deadline though no answer comes", async (work) => {
  const here = await guarded();
  const run = await work.prepare(here);
  here.emulator.requests.clear();
  here.emulator.faults.always({ slowMs: 30_000 }, work.request);
  const began = performance.now();
  const error = (await rejection(run(kmsOver(here, { timeoutMs: 400 })))) as KmsError;
  expect(performance.now() - began).toBeLessThan(5_000);
  const outcome = changes.some(({ what }) => what === work.what) ? "unknown" : "none";
  expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome });
  expect(here.emulator.requests.count(work.request)).toBe(1);
});

describe("a fault after the work", () => {
  test("a lost answer to CreateKey leaves exactly one key, which bears the call's token", async () => {
    const here = await stand();
    here.emulator.faults.next("answer-lost", "CreateKey");
    const cause = await rejection(
      here.driver.createKey({ algorithm }, call({ idempotencyToken: "token-of-the-lost" })),
    );
    expect(cause).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown", retryable: false });
    const listed: string[] = [];
    for await (const { id } of here.driver.listKeys(call())) listed.push(id);
    expect(listed).toHaveLength(1);
    const { Tags } = await here.client.send(new ListResourceTagsCommand({ KeyId: listed[0] }));
    const [tag] = Tags ?? [];
    expect(tag).toEqual({ TagKey: "kms-nonce", TagValue: "token-of-the-lost" });
    expect(String(cause)).toContain(`${tag?.TagKey}=${tag?.TagValue}`);
  });

  test("what stands in the way of an answer to CreateKey is told beside the tag", async () => {
    const here = await stand();
    here.emulator.faults.next("bad-gateway", "CreateKey");
    const cause = await rejection(here.driver.createKey({ algorithm }, call({ idempotencyToken: "t" })));
    expect(cause).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
    expect(String(cause)).toMatch(/kms-nonce=t\b.*HTTP status 502/);
  });

  test("an answer cut in half is UNAVAILABLE and may have happened", async () => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.faults.next("corrupted-body", "Encrypt");
    const cause = await rejection(here.driver.encrypt(key, bytes("x"), context(), call()));
    expect(told(here, cause, "encrypt")).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
  });

  test.each(["CreateAlias", "EnableKeyRotation"])(
    "a call that ends in %s names the key that is made",
    async (request) => {
      const here = await guarded();
      here.emulator.faults.always({ slowMs: 30_000 }, request);
      const conf = { algorithm, name: "orders", rotateEveryDays: 365 } as const;
      const error = await rejection(kmsOver(here, { timeoutMs: 400 }).generateKey("aws", conf));
      const [{ KeyArn } = {}] = (await here.client.send(new ListKeysCommand())).Keys ?? [];
      expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "done", keyId: KeyArn });
    },
  );

  test("a call that ends in CreateKey says by which tag to find the key that may be made", async () => {
    const here = await guarded();
    here.emulator.faults.always({ slowMs: 30_000 }, "CreateKey");
    const error = await rejection(kmsOver(here, { timeoutMs: 400 }).generateKey("aws", { algorithm }));
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
    expect(String(error)).toMatch(/kms-nonce=\S{22}/);
  });

  test("a failure to read a key that was rotated says that it was rotated", async () => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.faults.next("throttle", "ListKeyRotations");
    const cause = await rejection(here.driver.rotate(key, call()));
    expect(cause).toMatchObject({
      code: "THROTTLED",
      outcome: "done",
      operation: "rotateKey",
      keyId: key.id,
      retryable: false,
    });
  });
});

test("what a ready client's own timeout ended is asked for again where that does no harm, within the call's time", async () => {
  const here = await stand({}, { requestHandler: { requestTimeout: 500, throwOnRequestTimeout: true } });
  const kms = kmsOver(here);
  const key = await kms.generateKey("aws", { algorithm });
  here.emulator.faults.next({ slowMs: 30_000 }, "Encrypt");
  expect(await kms.encrypt(key, bytes("x"))).toBeInstanceOf(Uint8Array);
  here.emulator.faults.next({ slowMs: 30_000 }, "DisableKey");
  expect(await rejection(kms.disableKey(key))).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
  expect(here.emulator.requests.count("DisableKey")).toBe(1);
});

describe("a call that ends early", () => {
  test("is CANCELLED when its signal is aborted, whatever the endpoint does", async () => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.faults.next({ slowMs: 30_000 }, "Encrypt");
    const abort = new AbortController();
    const pending = rejection(here.driver.encrypt(key, bytes("x"), context(), call({ signal: abort.signal })));
    abort.abort();
    expect(here.driver.classify(await pending, "encrypt")).toMatchObject({ code: "CANCELLED", outcome: "unknown" });
  });

  test("is not begun when its signal was aborted before", async () => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.requests.clear();
    const cause = await rejection(
      here.driver.encrypt(key, bytes("x"), context(), call({ signal: AbortSignal.abort() })),
    );
    expect(here.driver.classify(cause, "encrypt").code).toBe("CANCELLED");
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("asks for no further page of a list", async () => {
    const here = await stand();
    for (let count = 0; count < 101; count += 1) await here.driver.createKey({ algorithm: "HMAC-SHA256" }, call());
    const abort = new AbortController();
    const listing = here.driver.listKeys(call({ signal: abort.signal }))[Symbol.asyncIterator]();
    await listing.next();
    abort.abort();
    const cause = await rejection(
      (async () => {
        while (!(await listing.next()).done);
      })(),
    );
    expect(here.driver.classify(cause, "listKeys").code).toBe("CANCELLED");
    expect(here.emulator.requests.count("ListKeys")).toBe(1);
  });
});
