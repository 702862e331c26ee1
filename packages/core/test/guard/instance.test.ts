import { channel, tracingChannel } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import { createKms, KmsError, memoryAuditSink } from "../../src/index.ts";
import { exportKey, insecureKeyAccess } from "../../src/insecure.ts";
import { fakeDriver, TestClock } from "./fake-driver.ts";
import { code, data, failure, given, sealer, settle, vendor } from "./given.ts";
import { keyedDriver, signingDriver, curvePair, type KeyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

describe("supports", () => {
  const { kms } = given(keyedDriver());
  it("says how, or why not and what instead", () => {
    expect(kms.supports({ provider: "it", operation: "encrypt", ...aes })).toEqual({
      ok: true,
      implementation: "native",
    });
    expect(kms.supports({ provider: "it", operation: "encrypt" }).ok).toBe(true);
    expect(kms.supports({ provider: "it", operation: "encrypt", protection: "hsm" }).ok).toBe(false);
    expect(kms.supports({ provider: "it", operation: "revokeKey" })).toMatchObject({
      ok: false,
      instead: expect.stringContaining("disableKey") as string,
    });
    expect(kms.supports({ provider: "it", operation: "sign", algorithm: "Ed25519" }).ok).toBe(false);
  });

  it("refuses what does not exist", () => {
    const query = { provider: "it", operation: "encrypt" } as const;
    const wrong = [
      { algorithm: "AES" },
      { provider: "other" },
      { operation: "toString" },
      { operation: "constructor" },
      { operation: "x" },
    ];
    for (const change of wrong) {
      expect(() => kms.supports({ ...query, ...change } as typeof query), JSON.stringify(change)).toThrow(KmsError);
    }
  });

  it("is in step with capabilities, which are the driver's own", () => {
    const driver = keyedDriver();
    const { kms: its } = given(driver);
    expect(its.capabilities("it")).toBe(driver.capabilities);
    expect(() => its.capabilities("other" as "it")).toThrow(KmsError);
  });
});

describe("health", () => {
  it("says that time ends with the process, unless the driver keeps it", async () => {
    const noted = async (keepsTime: boolean | undefined): Promise<boolean> => {
      const { kms } = given(keyedDriver({ driver: { health: async () => ({ notes: [], keepsTime }) } }));
      return (await kms.health()).it.notes.join().includes("per process");
    };
    expect([await noted(undefined), await noted(false), await noted(true)]).toEqual([true, true, false]);
  });

  it("asks every driver, and reports one that fails or hangs instead of throwing", async () => {
    const clock = new TestClock();
    const hanging = keyedDriver({ driver: { health: async () => new Promise<never>(() => undefined) } });
    const kms = createKms({
      providers: {
        good: keyedDriver({ driver: { health: async () => ({ notes: ["fine"], rollbackProtection: "none" }) } }),
        plain: keyedDriver(),
        denied: keyedDriver({ driver: { health: async () => Promise.reject(vendor("PERMISSION_DENIED")) } }),
        hanging,
      },
      clock,
    });
    const asked = kms.health({ timeoutMs: 500 });
    await settle();
    clock.advance(500);
    const health = await asked;
    expect(health).toMatchObject({
      good: { ok: true, rollbackProtection: "none" },
      plain: { ok: true },
      denied: { ok: false, error: "PERMISSION_DENIED" },
      hanging: { ok: false, error: "DEADLINE_EXCEEDED", latencyMs: 500 },
    });
    expect(health.good.notes.join()).toMatch(/fine.*No sealer.*No audit sink/);
  });
});

describe("withActor", () => {
  it("shares everything but the actor, and needs a name", async () => {
    const audit = memoryAuditSink();
    const { kms } = given(keyedDriver(), { audit, sealer });
    const alice = kms.withActor("alice");
    const key = await alice.generateKey("it", aes);
    expect(await kms.encrypt(key, data)).toBeInstanceOf(Uint8Array);
    expect(audit.events().map(({ actor }) => actor)).toEqual(["alice", "alice", undefined, undefined]);
    for (const actor of [undefined, null, "", "a\u0000", "x".repeat(257), 1, "\ud800"]) {
      expect(() => kms.withActor(actor as string)).toThrow(KmsError);
    }
  });
});

describe("the door for key material", () => {
  const material = new Uint8Array(32).fill(7);
  const exporting = (exportable: boolean): KeyedDriver => {
    const driver: KeyedDriver = keyedDriver({
      row: { operations: ["encrypt", "decrypt", "exportKey"] },
      record: { exportable },
      driver: {
        exportKey: async (key) => {
          driver.calls.push(`export ${key.version}`);
          return { id: key.id, version: key.version, bytes: material.slice() };
        },
      },
    });
    return driver;
  };
  const access = insecureKeyAccess("migration 7");

  it("opens with access for a key that was made exportable, and is audited with what it was for", async () => {
    const audit = memoryAuditSink();
    const { kms } = given(exporting(true), { audit });
    const key = await kms.generateKey("it", { ...aes, exportable: true });
    expect(await exportKey(kms, key, access)).toEqual(material);
    expect(audit.events().slice(-2)).toMatchObject([
      { operation: "exportKey", phase: "intent", reason: "migration 7" },
      { operation: "exportKey", phase: "outcome", outcome: "done", keyVersion: "1" },
    ]);
    expect(JSON.stringify(audit.events())).not.toContain("7,7,7");
  });

  it("stays shut without access, for other keys, through restricted handles and for other objects", async () => {
    const driver = exporting(true);
    const { kms } = given(driver);
    const key = await kms.generateKey("it", { ...aes, exportable: true });
    driver.calls.length = 0;
    for (const forged of [undefined, null, {}, { purpose: "migration 7" }, { ...access }]) {
      expect(await code(exportKey(kms, key, forged as typeof access))).toBe("INVALID_ARGUMENT");
    }
    expect(await code(exportKey(kms, kms.restrictKey(key, {}), access))).toBe("POLICY_VIOLATION");
    expect(await code(exportKey({ ...kms }, key, access))).toBe("INVALID_ARGUMENT");
    expect(await code(exportKey(kms, key, access, { keyVersion: "../1" }))).toBe("INVALID_ARGUMENT");
    const { kms: fixed } = given(exporting(false));
    expect(await code(exportKey(fixed, await fixed.generateKey("it", aes), access))).toBe("POLICY_VIOLATION");
    const { kms: without } = given(keyedDriver());
    expect(await code(exportKey(without, await without.generateKey("it", aes), access))).toBe("UNSUPPORTED");
    for (const purpose of ["", "x".repeat(257), 1]) {
      expect(() => insecureKeyAccess(purpose as string)).toThrow(KmsError);
    }
    expect(driver.calls).toEqual([]);
  });

  it("stays shut where policy does not allow the key", async () => {
    const driver = exporting(true);
    const { kms } = given(driver, { sealer });
    const token = await kms.sealHandle(await kms.generateKey("it", { ...aes, exportable: true }));
    const { kms: strict } = given(driver, { sealer, policy: { allowedProtection: ["hsm"] } });
    expect(await code(exportKey(strict, await strict.openHandle(token), access))).toBe("POLICY_VIOLATION");
  });

  it("is TAMPERED when another version answers", async () => {
    const driver = exporting(true);
    Object.assign(driver, { exportKey: async () => ({ id: "store/key", version: "2", bytes: material }) });
    const { kms } = given(driver);
    expect(await code(exportKey(kms, await kms.generateKey("it", { ...aes, exportable: true }), access))).toBe(
      "TAMPERED",
    );
  });
});

describe("the tracing channel", () => {
  const tracing = tracingChannel("kms:operation");
  const seen: { readonly name: string; readonly message: object }[] = [];
  const names = ["start", "end", "asyncEnd", "error"] as const;
  const listeners = names.map((name) => ({
    name: `tracing:kms:operation:${name}`,
    listen: (message: unknown): void => void seen.push({ name, message: { ...(message as object) } }),
  }));
  const listen = (): void => listeners.forEach(({ name, listen: listener }) => channel(name).subscribe(listener));
  afterEach(() => {
    listeners.forEach(({ name, listen: listener }) => channel(name).unsubscribe(listener));
    seen.length = 0;
  });

  it("publishes every operation by provider, name, key and algorithm, and never bytes, tokens or associated data", async () => {
    listen();
    expect(tracing.hasSubscribers).toBe(true);
    const { kms } = given(signingDriver([curvePair("P-256")]), { sealer });
    const key = await kms.generateKey("it", { algorithm: "ECDSA-P256-SHA256" });
    seen.length = 0;
    await kms.sign(key, data);
    expect(seen.map(({ name }) => name)).toEqual(["start", "end", "asyncEnd"]);
    for (const { message } of seen) {
      expect(message).toEqual({
        operation: "sign",
        provider: "it",
        keyId: "store/key",
        algorithm: "ECDSA-P256-SHA256",
      });
    }
  });

  it("says the code of a failure", async () => {
    const { kms } = given(fakeDriver());
    const key = await kms.generateKey("it", aes);
    listen();
    const { code: refused } = await failure(kms.decrypt(key, data, { tenant: "42" }));
    expect(seen.map(({ name }) => name)).toEqual(["start", "end", "error", "asyncEnd"]);
    expect(seen.at(-1)?.message).toEqual({
      operation: "decrypt",
      provider: "it",
      keyId: key.keyId,
      algorithm: "AES-256-GCM",
      code: refused,
    });
  });

  it("publishes lists too", async () => {
    const listKeys = async function* (): AsyncGenerator<{ readonly id: string }> {
      yield { id: "store/1" };
    };
    const { kms } = given(keyedDriver({ driver: { listKeys } }));
    listen();
    for await (const entry of kms.listKeys("it")) expect(entry.keyId).toBe("store/1");
    expect(seen.map(({ message }) => message)).toMatchObject([
      { operation: "listKeys", provider: "it" },
      { operation: "listKeys", provider: "it" },
      { operation: "listKeys", provider: "it" },
    ]);
  });
});
