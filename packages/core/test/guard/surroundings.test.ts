import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { createKms, hmacSealer } from "../../src/index.ts";
import type { Algorithm, KmsDriver } from "../../src/driver.ts";
import { fakeDriver } from "./fake-driver.ts";
import { code, data, given, sealer, settle } from "./given.ts";
import { keyedDriver, macDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

/** Runs something while every object inherits a member that nobody gave. */
async function inherited<T>(members: object, work: () => Promise<T>): Promise<T> {
  const prototype = Object.prototype as Record<string, unknown>;
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  }
  try {
    return await work();
  } finally {
    for (const name of Object.keys(members)) Reflect.deleteProperty(prototype, name);
  }
}

describe("what somebody put into Object.prototype", () => {
  it("is not part of a configuration, for core or for a driver", async () => {
    const made: unknown[] = [];
    const base = fakeDriver();
    const driver: KmsDriver<Algorithm, never> = {
      ...base,
      createKey: async (conf, call) => {
        made.push([conf.exportable, conf.rotateEveryDays, conf.labels]);
        return base.createKey(conf, call);
      },
    };
    const { kms } = given(driver);
    const members = { exportable: true, rotateEveryDays: 1, labels: { app: "other" } };
    await inherited(members, async () => kms.generateKey("it", aes));
    expect(made).toEqual([[undefined, undefined, undefined]]);
  });

  it("is no option of a call", async () => {
    const accepted: unknown[] = [];
    const base = fakeDriver();
    const { kms } = given({
      ...base,
      decrypt: (key, ciphertext, bound, call) => {
        accepted.push(call.accept);
        return base.decrypt?.(key, ciphertext, bound, call) ?? Promise.reject(new Error("no decrypt"));
      },
    });
    const key = await kms.generateKey("it", aes);
    const ciphertext = await kms.encrypt(key, data);
    const members = { accept: { state: "compromised", reason: "inherited" }, timeoutMs: -1, keyVersion: 7 };
    await inherited(members, async () => {
      expect(await kms.decrypt(key, ciphertext, undefined, {})).toEqual(data);
      await kms.describeKey(key, {});
    });
    expect(accepted).toEqual([undefined]);
  });

  it("is no option of createKms, and no part of a policy or an expectation", async () => {
    const deny = (): never => {
      throw new Error("inherited");
    };
    await inherited({ authorize: deny, allowedAlgorithms: [], minimumRevision: 99 }, async () => {
      const { kms } = given(fakeDriver(), { sealer, policy: {} });
      const token = await kms.sealHandle(await kms.generateKey("it", aes));
      expect((await kms.openHandle(token, {})).algorithm).toBe("AES-256-GCM");
    });
  });
});

describe("promises of another realm, such as a test runner's", () => {
  const foreign = runInNewContext("(begin) => new Promise(begin)") as <T>(
    begin: (resolve: (value: T) => void) => void,
  ) => Promise<T>;

  it("are waited for, and ended by the deadline", async () => {
    const base = fakeDriver();
    const { kms, clock } = given({
      ...base,
      encrypt: (key) =>
        foreign((resolve) => resolve({ id: key.id, version: key.version, bytes: new Uint8Array([1, 2, 3]) })),
      setEnabled: async () => foreign(() => undefined),
      decrypt: () => foreign(() => undefined),
    });
    const key = await kms.generateKey("it", aes);
    const ciphertext = await kms.encrypt(key, data);
    expect(Array.from(ciphertext.slice(-3))).toEqual([1, 2, 3]);
    const late = code(kms.decrypt(key, ciphertext, undefined, { timeoutMs: 50 }));
    await settle();
    clock.advance(50);
    expect(await late).toBe("DEADLINE_EXCEEDED");
  });

  it("are waited for where a sealer answers them", async () => {
    const inner = hmacSealer({ keys: [{ kid: "a", secret: new Uint8Array(32).fill(9) }] });
    const { kms } = given(fakeDriver(), {
      sealer: {
        ...inner,
        seal: (type, claims) => foreign((resolve) => resolve(inner.seal(type, claims))),
        open: (type, token) => foreign((resolve) => resolve(inner.open(type, token) as never)),
      },
    });
    const token = await kms.sealHandle(await kms.generateKey("it", aes));
    expect((await kms.openHandle(token, aes)).algorithm).toBe("AES-256-GCM");
  });
});

describe("a driver that does what its type rules out", () => {
  it("does not keep others and the audit sink open by a close that throws at once", async () => {
    const closed: string[] = [];
    const bad: KmsDriver<Algorithm, never> = {
      ...fakeDriver({ kind: "bad" }),
      close: () => {
        throw new Error("at once");
      },
    };
    const good: KmsDriver<Algorithm, never> = { ...fakeDriver(), close: async () => void closed.push("driver") };
    const audit = { write: () => undefined, close: async () => void closed.push("sink") };
    await expect(createKms({ providers: { bad, good }, audit }).close()).rejects.toThrow("at once");
    expect(closed).toEqual(["driver", "sink"]);
  });

  it("does not make a MAC valid by an answer that is only truthy", async () => {
    const { kms } = given(
      macDriver(["1"], {
        driver: { verifyMac: (key) => ({ id: key.id, version: key.version, valid: "false" as never }) },
      }),
    );
    const key = await kms.generateKey("it", { algorithm: "HMAC-SHA256" });
    expect(await kms.verifyMac(key, data, new Uint8Array(32))).toBe(false);
  });

  it("cannot have its manifest changed by who reads it", () => {
    const { kms } = given(keyedDriver());
    const manifest = kms.capabilities("it");
    const parts = [manifest, manifest.rows, manifest.rows[0]?.limits, manifest.states, manifest.destructionWindow];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true, true, true]);
  });
});
