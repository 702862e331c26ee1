import { describe, expect, it } from "vitest";
import { at, call, codeOf, dayMs, driverOver, failure, makeKey, revocation, start } from "../fixture.ts";
import { importInto, materialFor, quickAlgorithms, referenceOf } from "../given-keys.ts";

describe("exporting a key", () => {
  it.each(quickAlgorithms)("%s: gives back the material that was imported, in memory of its own", async (algorithm) => {
    const driver = await driverOver();
    const key = referenceOf(
      await importInto(driver, { algorithm, exportable: true }, materialFor(algorithm)),
      algorithm,
    );
    const first = await driver.exportKey(key, call());
    expect(Buffer.from(first.bytes)).toEqual(Buffer.from(materialFor(algorithm)));
    expect([first.id, first.version, first.bytes.buffer.byteLength]).toEqual([key.id, "1", first.bytes.length]);
    first.bytes.fill(0);
    expect(Buffer.from((await driver.exportKey(key, call())).bytes)).toEqual(Buffer.from(materialFor(algorithm)));
  });

  it("gives the version that is named", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM", { exportable: true });
    await driver.rotate(key, call());
    const [one, two] = [await driver.exportKey(key, call()), await driver.exportKey(at(key, "2"), call())];
    expect([one.version, two.version, Buffer.from(one.bytes).equals(two.bytes)]).toEqual(["1", "2", false]);
    expect(await codeOf(() => driver.exportKey(at(key, "3"), call()))).toBe("NOT_FOUND");
  });

  it("is POLICY_VIOLATION by the record's own word, whatever a handle says, and INVALID_ARGUMENT for another algorithm", async () => {
    const driver = await driverOver();
    const fixed = await makeKey(driver, "AES-256-GCM");
    const error = await failure(() => driver.exportKey(fixed, call()));
    expect([error.code, error.keyId]).toEqual(["POLICY_VIOLATION", fixed.id]);
    const key = await makeKey(driver, "AES-256-GCM", { exportable: true });
    expect(await codeOf(() => driver.exportKey({ ...key, algorithm: "AES-256-KWP" }, call()))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => driver.exportKey({ ...key, id: `${key.id}x` }, call()))).toBe("NOT_FOUND");
  });

  it("is refused in every state that does not allow reading", async () => {
    const driver = await driverOver();
    const exportable = { exportable: true };
    const stateOf = async (key: Parameters<typeof driver.exportKey>[0], now = start): Promise<unknown> =>
      (await failure(() => driver.exportKey(key, call({ now })))).state;
    const early = await makeKey(driver, "AES-256-GCM", { ...exportable, activateAt: new Date(start + dayMs) });
    expect(await stateOf(early)).toBe("pre-activation");
    const disabled = await makeKey(driver, "AES-256-GCM", exportable);
    await driver.setEnabled(disabled, undefined, false, call());
    expect(await stateOf(disabled)).toBe("suspended");
    expect((await driver.exportKey(disabled, call({ accept: "suspended" }))).bytes).toHaveLength(32);
    const compromised = await makeKey(driver, "AES-256-GCM", exportable);
    await driver.revoke(compromised, undefined, revocation("key-compromise"), call());
    expect(await stateOf(compromised)).toBe("compromised");
    const ended = await makeKey(driver, "AES-256-GCM", exportable);
    await driver.revoke(ended, undefined, revocation("superseded"), call());
    expect((await driver.exportKey(ended, call())).bytes).toHaveLength(32);
    await driver.scheduleDestruction(ended, undefined, 7, call());
    expect(await stateOf(ended)).toBe("suspended");
    await driver.completeDestruction(ended, undefined, call({ now: start + 7 * dayMs }));
    expect(await stateOf(ended)).toBe("destroyed");
  });
});
