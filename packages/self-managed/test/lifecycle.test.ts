import type { Revocation } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import { memoryStore, type StoredKey } from "../src/index.ts";
import { at, call, codeOf, dayMs, driverOver, failure, makeKey, revocation, start, type Driver } from "./fixture.ts";

type Event = "disable" | "enable" | "deactivate" | "compromise" | "schedule" | "cancel" | "complete";
type Move = (driver: Driver, key: Parameters<Driver["rotate"]>[0], version?: string, now?: number) => Promise<unknown>;
const moves: Readonly<Record<Event, Move>> = {
  disable: (driver, key, version, now = start) => driver.setEnabled(key, version, false, call({ now })),
  enable: (driver, key, version, now = start) => driver.setEnabled(key, version, true, call({ now })),
  deactivate: (driver, key, version, now = start) =>
    driver.revoke(key, version, revocation("superseded"), call({ now })),
  compromise: (driver, key, version, now = start) =>
    driver.revoke(key, version, revocation("key-compromise"), call({ now })),
  schedule: (driver, key, version, now = start) => driver.scheduleDestruction(key, version, 7, call({ now })),
  cancel: (driver, key, version, now = start) => driver.cancelDestruction(key, version, call({ now })),
  complete: (driver, key, version, now = start + 7 * dayMs) => driver.completeDestruction(key, version, call({ now })),
};

/** Native state after each event, from each start; undefined: refused. The whole of requirements 7 and 8. */
const table: Readonly<
  Record<string, { readonly path: readonly Event[]; readonly to: Readonly<Record<Event, string | undefined>> }>
> = {
  active: {
    path: [],
    to: {
      disable: "disabled",
      enable: "enabled",
      deactivate: "process-only",
      compromise: "compromised",
      schedule: "destruction-scheduled",
      cancel: undefined,
      complete: undefined,
    },
  },
  suspended: {
    path: ["disable"],
    to: {
      disable: "disabled",
      enable: "enabled",
      deactivate: "process-only",
      compromise: "compromised",
      schedule: "destruction-scheduled",
      cancel: undefined,
      complete: undefined,
    },
  },
  deactivated: {
    path: ["deactivate"],
    to: {
      disable: undefined,
      enable: undefined,
      deactivate: "process-only",
      compromise: "compromised",
      schedule: "destruction-scheduled",
      cancel: undefined,
      complete: undefined,
    },
  },
  compromised: {
    path: ["compromise"],
    to: {
      disable: undefined,
      enable: undefined,
      deactivate: undefined,
      compromise: "compromised",
      schedule: "destruction-scheduled",
      cancel: undefined,
      complete: undefined,
    },
  },
  "scheduled from active": {
    path: ["schedule"],
    to: {
      disable: undefined,
      enable: undefined,
      deactivate: undefined,
      compromise: "destruction-scheduled",
      schedule: undefined,
      cancel: "disabled",
      complete: "destroyed",
    },
  },
  "scheduled from deactivated": {
    path: ["deactivate", "schedule"],
    to: {
      disable: undefined,
      enable: undefined,
      deactivate: undefined,
      compromise: "destruction-scheduled",
      schedule: undefined,
      cancel: "process-only",
      complete: "destroyed",
    },
  },
  "scheduled from compromised": {
    path: ["compromise", "schedule"],
    to: {
      disable: undefined,
      enable: undefined,
      deactivate: undefined,
      compromise: "destruction-scheduled",
      schedule: undefined,
      cancel: "compromised",
      complete: "destroyed",
    },
  },
  "found compromised while scheduled": {
    path: ["schedule", "compromise"],
    to: {
      disable: undefined,
      enable: undefined,
      deactivate: undefined,
      compromise: "destruction-scheduled",
      schedule: undefined,
      cancel: "compromised",
      complete: "destroyed",
    },
  },
  destroyed: {
    path: ["schedule", "complete"],
    to: {
      disable: undefined,
      enable: undefined,
      deactivate: undefined,
      compromise: "destroyed",
      schedule: undefined,
      cancel: undefined,
      complete: "destroyed",
    },
  },
};
const events = Object.keys(moves) as Event[];
const cells = Object.entries(table).flatMap(([from, { path, to }]) =>
  events.map(
    (event) =>
      [
        `from ${from}, ${event} ${to[event] === undefined ? "is refused" : `leads to ${to[event]}`}`,
        { path, event, to: to[event] },
      ] as const,
  ),
);

describe("transitions of a whole key and of one version", () => {
  it.each(cells)("%s", async (_title, { path, event, to }) => {
    for (const version of [undefined, "1"]) {
      const store = memoryStore();
      const driver = await driverOver(store);
      const key = await makeKey(driver, "AES-256-GCM");
      for (const step of path) await moves[step](driver, key, version);
      const before = (await store.get(key.id)) as StoredKey;
      if (to === undefined) {
        const error = await failure(() => moves[event](driver, key, version));
        expect([error.code, error.outcome]).toEqual([event === "complete" ? "NOT_READY" : "INVALID_STATE", "none"]);
        expect(await store.get(key.id)).toBe(before);
        continue;
      }
      await moves[event](driver, key, version);
      const record = await driver.describeKey(key.id, call());
      expect([record.state, record.versions[0]?.native]).toEqual([to, to]);
    }
  });

  it("repeating what already holds changes nothing and writes nothing", async () => {
    for (const event of ["disable", "deactivate", "compromise"] as const) {
      const store = memoryStore();
      const driver = await driverOver(store);
      const key = await makeKey(driver, "AES-256-GCM");
      await moves[event](driver, key);
      const before = [await store.get(key.id), store.changeCounter()];
      await moves[event](driver, key, undefined, start + dayMs);
      expect([await store.get(key.id), store.changeCounter()]).toEqual(before);
    }
  });

  it("a whole-key transition moves the versions that can and leaves the others", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    await driver.rotate(key, call());
    await driver.rotate(key, call());
    await driver.revoke(key, "1", revocation("superseded"), call());
    const { record, unfinished } = await driver.setEnabled(key, undefined, false, call());
    expect([record.versions.map(({ native }) => native), unfinished]).toEqual([
      ["process-only", "disabled", "disabled"],
      [],
    ]);
    await driver.setEnabled(key, "2", true, call());
    const { versions } = (await driver.setEnabled(key, undefined, true, call())).record;
    expect(versions.map(({ native }) => native)).toEqual(["process-only", "enabled", "enabled"]);
  });

  it("a version that does not exist is NOT_FOUND for every transition", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    for (const event of events) expect(await codeOf(() => moves[event](driver, key, "2"))).toBe("NOT_FOUND");
    for (const event of events) {
      expect(await codeOf(() => moves[event](driver, { ...key, id: `${"0".repeat(32)}/x` }))).toBe("NOT_FOUND");
    }
  });

  it("each is recorded with its date, where it came from and where it led (requirements 1 and 9)", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, "AES-256-GCM");
    const path = ["disable", "enable", "compromise", "schedule", "cancel", "schedule"] as const;
    for (const [days, event] of path.entries()) await moves[event](driver, key, undefined, start + days * 3 * dayMs);
    await moves.complete(driver, key, undefined, start + 22 * dayMs);
    const history = (await store.get(key.id))?.versions[0]?.history ?? [];
    expect(history.map((entry) => `${entry.event} ${entry.from ?? "nothing"} ${entry.to}`)).toEqual([
      "generate nothing pre-activation",
      "activate pre-activation active",
      "disable active suspended",
      "enable suspended active",
      "compromise active compromised",
      "schedule-destruction compromised suspended",
      "cancel-destruction suspended compromised",
      "schedule-destruction compromised suspended",
      "destroy suspended destroyed",
    ]);
    expect(history.map((entry) => (entry.at - start) / dayMs)).toEqual([0, 0, 0, 3, 6, 9, 12, 15, 22]);
    expect(history[4]?.revocation).toBe("key-compromise");
  });

  it("a revocation keeps its reason and both dates; a later compromise overrides it, nothing else does", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    const revoked = async (given: Revocation): Promise<Revocation | undefined> =>
      (await driver.revoke(key, undefined, given, call())).record.revocation;
    expect(await revoked(revocation("superseded"))).toEqual(revocation("superseded"));
    expect(await revoked(revocation("unspecified"))).toEqual(revocation("superseded"));
    expect(await revoked(revocation("key-compromise"))).toEqual(revocation("key-compromise"));
    expect(await revoked({ ...revocation("key-compromise"), occurredAt: new Date(0) })).toEqual(
      revocation("key-compromise"),
    );
  });

  it("a compromise found after destruction is recorded (requirement 13)", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    await moves.schedule(driver, key);
    await moves.complete(driver, key);
    const { record } = await driver.revoke(key, undefined, revocation("key-compromise"), call());
    expect([record.state, record.revocation]).toEqual(["destroyed", revocation("key-compromise")]);
  });

  it("revoking a key that its date deactivated records why", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM", { deactivateAt: new Date(start + dayMs) });
    await moves.deactivate(driver, key, undefined, start + 2 * dayMs);
    const record = await driver.describeKey(key.id, call());
    expect([record.state, record.revocation?.reason]).toEqual(["process-only", "superseded"]);
    expect(await codeOf(() => moves.disable(driver, key, undefined, start + 2 * dayMs))).toBe("INVALID_STATE");
  });

  it("an earlier version can be revoked alone: its data still opens, the key still protects", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "HMAC-SHA256");
    const { bytes } = await driver.generateMac(key, new Uint8Array(1), call());
    await driver.rotate(key, call());
    await moves.deactivate(driver, key, "1");
    expect((await driver.verifyMac(key, new Uint8Array(1), bytes, call())).valid).toBe(true);
    expect(await codeOf(() => driver.generateMac(key, new Uint8Array(1), call()))).toBe("INVALID_STATE");
    await driver.generateMac(at(key, "2"), new Uint8Array(1), call());
    expect((await driver.describeKey(key.id, call())).revocation).toBeUndefined();
  });
});
