import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { KeyMaterial, memoryStore, type StoredKey } from "../src/index.ts";
import { associated, call, dayMs, driverOver, failure, makeKey, start } from "./fixture.ts";

const none = associated();
const plaintext = new TextEncoder().encode("plaintext-canary-5f1d");

/** Every way in which bytes tend to get printed, white space aside. */
function spellings(bytes: Uint8Array): readonly string[] {
  const part = Buffer.from(bytes.subarray(0, 12));
  const members = [...part].map((byte, index) => `"${index}":${byte}`).join(",");
  const texts = (["hex", "base64", "base64url", "latin1"] as const).map((encoding) => part.toString(encoding));
  return [...texts, [...part].join(","), members].map(compact);
}
const compact = (text: string): string => text.replaceAll(/\s/g, "");
const printed = (value: unknown): string =>
  compact(
    [
      inspect(value, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null, getters: true }),
      JSON.stringify(value),
      String(value),
    ].join("\n"),
  );

describe("key bytes and plaintext", () => {
  it("show nowhere: not in records, descriptions, drivers, stores or the errors of any refusal", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const aes = await makeKey(driver, "AES-256-GCM", { name: "aes" });
    const pair = await makeKey(driver, "ECDSA-P256-SHA256", { name: "pair" });
    const records = [aes, pair].map(({ id }) => store.get(id) as StoredKey);
    // Of PKCS#8 the private scalar begins at byte 36: what stands before it is the same in every key.
    const secrets = records.map(({ versions }) => versions[0]?.material?.use((bytes) => bytes) ?? new Uint8Array());
    const canaries = [plaintext, secrets[0]?.slice() ?? plaintext, secrets[1]?.slice(36) ?? plaintext].flatMap(
      spellings,
    );
    const sealed = (await driver.encrypt(aes, plaintext, none, call())).bytes;
    await driver.sign(pair, { kind: "message", bytes: plaintext }, call());
    const errors = [
      await failure(() => driver.decrypt(aes, sealed.slice(1), none, call())),
      await failure(() => driver.decrypt(pair, sealed, none, call())),
      await failure(() => driver.encrypt({ ...aes, version: "9" }, plaintext, none, call())),
      await failure(() => driver.deriveSharedSecret(pair, plaintext, call())),
      await failure(() => makeKey(driver, "AES-256-GCM", { name: "aes" })),
    ];
    await driver.setEnabled(aes, undefined, false, call());
    errors.push(await failure(() => driver.encrypt(aes, plaintext, none, call())));
    const shown = [
      driver,
      store,
      records,
      await driver.describeKey("aes", call()),
      await driver.describeKey("pair", call()),
      ...errors,
    ].map(printed);
    for (const error of errors) shown.push(compact(error.stack ?? ""));
    expect(canaries.filter((canary) => shown.some((text) => text.includes(canary)))).toEqual([]);
  });

  it("are what the scan would find", () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
    for (const shown of [{ bytes }, Buffer.from(bytes), [...bytes], Buffer.from(bytes).toString("base64")]) {
      expect(spellings(bytes).some((spelling) => printed(shown).includes(spelling))).toBe(true);
    }
    expect(spellings(bytes).some((spelling) => printed(new KeyMaterial(bytes)).includes(spelling))).toBe(false);
  });

  it("are gone from material that is erased", async () => {
    const bytes = new Uint8Array(32).fill(9);
    const material = new KeyMaterial(bytes);
    expect(material.use((bytes) => bytes)).toBe(bytes);
    material.erase();
    material.erase();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect((await failure(() => material.use((bytes) => bytes))).state).toBe("destroyed");
  });

  it("are not kept by the driver once a version is destroyed", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, "HMAC-SHA256");
    await driver.generateMac(key, plaintext, call());
    await driver.scheduleDestruction(key, undefined, 7, call());
    await driver.completeDestruction(key, undefined, call({ now: start + 7 * dayMs }));
    expect((store.get(key.id) as StoredKey).versions[0]?.material).toBeUndefined();
    for (const accept of [undefined, "suspended", "compromised"] as const) {
      expect((await failure(() => driver.verifyMac(key, plaintext, new Uint8Array(32), call({ accept })))).state).toBe(
        "destroyed",
      );
    }
  });
});
