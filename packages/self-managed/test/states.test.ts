import { generateKeyPairSync } from "node:crypto";
import type { Call, VersionReference } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import type { SelfManagedAlgorithm } from "../src/algorithms.ts";
import { associated, call, dayMs, driverOver, failure, makeKey, revocation, start, type Driver } from "./fixture.ts";

type Run = (driver: Driver, key: VersionReference, call: Call) => unknown;
interface Use {
  readonly name: string;
  readonly algorithm: SelfManagedAlgorithm;
  readonly effect: "protect" | "process";
  /** What an Active key made, then the use itself in the state under test. */
  readonly prepare: (driver: Driver, key: VersionReference) => Promise<Run>;
}

const none = associated();
const bytes = new Uint8Array(32).fill(5);
const peer = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "der" });
const direct = (run: Run) => async (): Promise<Run> => run;

const uses: readonly Use[] = [
  {
    name: "encrypt",
    algorithm: "AES-256-GCM",
    effect: "protect",
    prepare: direct((driver, key, made) => driver.encrypt(key, bytes, none, made)),
  },
  {
    name: "generateDataKey",
    algorithm: "AES-256-GCM",
    effect: "protect",
    prepare: direct((driver, key, made) => driver.generateDataKey(key, 32, none, made)),
  },
  {
    name: "wrapDataKey",
    algorithm: "AES-256-GCM",
    effect: "protect",
    prepare: direct((driver, key, made) => driver.wrapDataKey(key, bytes, none, made)),
  },
  {
    name: "sign",
    algorithm: "Ed25519",
    effect: "protect",
    prepare: direct((driver, key, made) => driver.sign(key, { kind: "message", bytes }, made)),
  },
  {
    name: "generateMac",
    algorithm: "HMAC-SHA256",
    effect: "protect",
    prepare: direct((driver, key, made) => driver.generateMac(key, bytes, made)),
  },
  {
    name: "wrapKey",
    algorithm: "AES-256-KWP",
    effect: "protect",
    prepare: direct((driver, key, made) => driver.wrapKey(key, bytes, made)),
  },
  {
    name: "deriveSharedSecret",
    algorithm: "ECDH-P256",
    effect: "protect",
    prepare: direct((driver, key, made) => driver.deriveSharedSecret(key, peer, made)),
  },
  {
    name: "decrypt",
    algorithm: "AES-256-GCM",
    effect: "process",
    prepare: async (maker, from) => {
      const sealed = (await maker.encrypt(from, bytes, none, call())).bytes;
      return (driver, key, made) => driver.decrypt(key, sealed, none, made);
    },
  },
  {
    name: "unwrapDataKey",
    algorithm: "AES-256-GCM",
    effect: "process",
    prepare: async (maker, from) => {
      const { encrypted } = await maker.wrapDataKey(from, bytes, none, call());
      return (driver, key, made) => driver.unwrapDataKey(key, encrypted, none, made);
    },
  },
  {
    name: "verifyMac",
    algorithm: "HMAC-SHA256",
    effect: "process",
    prepare: async (maker, from) => {
      const mac = (await maker.generateMac(from, bytes, call())).bytes;
      return (driver, key, made) => driver.verifyMac(key, bytes, mac, made);
    },
  },
  {
    name: "unwrapKey",
    algorithm: "AES-256-KWP",
    effect: "process",
    prepare: async (maker, from) => {
      const wrapped = (await maker.wrapKey(from, bytes, call())).bytes;
      return (driver, key, made) => driver.unwrapKey(key, wrapped, made);
    },
  },
];

interface Case {
  readonly condition: string;
  readonly state: string;
  /** Brings an Active key there. */
  readonly reach: (driver: Driver, key: VersionReference) => Promise<unknown>;
  /** Which `accept` lets it be read. "any": needs none. */
  readonly reads: "any" | "suspended" | "compromised" | "never";
  readonly now?: number;
}
const schedule = (driver: Driver, key: VersionReference): Promise<unknown> =>
  driver.scheduleDestruction(key, undefined, 7, call());

const cases: readonly Case[] = [
  {
    condition: "suspended",
    state: "suspended",
    reach: (driver, key) => driver.setEnabled(key, undefined, false, call()),
    reads: "suspended",
  },
  {
    condition: "deactivated",
    state: "deactivated",
    reach: (driver, key) => driver.revoke(key, undefined, revocation("superseded"), call()),
    reads: "any",
  },
  {
    condition: "deactivated by its date",
    state: "deactivated",
    reach: async () => {},
    reads: "any",
    now: start + 100 * dayMs,
  },
  {
    condition: "compromised",
    state: "compromised",
    reach: (driver, key) => driver.revoke(key, undefined, revocation("key-compromise"), call()),
    reads: "compromised",
  },
  { condition: "scheduled for destruction", state: "suspended", reach: schedule, reads: "never" },
  {
    condition: "destroyed",
    state: "destroyed",
    reach: async (driver, key) => {
      await schedule(driver, key);
      await driver.completeDestruction(key, undefined, call({ now: start + 7 * dayMs }));
    },
    reads: "never",
  },
];

const matrix = cases.flatMap((state) =>
  uses.map((use) => [`${use.name} when ${state.condition}`, { ...state, use }] as const),
);

describe("every state against every use, judged by the driver", () => {
  it.each(matrix)("%s", async (_title, { use, state, reach, reads, now }) => {
    const driver = await driverOver();
    const key = await makeKey(driver, use.algorithm, { deactivateAt: new Date(start + 100 * dayMs) });
    const run = await use.prepare(driver, key);
    await run(driver, key, call());
    await reach(driver, key);
    for (const accept of [undefined, "suspended", "compromised"] as const) {
      const made = call({ accept, ...(now === undefined ? {} : { now }) });
      if (use.effect === "process" && (reads === "any" || reads === accept)) {
        await run(driver, key, made);
        continue;
      }
      const error = await failure(() => run(driver, key, made));
      expect([error.code, error.state, error.keyId]).toEqual(["INVALID_STATE", state, key.id]);
    }
  });

  it.each(uses.map((use) => [use.name, use] as const))(
    "%s is refused before the key's activation date and done from then on",
    async (_name, { prepare, algorithm }) => {
      const driver = await driverOver();
      const key = await makeKey(driver, algorithm, { activateAt: new Date(start + dayMs) });
      const later = call({ now: start + dayMs });
      const run = await prepare(shifted(driver, later.now), key);
      for (const accept of [undefined, "suspended", "compromised"] as const) {
        const error = await failure(() => run(driver, key, call({ accept, now: later.now - 1 })));
        expect([error.code, error.state]).toEqual(["INVALID_STATE", "pre-activation"]);
      }
      await run(driver, key, later);
    },
  );

  it("a deactivation date takes effect at its very millisecond", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "HMAC-SHA256", { deactivateAt: new Date(start + dayMs) });
    await driver.generateMac(key, bytes, call({ now: start + dayMs - 1 }));
    expect((await failure(() => driver.generateMac(key, bytes, call({ now: start + dayMs })))).state).toBe(
      "deactivated",
    );
  });

  it("the public key of a pair, its description and its list entry stay readable in every state", async () => {
    for (const { reach } of cases) {
      const driver = await driverOver();
      const key = await makeKey(driver, "Ed25519");
      const before = (await driver.getPublicKey(key, call())).bytes;
      await reach(driver, key);
      expect((await driver.getPublicKey(key, call())).bytes).toEqual(before);
      expect((await driver.describeKey(key.id, call())).versions[0]?.publicKey).toEqual(before);
    }
  });
});

/** The same driver at another moment, for what has to be made while the key is Active. */
function shifted(driver: Driver, now: number): Driver {
  return {
    ...driver,
    encrypt: (key, plaintext, associatedData, made) => driver.encrypt(key, plaintext, associatedData, { ...made, now }),
    wrapDataKey: (key, plaintext, associatedData, made) =>
      driver.wrapDataKey(key, plaintext, associatedData, { ...made, now }),
    generateMac: (key, message, made) => driver.generateMac(key, message, { ...made, now }),
    wrapKey: (key, material, made) => driver.wrapKey(key, material, { ...made, now }),
  };
}
