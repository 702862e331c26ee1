import { describe, expect, test } from "vitest";
import { guarded, type Guarded } from "./guarded.ts";
import { call, refusal, stand } from "./setup.ts";

const yearly = { algorithm: "AES-256-GCM", rotateEveryDays: 365 } as const;

/** The next answers about a key's rotation come from where it has not been seen. */
function staleAnswers({ client }: Guarded, count: number): void {
  let left = count;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (request) => {
        const result = await next(request);
        if (commandName === "GetKeyRotationStatusCommand" && left > 0) {
          left -= 1;
          Object.assign(result.output, { KeyRotationEnabled: false, RotationPeriodInDays: undefined });
        }
        return result;
      },
    { step: "initialize" },
  );
}

describe("a key that is to rotate by itself", () => {
  test("is waited for until AWS knows it", async () => {
    const { kms, driver, emulator } = await guarded();
    emulator.consistency.delay(150);
    const key = await kms.generateKey("aws", yearly);
    expect(await driver.describeKey(key.keyId, call())).toMatchObject({ rotateEveryDays: 365 });
    expect(emulator.requests.count("CreateKey")).toBe(1);
  });

  test("is waited for until its period is seen", async () => {
    const here = await guarded();
    staleAnswers(here, 2);
    const key = await here.kms.generateKey("aws", yearly);
    expect(await here.driver.describeKey(key.keyId, call())).toMatchObject({ rotateEveryDays: 365 });
  });

  test("is NOT_READY, made and named, when the call's time is over before", async () => {
    const { driver, emulator } = await stand();
    emulator.faults.always({ error: "NotFoundException" }, "EnableKeyRotation");
    let leftMs = 300;
    const remainingMs = () => (leftMs -= 100);
    const error = await refusal(driver.createKey(yearly, call({ remainingMs })));
    expect(error).toMatchObject({ code: "NOT_READY", outcome: "done", operation: "generateKey" });
    expect(emulator.requests.count("EnableKeyRotation")).toBe(2);
    expect(error.keyId).toMatch(/^arn:/);
  });

  test("is CANCELLED, made and named, when the caller cancels the wait", async () => {
    const { driver, emulator } = await stand();
    emulator.faults.always({ error: "NotFoundException" }, "EnableKeyRotation");
    const abort = new AbortController();
    const making = refusal(driver.createKey(yearly, call({ signal: abort.signal })));
    await expect.poll(() => emulator.requests.count("EnableKeyRotation")).toBeGreaterThan(0);
    abort.abort();
    expect(await making).toMatchObject({ code: "CANCELLED", outcome: "done" });
  });
});
