import type { KmsError, KmsErrorCode } from "@kms/core";
import type { GcpFault } from "@kms/emulators/gcp";
import { conformanceClock } from "@kms/conformance";
import { describe, expect, test } from "vitest";
import { guarded, kmsOver } from "./guarded.ts";
import { changes, readings, uses, type Work } from "./operations.ts";
import { bytes, call, context, freshName, keyOf, refusal, rejection, stand, target, told } from "./setup.ts";

/** A fault, its code, what a change knows of itself after it, and whether asking again is safe. */
const faults: readonly (readonly [GcpFault, KmsErrorCode, "none" | "unknown", boolean])[] = [
  ["throttle", "THROTTLED", "none", true],
  ["unavailable", "UNAVAILABLE", "unknown", true],
  ["internal-error", "UNAVAILABLE", "unknown", true],
  ["reset", "UNAVAILABLE", "unknown", true],
  ["answer-lost", "UNAVAILABLE", "unknown", true],
  ["expired-token", "UNAUTHENTICATED", "none", false],
  // Whatever the SDK's retries or a server put a 4 on: the call's own time was not over.
  [{ error: "DEADLINE_EXCEEDED" }, "UNAVAILABLE", "unknown", true],
  [{ error: "ABORTED" }, "CONFLICT", "none", false],
  [{ error: "PERMISSION_DENIED" }, "PERMISSION_DENIED", "none", false],
  [{ error: "UNKNOWN" }, "UNKNOWN", "unknown", false],
];

/** What goes over the wire. */
const requested = (works: readonly Work[]) =>
  works.flatMap(({ request, ...work }) => (request === undefined ? [] : [{ ...work, request }]));
const harmless = requested([...uses, ...readings]);
const changing = requested(changes);
type Requested = (typeof harmless)[number];

/** What becomes of an operation under a fault, on a clock that does not wait; and how often Google was asked. */
async function broken(
  { prepare, request }: Pick<Requested, "prepare" | "request">,
  fault: GcpFault,
  counted = request,
) {
  const clock = conformanceClock();
  const here = await guarded({ now: clock.now }, clock);
  const run = await prepare(here);
  here.emulator.requests.clear();
  here.emulator.faults.always(fault, request);
  const error = (await rejection(run(here.kms))) as KmsError;
  return { error, count: here.emulator.requests.count(counted) };
}

describe.each(harmless)("a fault at $what ($request)", (work) => {
  test.each(faults)("%j is %s, and asked for again only where that helps", async (...row) => {
    const [fault, code, , mayRepeat] = row;
    const { error, count } = await broken(work, fault);
    expect(error).toMatchObject({ code, outcome: "none", provider: "gcp" });
    expect(count).toBe(mayRepeat ? 3 : 1);
  });
});

describe.each(changing)("a fault at $what ($request)", (work) => {
  test.each(faults)("%j is %s, outcome %s, and is not asked for again", async (fault, code, outcome) => {
    const { error, count } = await broken(work, fault);
    expect(error).toMatchObject({ code, outcome, provider: "gcp", operation: work.operation });
    expect(count).toBe(1);
  });
});

/** What is read of a key before it is changed; of one that rotates by itself that is stopped in between. */
const before = changing
  .filter(({ operation }) => operation !== "generateKey")
  .flatMap((work) =>
    (work.request === "UpdateCryptoKey" ? ["GetCryptoKey"] : ["GetCryptoKey", "ListCryptoKeyVersions"]).map((read) => ({
      ...work,
      read,
    })),
  );

test.each(before)(
  "a fault at $read before $what changes a key has nothing happen",
  async ({ prepare, request, read }) => {
    for (const [fault, code, , mayRepeat] of faults) {
      const { error, count } = await broken({ prepare, request: read }, fault, request);
      expect(error, code).toMatchObject({ code, outcome: "none", retryable: mayRepeat });
      expect(count).toBe(0);
    }
  },
);

test.each([...harmless, ...changing])("$what ($request) ends at its deadline though no answer comes", async (work) => {
  const here = await guarded();
  const run = await work.prepare(here);
  here.emulator.requests.clear();
  here.emulator.faults.always({ slowMs: 30_000 }, work.request);
  const error = (await rejection(run(kmsOver(here, { timeoutMs: 400 })))) as KmsError;
  const outcome = changes.some(({ what }) => what === work.what) ? "unknown" : "none";
  expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome });
  expect(here.emulator.requests.count(work.request)).toBe(1);
});

describe("a fault after the work", () => {
  test("a lost answer to CreateCryptoKey leaves exactly one key, whose name and token the failure says", async () => {
    const here = await stand();
    const name = freshName();
    here.emulator.faults.next("answer-lost", "CreateCryptoKey");
    const cause = await rejection(
      here.driver.createKey({ algorithm: "AES-256-GCM", name }, call({ idempotencyToken: "token-of-the-lost" })),
    );
    expect(cause).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown", retryable: false });
    expect(String(cause)).toContain(`${here.keyRing}/cryptoKeys/${name}`);
    expect(String(cause)).toContain("kms-nonce=token-of-the-lost");
    const [found] = await here.client.getCryptoKey({ name: `${here.keyRing}/cryptoKeys/${name}` });
    expect(found.labels).toEqual({ "kms-nonce": "token-of-the-lost" });
  });

  test("a call that ends in CreateCryptoKey says by which name and label to find the key that may be made", async () => {
    const here = await guarded();
    here.emulator.faults.always({ slowMs: 30_000 }, "CreateCryptoKey");
    const name = freshName();
    const making = kmsOver(here, { timeoutMs: 400 }).generateKey("gcp", { algorithm: "AES-256-GCM", name });
    const error = await rejection(making);
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
    expect(String(error)).toContain(`/cryptoKeys/${name}`);
  });

  test("a creation that is asked for twice by one call is one key; by another call, it exists already", async () => {
    const here = await stand();
    const conf = { algorithm: "HMAC-SHA256", name: freshName() } as const;
    const one = call();
    const made = await here.driver.createKey(conf, one);
    expect((await here.driver.createKey(conf, one)).id).toBe(made.id);
    const cause = await rejection(here.driver.createKey(conf, call()));
    expect(told(here, cause, "generateKey")).toMatchObject({ code: "ALREADY_EXISTS", outcome: "none" });
    here.emulator.permissions.deny("cloudkms.cryptoKeys.get");
    const unread = await rejection(here.driver.createKey(conf, one));
    expect(told(here, unread, "generateKey")).toMatchObject({ code: "ALREADY_EXISTS" });
  });

  test("a failure to read a key that was rotated says that it was begun", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("gcp", { algorithm: "AES-256-GCM" });
    here.emulator.faults.always("throttle", "UpdateCryptoKeyPrimaryVersion");
    expect(await refusal(here.kms.rotateKey(key))).toMatchObject({
      code: "THROTTLED",
      outcome: "done",
      operation: "rotateKey",
      keyId: key.keyId,
      retryable: false,
    });
    here.emulator.faults.clear();
    expect((await here.kms.describeKey(key)).versions).toHaveLength(2);
  });

  test("a destruction that fails after rotation was stopped says what was done", async () => {
    const here = await stand();
    const record = await here.driver.createKey(
      { algorithm: "AES-256-GCM", name: freshName(), rotateEveryDays: 30 },
      call(),
    );
    here.emulator.faults.next("unavailable", "DestroyCryptoKeyVersion");
    const key = target(record, "AES-256-GCM");
    const cause = await rejection(here.driver.scheduleDestruction(key, undefined, undefined, call()));
    expect(cause).toMatchObject({ code: "UNAVAILABLE", outcome: "done", keyId: record.id });
    expect((await here.driver.describeKey(record.id, call())).rotateEveryDays).toBeUndefined();
  });

  test("half a change says which version is unfinished, and repeating it goes on with that", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("gcp", { algorithm: "HMAC-SHA256" });
    const rotated = await here.kms.rotateKey(key);
    here.emulator.faults.next("throttle", "UpdateCryptoKeyVersion");
    const half = await here.kms.disableKey(rotated);
    expect(half).toMatchObject({ state: "active", unfinished: [{ keyVersion: "1", code: "THROTTLED" }] });
    expect(await here.kms.disableKey(rotated)).toMatchObject({ state: "suspended", unfinished: [] });
  });
});

describe("a call that ends early", () => {
  test("is CANCELLED when its signal is aborted, and the request is taken back", async () => {
    const here = await stand();
    const key = await keyOf(here, "AES-256-GCM");
    here.emulator.faults.next({ slowMs: 30_000 }, "Encrypt");
    here.emulator.requests.clear();
    const abort = new AbortController();
    const pending = rejection(here.driver.encrypt(key, bytes("x"), context(), call({ signal: abort.signal })));
    while (here.emulator.requests.count("Encrypt") === 0) await new Promise(setImmediate);
    abort.abort();
    expect(told(here, await pending, "encrypt")).toMatchObject({ code: "CANCELLED", outcome: "unknown" });
    while (here.emulator.requests.cancelled("Encrypt") === 0) await new Promise(setImmediate);
  });

  test("is CANCELLED and not sent when its signal is aborted while the SDK makes ready", async () => {
    const here = await stand();
    const key = await keyOf(here, "AES-256-GCM");
    here.emulator.requests.clear();
    const abort = new AbortController();
    const pending = rejection(here.driver.encrypt(key, bytes("x"), context(), call({ signal: abort.signal })));
    abort.abort();
    expect(told(here, await pending, "encrypt").code).toBe("CANCELLED");
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("is not begun when its signal was aborted before", async () => {
    const here = await stand();
    const key = await keyOf(here, "AES-256-GCM");
    here.emulator.requests.clear();
    const cause = await refusal(here.driver.encrypt(key, bytes("x"), context(), call({ signal: AbortSignal.abort() })));
    expect(cause).toMatchObject({ code: "CANCELLED", outcome: "none" });
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("asks for no further page of a list", async () => {
    const here = await stand();
    const template = { purpose: "MAC", versionTemplate: { algorithm: "HMAC_SHA256" } } as const;
    for (let count = 0; count < 1001; count += 1) {
      const request = { parent: here.keyRing, cryptoKeyId: `k${count}`, cryptoKey: template };
      await here.client.createCryptoKey({ ...request, skipInitialVersionCreation: true }, { retry: null });
    }
    const abort = new AbortController();
    const listing = here.driver.listKeys(call({ signal: abort.signal }))[Symbol.asyncIterator]();
    await listing.next();
    abort.abort();
    const cause = await rejection(
      (async () => {
        while (!(await listing.next()).done);
      })(),
    );
    expect(told(here, cause, "listKeys").code).toBe("CANCELLED");
    expect(here.emulator.requests.count("ListCryptoKeys")).toBe(1);
  });
});
