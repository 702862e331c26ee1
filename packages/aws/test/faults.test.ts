import { describe, expect, test } from "vitest";
import type { AwsFault } from "@kms/emulators/aws";
import type { Operation } from "@kms/core/driver";
import { bytes, call, context, rejection, stand, target, type Stand } from "./setup.ts";

const algorithm = "AES-256-GCM";
const keyOf = async ({ driver }: Stand) => target(await driver.createKey({ algorithm }, call()), algorithm);

const faults: readonly (readonly [AwsFault, string, string])[] = [
  ["throttle", "THROTTLED", "none"],
  ["internal-error", "UNAVAILABLE", "unknown"],
  ["unavailable", "UNAVAILABLE", "unknown"],
  ["bad-gateway", "UNAVAILABLE", "unknown"],
  ["reset", "UNAVAILABLE", "unknown"],
  ["answer-lost", "UNAVAILABLE", "unknown"],
  [{ error: "LimitExceededException" }, "QUOTA_EXCEEDED", "none"],
  [{ error: "UnrecognizedClientException" }, "UNAUTHENTICATED", "none"],
];

type Attempt = readonly [Operation, string, (here: Stand, key: Awaited<ReturnType<typeof keyOf>>) => Promise<unknown>];
const attempts: readonly Attempt[] = [
  ["encrypt", "Encrypt", async ({ driver }, key) => driver.encrypt(key, bytes("x"), context(), call())],
  ["generateDataKey", "GenerateDataKey", async ({ driver }, key) => driver.generateDataKey(key, 32, context(), call())],
  ["describeKey", "DescribeKey", ({ driver }, key) => driver.describeKey(key.id, call())],
  ["disableKey", "DisableKey", ({ driver }, key) => driver.setEnabled(key, undefined, false, call())],
  ["generateKey", "CreateKey", ({ driver }) => driver.createKey({ algorithm }, call())],
];

describe.each(attempts)("a fault at %s", (operation, vendorName, attempt) => {
  test.each(faults)("%j is %s, outcome %s, and is not tried again here", async (fault, code, outcome) => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.requests.clear();
    here.emulator.faults.always(fault, vendorName);
    const cause = await rejection(attempt(here, key));
    expect(here.driver.classify(cause, operation)).toMatchObject({ code, outcome });
    expect(here.emulator.requests.count(vendorName)).toBe(1);
  });
});

describe("a fault after the work", () => {
  test("a lost answer to CreateKey leaves exactly one key, which bears the call's token", async () => {
    const here = await stand();
    here.emulator.faults.next("answer-lost", "CreateKey");
    const cause = await rejection(
      here.driver.createKey({ algorithm }, call({ idempotencyToken: "token-of-the-lost" })),
    );
    expect(here.driver.classify(cause, "generateKey")).toMatchObject({ outcome: "unknown" });
    const listed: string[] = [];
    for await (const { id } of here.driver.listKeys(call())) listed.push(id);
    expect(listed).toHaveLength(1);
  });

  test("an answer cut in half is UNAVAILABLE and may have happened", async () => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.faults.next("corrupted-body", "Encrypt");
    const cause = await rejection(here.driver.encrypt(key, bytes("x"), context(), call()));
    expect(here.driver.classify(cause, "encrypt")).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
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
