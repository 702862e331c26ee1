import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/index.ts";
import { given } from "./given.ts";
import { keyedDriver, macDriver, signingDriver, curvePair, version } from "./keyed-driver.ts";

const dayMs = 86_400_000;
const aes = { algorithm: "AES-256-GCM" } as const;

/** Findings of a key whose versions are so many days old, the last of them current. */
async function findings(ages: readonly number[], states: readonly string[] = []): Promise<readonly Finding[]> {
  const driver = keyedDriver();
  const { kms, clock } = given(driver);
  const key = await kms.generateKey("it", aes);
  driver.record = {
    ...driver.record,
    currentVersion: String(ages.length),
    versions: ages.map((days, index) =>
      version(String(index + 1), {
        createdAt: new Date(clock.now() - days * dayMs),
        native: (states[index] ?? "enabled") as "enabled",
      }),
    ),
  };
  return (await kms.describeKey(key)).findings.filter(({ what }) => what === "cryptoperiod over");
}

describe("cryptoperiods (SP 800-57 Part 1 §5.3.6)", () => {
  it("an encryption key that still protects after two years is a warning, on the very day", async () => {
    expect(await findings([729])).toEqual([]);
    expect(await findings([730])).toMatchObject([{ severity: "warning", found: "version 1 is 730 days old" }]);
  });

  it("an older version that only reads is no finding until five years have passed, and then information", async () => {
    expect(await findings([1_824, 10])).toEqual([]);
    expect(await findings([1_825, 10])).toMatchObject([{ severity: "info", found: "version 1 is 1825 days old" }]);
  });

  it("a destroyed version, and a current one that does not protect, have no period left to protect in", async () => {
    expect(await findings([4_000, 10], ["destroyed"])).toEqual([]);
    expect(await findings([800], ["disabled"])).toEqual([]);
  });

  it("MAC keys have two years and signing keys three", async () => {
    const madeAt = (days: number, now: number): { createdAt: Date } => ({ createdAt: new Date(now - days * dayMs) });
    const of = async (
      driver: ReturnType<typeof macDriver>,
      algorithm: "HMAC-SHA256" | "ECDSA-P256-SHA256",
      days: number,
    ): Promise<number> => {
      const { kms, clock } = given(driver);
      const key = await kms.generateKey("it", { algorithm });
      driver.record = {
        ...driver.record,
        versions: driver.record.versions.map((found) => ({ ...found, ...madeAt(days, clock.now()) })),
      };
      return (await kms.describeKey(key)).findings.filter(({ severity }) => severity === "warning").length;
    };
    expect(await of(macDriver(), "HMAC-SHA256", 729)).toBe(0);
    expect(await of(macDriver(), "HMAC-SHA256", 730)).toBe(1);
    const pairs = [curvePair("P-256")];
    expect(await of(signingDriver(pairs), "ECDSA-P256-SHA256", 1_094)).toBe(0);
    expect(await of(signingDriver(pairs), "ECDSA-P256-SHA256", 1_095)).toBe(1);
  });
});
