import { describe, expect, test } from "vitest";
import { recordOf, type CryptoKey, type CryptoKeyVersion } from "../src/records.ts";
import { refusal } from "./setup.ts";

const name = "projects/some-project/locations/global/keyRings/r/cryptoKeys/k";
const template = { algorithm: "HMAC_SHA256", protectionLevel: "HSM" } as const;
const key: CryptoKey = { name, purpose: "MAC", versionTemplate: template };
const version = (number: number, more: CryptoKeyVersion = {}, of = name): CryptoKeyVersion => ({
  name: `${of}/cryptoKeyVersions/${number}`,
  state: "ENABLED",
  ...template,
  ...more,
});

describe("a key's versions", () => {
  test("are told by number, in whatever order Google lists them", () => {
    const { versions, currentVersion } = recordOf({ key, versions: [10, 2, 1, 9].map((number) => version(number)) });
    expect(versions.map((found) => found.version)).toEqual(["1", "2", "9", "10"]);
    expect(currentVersion).toBe("10");
  });

  test("of another key are TAMPERED, listed or primary, and a change before that may have happened", async () => {
    const other = version(1, {}, name.replace("keyRings/r", "keyRings/s"));
    const symmetric: CryptoKey = { ...key, purpose: "ENCRYPT_DECRYPT", primary: other };
    for (const described of [
      { key, versions: [version(1), other] },
      { key: symmetric, versions: [version(1)] },
    ]) {
      expect(await refusal((async () => recordOf(described))())).toMatchObject({
        code: "TAMPERED",
        keyId: name,
        outcome: "unknown",
      });
    }
  });

  test("of another protection level than the key's make it serve nothing, with a warning", () => {
    const versions = [version(1), version(2, { protectionLevel: "SOFTWARE" })];
    expect(recordOf({ key, versions })).toMatchObject({
      algorithms: [],
      findings: [{ found: "HMAC_SHA256 HSM, HMAC_SHA256 SOFTWARE", severity: "warning" }],
    });
    expect(recordOf({ key, versions: [version(1)] })).toMatchObject({ algorithms: ["HMAC-SHA256"], protection: "hsm" });
  });

  test("that failed, by generation or import, say why and do not count for the key", () => {
    const failed = version(2, { state: "GENERATION_FAILED", generationFailureReason: "no entropy" });
    const imported = version(3, { state: "IMPORT_FAILED", importFailureReason: "wrong key" });
    const record = recordOf({ key, versions: [version(1), failed, imported] });
    expect(record).toMatchObject({ state: "enabled", currentVersion: "1", algorithms: ["HMAC-SHA256"] });
    expect(record.versions.map(({ native, failure }) => [native, failure])).toEqual([
      ["enabled", undefined],
      ["failed", "no entropy"],
      ["failed", "wrong key"],
    ]);
    expect(recordOf({ key, versions: [failed] }).state).toBe("failed");
  });

  test("that are to be destroyed one after the other take the key with them with the last; no living key has such a date", () => {
    const doomed = (number: number, seconds: number): CryptoKeyVersion =>
      version(number, { state: "DESTROY_SCHEDULED", destroyTime: { seconds } });
    const versions = [doomed(1, 200), doomed(2, 300), doomed(3, 100)];
    expect(recordOf({ key, versions }).destroyAt).toEqual(new Date(300_000));
    expect(recordOf({ key, versions: [...versions, version(4)] }).destroyAt).toBeUndefined();
  });

  test("in a state that is not known here are unavailable, with a warning", () => {
    const unheard = { ...version(1), state: "MELTED" as "ENABLED" };
    expect(recordOf({ key, versions: [unheard] })).toMatchObject({
      state: "unavailable",
      findings: [{ found: "MELTED", severity: "warning" }],
    });
  });
});

describe("where a key is kept and comes from", () => {
  test.each([
    ["HSM_SINGLE_TENANT", "hsm", "generated"],
    ["EXTERNAL", "external", "external-store"],
    ["EXTERNAL_VPC", "external", "external-store"],
  ] as const)("%s is told, and such a key serves nothing here", (protectionLevel, protection, origin) => {
    const described = { key: { ...key, versionTemplate: { ...template, protectionLevel } }, versions: [] };
    expect(recordOf(described)).toMatchObject({
      algorithms: [],
      protection,
      protectionDetail: protectionLevel,
      origin,
    });
  });

  test("an imported key is told from a generated one, by its rule or by a version's import job", () => {
    expect(recordOf({ key: { ...key, importOnly: true }, versions: [] }).origin).toBe("imported");
    expect(recordOf({ key, versions: [version(1), version(2, { importJob: "j" })] }).origin).toBe("imported");
    expect(recordOf({ key, versions: [version(1)] }).origin).toBe("generated");
  });
});

test("labels of the driver's own name space are not the caller's", () => {
  const labels = { app: "orders", "kms-nonce": "x", "kms-other": "y" };
  expect(recordOf({ key: { ...key, labels }, versions: [] }).labels).toEqual({ app: "orders" });
});
