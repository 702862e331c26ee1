import { conformanceClock } from "@kms/conformance";
import type { KmsError, KmsErrorCode } from "@kms/core";
import type { AzureFault } from "@kms/emulators/azure";
import { describe, expect, test } from "vitest";
import { guarded, kmsOver } from "./guarded.ts";
import { changes, readings, uses, type Work } from "./operations.ts";
import { call, freshName, keyOf, nameIn, rejection, stand, told } from "./setup.ts";

/** A fault, its code, what a change knows of itself after it, and whether asking again is safe. */
const faults: readonly (readonly [AzureFault, KmsErrorCode, "none" | "unknown", boolean])[] = [
  ["throttle", "THROTTLED", "none", true],
  ["throttle-without-retry-after", "THROTTLED", "none", true],
  ["unavailable", "UNAVAILABLE", "unknown", true],
  ["internal-error", "UNAVAILABLE", "unknown", true],
  ["bad-gateway", "UNAVAILABLE", "unknown", true],
  ["reset", "UNAVAILABLE", "unknown", true],
  ["answer-lost", "UNAVAILABLE", "unknown", true],
  ["expired-token", "UNAUTHENTICATED", "none", false],
  [{ status: 409, code: "Conflict" }, "CONFLICT", "none", false],
  [{ status: 403, code: "Forbidden" }, "PERMISSION_DENIED", "none", false],
  [{ status: 418, code: "Teapot" }, "UNKNOWN", "unknown", false],
];

/** So many requests, of which the SDK may send each once more when it is challenged: that is how it gets a new token. */
const expectCount = (count: number, times: number, fault: AzureFault): void =>
  expect(fault === "expired-token" ? [times, 2 * times] : [times]).toContain(count);

/** What goes over the wire. */
const requested = (works: readonly Work[]) =>
  works.flatMap(({ request, ...work }) => (request === undefined ? [] : [{ ...work, request }]));
const harmless = requested([...uses, ...readings]);
const changing = requested(changes);
type Requested = (typeof harmless)[number];

/** What becomes of an operation under a fault, on a clock that does not wait; and how often Azure was asked. */
async function broken({ prepare, request, tier }: Requested, fault: AzureFault, at = request) {
  const clock = conformanceClock();
  const here = await guarded({ flavour: tier, now: clock.now }, clock);
  const run = await prepare(here);
  here.emulator.requests.clear();
  here.emulator.faults.always(fault, at);
  const error = (await rejection(run(here.kms))) as KmsError;
  return { error, count: here.emulator.requests.count(request) };
}

describe.each(harmless)("a fault at $what ($request)", (work) => {
  test.each(faults)("%j is %s, and asked for again only where that helps", async (...row) => {
    const [fault, code, , mayRepeat] = row;
    const { error, count } = await broken(work, fault);
    expect(error).toMatchObject({ code, outcome: "none", provider: "azure" });
    expectCount(count, mayRepeat ? 3 : 1, fault);
  });
});

describe.each(changing)("a fault at $what ($request)", (work) => {
  test.each(faults)("%j is %s, outcome %s, and is not asked for again", async (fault, code, outcome) => {
    const { error, count } = await broken(work, fault);
    const operation = work.operation === "purgeAzureKey" ? "scheduleDestruction" : work.operation;
    expect(error).toMatchObject({ code, outcome, provider: "azure", operation });
    expectCount(count, 1, fault);
  });
});

/** What is read of a key before it is changed. */
const before = changing.flatMap((work) => {
  if (work.operation === "generateKey") return [{ ...work, read: "GetKey" }];
  const deleted = work.operation === "cancelDestruction" || work.operation === "purgeAzureKey";
  return (deleted ? ["GetDeletedKey"] : ["GetKey", "GetKeyVersions"]).map((read) => ({ ...work, read }));
});

test.each(before)("a fault at $read before $what changes a key has nothing happen", async ({ read, ...work }) => {
  for (const [fault, code, , mayRepeat] of faults) {
    const { error, count } = await broken(work, fault, read);
    expect(error, code).toMatchObject({ code, outcome: "none", retryable: mayRepeat });
    expect(count).toBe(0);
  }
});

test("every operation ends at its deadline though no answer comes, after one request", async () => {
  const ready: (() => Promise<() => void>)[] = [];
  for (const work of [...harmless, ...changing]) {
    const here = await guarded({ flavour: work.tier });
    const run = await work.prepare(here);
    here.emulator.requests.clear();
    here.emulator.faults.always({ slowMs: 30_000 }, work.request);
    const kms = kmsOver(here, { timeoutMs: 4_000 });
    ready.push(async () => {
      const error = (await rejection(run(kms))) as KmsError;
      const outcome = changes.some(({ what }) => what === work.what) ? "unknown" : "none";
      return () => {
        expect(error, work.what).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome });
        expect(here.emulator.requests.count(work.request), work.what).toBe(1);
      };
    });
  }
  // All at once, so that their time runs out together.
  for (const check of await Promise.all(ready.map(async (begin) => begin()))) check();
});

describe("a fault after the work", () => {
  test("a call that ends while a new key's rotation is set names the key", async () => {
    const here = await guarded();
    here.emulator.faults.always({ slowMs: 30_000 }, "UpdateKeyRotationPolicy");
    const conf = { algorithm: "RSA-OAEP-2048-SHA256", name: freshName(), rotateEveryDays: 90 } as const;
    const error = await rejection(kmsOver(here, { timeoutMs: 1_000 }).generateKey("azure", conf));
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "done" });
    expect((error as KmsError).keyId).toContain(`/keys/${conf.name}`);
  });

  test("a lost answer to a creation leaves exactly one key, whose name and token the failure says", async () => {
    const here = await stand();
    const name = freshName();
    here.emulator.faults.next("answer-lost", "CreateKey");
    const token = "token-of-the-lost";
    const cause = await rejection(
      here.driver.createKey({ algorithm: "ECDSA-P256-SHA256", name }, call({ idempotencyToken: token })),
    );
    expect(cause).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown", retryable: false });
    expect(String(cause)).toContain(`/keys/${name}`);
    expect(String(cause)).toContain(`kms-nonce=${token}`);
    const found = await here.keys.getKey(name);
    expect(found.properties.tags).toEqual({ "kms-nonce": token });
  });

  test("an answer that was cut short is UNAVAILABLE, may have happened, and is not quoted", async () => {
    const here = await stand();
    const key = await keyOf(here, "ECDSA-P256-SHA256");
    here.emulator.faults.next("corrupted-body", "UpdateKey");
    const cause = await rejection(here.driver.setEnabled(key, undefined, false, call()));
    expect(told(here, cause, "disableKey")).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
    expect((await here.keys.getKey(nameIn(key.id))).properties.enabled).toBe(false);
  });

  test("a failure to read a key that was rotated, or made, says that it was", async () => {
    const here = await stand();
    const key = await keyOf(here, "ECDSA-P256-SHA256");
    for (const [request, operation, attempt] of [
      ["RotateKey", "rotateKey", () => here.driver.rotate(key, call())],
      [
        "CreateKey",
        "generateKey",
        () => here.driver.createKey({ algorithm: "ECDSA-P256-SHA256", name: freshName() }, call()),
      ],
    ] as const) {
      here.emulator.others.before(request, () => here.emulator.faults.next("unavailable", "GetKeyVersions"));
      expect(await rejection(attempt())).toMatchObject({ code: "UNAVAILABLE", outcome: "done", operation });
    }
    expect((await here.driver.describeKey(key.id, call())).versions).toHaveLength(2);
  });
});
