import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selfManagedAlgorithms, recipes } from "../src/algorithms.ts";
import { memoryStore } from "../src/index.ts";
import {
  associated,
  at,
  call,
  codeOf,
  dayMs,
  driverOver,
  failure,
  makeKey,
  revocation,
  start,
  type Driver,
} from "./fixture.ts";

const none = associated();
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const seal = async (driver: Driver, key: Parameters<Driver["encrypt"]>[0], value: string): Promise<Uint8Array> =>
  (await driver.encrypt(key, text(value), none, call())).bytes;
const open = async (driver: Driver, key: Parameters<Driver["decrypt"]>[0], sealed: Uint8Array): Promise<string> =>
  Buffer.from((await driver.decrypt(key, sealed, none, call())).bytes).toString();

describe("rotation", () => {
  it("makes the next version current in one write, and what the old one protected still opens", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    const old = await seal(driver, key, "old");
    const { record, version } = await driver.rotate(key, call({ now: start + dayMs }));
    expect([version, record.currentVersion, record.versions.map((one) => one.version)]).toEqual(["2", "2", ["1", "2"]]);
    expect(record.versions.map(({ native }) => native)).toEqual(["enabled", "enabled"]);
    expect(record.versions[1]?.createdAt).toEqual(new Date(start + dayMs));
    const fresh = await seal(driver, at(key, "2"), "new");
    expect([await open(driver, key, old), await open(driver, at(key, "2"), fresh)]).toEqual(["old", "new"]);
  });

  const quick = selfManagedAlgorithms.filter((algorithm) => !("modulusBits" in recipes[algorithm]));
  it.each(quick)("gives %s new material", async (algorithm) => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, algorithm);
    await driver.rotate(key, call());
    const [first, second] = (await store.get(key.id))?.versions ?? [];
    const shown = [first, second].map((version) =>
      Buffer.from(version?.material?.use((bytes) => bytes) ?? []).toString("hex"),
    );
    expect(shown[0]).not.toBe(shown[1]);
    expect(shown[0]).toHaveLength(shown[1]?.length ?? 0);
    expect(first?.publicKey === undefined).toBe(second?.publicKey === undefined);
    if (first?.publicKey !== undefined) expect(second?.publicKey).not.toEqual(first.publicKey);
  });

  it("is refused unless the current version is Active, and leaves nothing behind", async () => {
    const reach: readonly ((driver: Driver, key: Parameters<Driver["rotate"]>[0]) => Promise<unknown>)[] = [
      (driver, key) => driver.setEnabled(key, undefined, false, call()),
      (driver, key) => driver.revoke(key, undefined, revocation("superseded"), call()),
      (driver, key) => driver.revoke(key, undefined, revocation("key-compromise"), call()),
      (driver, key) => driver.scheduleDestruction(key, undefined, undefined, call()),
    ];
    for (const leave of reach) {
      const store = memoryStore();
      const driver = await driverOver(store);
      const key = await makeKey(driver, "AES-256-GCM");
      await leave(driver, key);
      const before = await store.get(key.id);
      expect(await codeOf(() => driver.rotate(key, call()))).toBe("INVALID_STATE");
      expect(await store.get(key.id)).toBe(before);
    }
    const driver = await driverOver();
    const early = await makeKey(driver, "AES-256-GCM", { activateAt: new Date(start + dayMs) });
    const error = await failure(() => driver.rotate(early, call()));
    expect([error.code, error.state]).toEqual(["INVALID_STATE", "pre-activation"]);
  });

  it("gives the new version the end that the key's configuration set", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM", { deactivateAt: new Date(start + 9 * dayMs) });
    const { record } = await driver.rotate(key, call());
    expect(record.versions[1]?.notAfter).toEqual(new Date(start + 9 * dayMs));
    expect(await codeOf(() => driver.rotate(key, call({ now: start + 9 * dayMs })))).toBe("INVALID_STATE");
  });

  it("refuses a key that was disabled while new material was being generated", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "RSA-OAEP-2048-SHA256");
    const rotating = driver.rotate(key, call());
    await driver.setEnabled(key, undefined, false, call());
    expect(await codeOf(() => rotating)).toBe("INVALID_STATE");
    expect((await driver.describeKey(key.id, call())).versions).toHaveLength(1);
  });

  it("by one driver is seen by another at once", async () => {
    const store = memoryStore();
    const [one, other] = [await driverOver(store), await driverOver(store)];
    const key = await makeKey(one, "AES-256-GCM");
    const old = await seal(other, key, "old");
    await one.rotate(key, call());
    const fresh = await seal(one, at(key, "2"), "new");
    expect([await open(other, at(key, "2"), fresh), await open(other, key, old)]).toEqual(["new", "old"]);
    await one.setEnabled(key, "1", false, call());
    expect(await codeOf(() => open(other, key, old))).toBe("INVALID_STATE");
    await other.setEnabled(key, "1", true, call());
    expect(await open(one, key, old)).toBe("old");
  });
});

describe("rotation among concurrent drivers", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("rotate" as const), by: fc.nat(2) }),
    fc.record({ do: fc.constant("disable" as const), by: fc.nat(2) }),
    fc.record({ do: fc.constant("enable" as const), by: fc.nat(2) }),
    fc.record({ do: fc.constant("seal" as const), by: fc.nat(2) }),
  );

  it("always leaves exactly one current version, numbers without gap or repetition, and everything readable", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), async (rounds) => {
        const store = memoryStore();
        const drivers = [await driverOver(store), await driverOver(store), await driverOver(store)] as const;
        const key = await makeKey(drivers[0], "AES-256-GCM");
        const sealed: { readonly version: string; readonly bytes: Uint8Array }[] = [];
        let rotations = 0;
        for (const round of rounds) {
          await Promise.all(
            round.map(async ({ do: what, by }) => {
              const driver = drivers[by] ?? drivers[0];
              try {
                if (what === "rotate") {
                  await driver.rotate(key, call());
                  rotations += 1;
                } else if (what === "seal") {
                  const version = (await driver.describeKey(key.id, call())).currentVersion ?? "";
                  sealed.push({ version, bytes: await seal(driver, at(key, version), "kept") });
                } else await driver.setEnabled(key, undefined, what === "enable", call());
              } catch (error) {
                expect(error).toMatchObject({ code: "INVALID_STATE", outcome: "none" });
              }
            }),
          );
        }
        await drivers[1].setEnabled(key, undefined, true, call());
        const { versions, currentVersion } = await drivers[2].describeKey(key.id, call());
        expect(versions.map(({ version }) => version)).toEqual(
          Array.from({ length: rotations + 1 }, (_, index) => `${index + 1}`),
        );
        expect(currentVersion).toBe(`${rotations + 1}`);
        for (const { version, bytes } of sealed) expect(await open(drivers[2], at(key, version), bytes)).toBe("kept");
      }),
      { numRuns: 60 },
    );
  });
});
