import { describe, expect, test } from "vitest";
import { guarded } from "./guarded.ts";
import { call, rejection, stand, target } from "./setup.ts";

const algorithm = "AES-256-GCM";

describe("a fault at what is read before a change leaves no doubt that nothing was changed", () => {
  const unread = ["answer-lost", "internal-error", "bad-gateway"] as const;

  test.each(unread)("%s, before a rotation", async (fault) => {
    const here = await guarded();
    const key = await here.kms.generateKey("aws", { algorithm });
    here.emulator.requests.clear();
    here.emulator.faults.always(fault, "DescribeKey");
    const error = await rejection(here.kms.rotateKey(key));
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "none", operation: "rotateKey", retryable: true });
    expect(here.emulator.requests.count("RotateKeyOnDemand")).toBe(0);
  });

  test.each(unread)("%s, before a key with a name is made", async (fault) => {
    const here = await guarded();
    here.emulator.faults.always(fault, "DescribeKey");
    const error = await rejection(here.kms.generateKey("aws", { algorithm, name: "orders" }));
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "none", operation: "generateKey", retryable: true });
    expect(here.emulator.requests.count("CreateKey")).toBe(0);
  });

  test("an answer without the current material, before a rotation", async () => {
    const here = await stand();
    const mac = await here.driver.createKey({ algorithm: "HMAC-SHA256" }, call());
    const key = target(mac, algorithm);
    expect(await rejection(here.driver.rotate(key, call()))).toMatchObject({ code: "UNKNOWN", outcome: "none" });
  });
});
