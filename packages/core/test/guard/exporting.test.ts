import { describe, expect, it } from "vitest";
import { memoryAuditSink } from "../../src/index.ts";
import type { Algorithm, Operation } from "../../src/driver.ts";
import { exportKey, insecureKeyAccess } from "../../src/insecure.ts";
import { code, failure, given, vendor } from "./given.ts";
import { curvePair, keyedDriver, signingDriver, version, type KeyedDriver } from "./keyed-driver.ts";

const access = insecureKeyAccess("migration 7");
const operations: readonly Operation[] = ["exportKey"];

/** A driver whose one key is exportable; it notes which version is asked for and answers so many bytes. */
function exporting(algorithm: Algorithm, lengthBytes: number): KeyedDriver & { answered: Uint8Array[] } {
  const answered: Uint8Array[] = [];
  const driver: KeyedDriver = keyedDriver({
    algorithm,
    row: { operations },
    record: { exportable: true, currentVersion: "1", versions: [version("1")] },
    driver: {
      exportKey: async (key) => {
        driver.calls.push(`export ${key.version}`);
        const bytes = new Uint8Array(lengthBytes).fill(7);
        answered.push(bytes);
        return { id: key.id, version: key.version, bytes };
      },
    },
  });
  return Object.assign(driver, { answered });
}

/** Somebody else rotates the key. */
function rotate(driver: KeyedDriver): void {
  driver.record = { ...driver.record, currentVersion: "2", versions: [version("1"), version("2")] };
}

describe("which version exportKey gives out", () => {
  it.each(["AES-256-GCM", "AES-256-KWP"] as const)(
    "%s: the current one, read when it is asked for, although the handle is older",
    async (algorithm) => {
      const driver = exporting(algorithm, 32);
      const { kms } = given(driver);
      const key = await kms.generateKey("it", { algorithm, exportable: true });
      rotate(driver);
      driver.calls.length = 0;
      await exportKey(kms, key, access);
      expect(driver.calls).toEqual(["describeKey", "export 2"]);
    },
  );

  it("MAC keys: the one that the handle pins, without a read, since that is what they make MACs with", async () => {
    const driver = exporting("HMAC-SHA256", 32);
    const { kms } = given(driver);
    const key = await kms.generateKey("it", { algorithm: "HMAC-SHA256", exportable: true });
    rotate(driver);
    driver.calls.length = 0;
    await exportKey(kms, key, access);
    await exportKey(kms, await kms.refreshHandle(key), access);
    expect(driver.calls).toEqual(["export 1", "describeKey", "export 2"]);
  });

  it("the one that is named, without a read", async () => {
    const driver = exporting("AES-256-GCM", 32);
    const { kms } = given(driver);
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM", exportable: true });
    rotate(driver);
    driver.calls.length = 0;
    await exportKey(kms, key, access, { keyVersion: "1" });
    expect(driver.calls).toEqual(["export 1"]);
  });

  it("the newest where none signs any more: a Deactivated key may still be read", async () => {
    const pair = curvePair("P-256");
    const driver = signingDriver([pair, pair], {
      record: {
        exportable: true,
        versions: ["1", "2"].map((name) => version(name, { native: "process-only", publicKey: pair.spki })),
      },
      driver: {
        exportKey: async (key) => ({
          id: key.id,
          version: key.version,
          bytes: Uint8Array.from(Buffer.from(key.version)),
        }),
      },
    });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", { algorithm: "ECDSA-P256-SHA256", exportable: true });
    expect(Buffer.from(await exportKey(kms, key, access)).toString()).toBe("2");
  });
});

describe("an export whose answer is lost", () => {
  it("may have left: its outcome is unknown, in the error and on the record", async () => {
    const driver = exporting("AES-256-GCM", 32);
    const audit = memoryAuditSink();
    const { kms } = given(driver, { audit });
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM", exportable: true });
    Object.assign(driver, { exportKey: async () => Promise.reject(vendor("UNAVAILABLE", "unknown")) });
    expect(await failure(exportKey(kms, key, access))).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
    expect(audit.events().at(-1)).toMatchObject({ operation: "exportKey", outcome: "unknown" });
  });
});

describe("what exportKey does not hand on", () => {
  it.each([
    ["AES-256-GCM", 31],
    ["AES-256-GCM", 0],
    ["HMAC-SHA512", 32],
  ] as const)("%s of %i bytes is TAMPERED, and overwritten", async (algorithm, lengthBytes) => {
    const driver = exporting(algorithm, lengthBytes);
    const { kms } = given(driver);
    const key = await kms.generateKey("it", { algorithm, exportable: true });
    expect(await code(exportKey(kms, key, access))).toBe("TAMPERED");
    expect(driver.answered.flatMap((bytes) => [...bytes]).filter((byte) => byte !== 0)).toEqual([]);
  });

  it("an object that was not made by createKms is refused by a rejection, not thrown at the caller", async () => {
    const driver = exporting("AES-256-GCM", 32);
    const { kms } = given(driver);
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM", exportable: true });
    expect(await code(exportKey({}, key, access))).toBe("INVALID_ARGUMENT");
    expect(await code(exportKey(undefined as never, key, access))).toBe("INVALID_ARGUMENT");
  });
});
