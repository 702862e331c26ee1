import { conformanceClock } from "@kms/conformance";
import { describe, expect, test } from "vitest";
import { guarded } from "./guarded.ts";
import { alterAnswers, bytes, dayMs, isRecord, refusal } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

/** A stand in which changes take three seconds to be seen, on a clock that moves with the guard's pauses. */
async function slow() {
  const clock = conformanceClock();
  const here = await guarded({ now: clock.now }, clock);
  return { ...here, clock, slowDown: () => here.emulator.consistency.delay(3_000) };
}

describe("while AWS has not seen a change everywhere", () => {
  test.each(["AES-256-GCM", "ECDSA-P256-SHA256"] as const)("a fresh key of %s is waited for", async (algorithm) => {
    const { kms, slowDown } = await slow();
    slowDown();
    const key = await kms.generateKey("aws", { algorithm });
    expect(await kms.describeKey(key)).toMatchObject({ state: "active" });
  });

  test("a key whose name cannot be given to it yet is named, and not made again", async () => {
    const { kms, emulator, slowDown } = await slow();
    slowDown();
    const error = await refusal(kms.generateKey("aws", { ...aes, name: "orders" }));
    expect(error).toMatchObject({ code: "NOT_FOUND", outcome: "done" });
    expect(error.keyId).toMatch(/^arn:aws:kms:/);
    expect(emulator.requests.count("CreateKey")).toBe(1);
  });

  test("disableKey and enableKey answer what AWS answered, whatever is still to be read", async () => {
    const { kms, clock, slowDown } = await slow();
    const key = await kms.generateKey("aws", aes);
    slowDown();
    expect((await kms.disableKey(key)).state).toBe("suspended");
    expect(await kms.encrypt(key, bytes("still served"))).toBeInstanceOf(Uint8Array);
    clock.advance(4_000);
    expect(await refusal(kms.encrypt(key, bytes("x")))).toMatchObject({ code: "INVALID_STATE", state: "suspended" });
    expect((await kms.enableKey(key)).state).toBe("active");
  });

  test("scheduleDestruction answers the date that AWS answered", async () => {
    const { kms, clock, slowDown } = await slow();
    const key = await kms.generateKey("aws", aes);
    slowDown();
    const { state, destroyAt } = await kms.scheduleDestruction(key);
    expect(state).toBe("suspended");
    expect(Math.round(((destroyAt?.getTime() ?? 0) - clock.now()) / dayMs)).toBe(30);
  });

  test("scheduleDestruction answers that date also where an earlier, cancelled one is still to be read", async () => {
    const { kms, client, clock } = await slow();
    const key = await kms.generateKey("aws", aes);
    const earlier = new Date(clock.now() + 30 * dayMs);
    alterAnswers({ client }, ({ KeyMetadata: found }) => {
      if (isRecord(found) && found["DeletionDate"] !== undefined) found["DeletionDate"] = earlier;
    });
    const { destroyAt } = await kms.scheduleDestruction(key, { windowDays: 7 });
    expect(Math.round(((destroyAt?.getTime() ?? 0) - clock.now()) / dayMs)).toBe(7);
  });

  test("cancelDestruction waits until the key is seen to be spared", async () => {
    const { kms, clock, slowDown } = await slow();
    const key = await kms.generateKey("aws", aes);
    await kms.scheduleDestruction(key);
    slowDown();
    expect((await kms.cancelDestruction(key)).state).toBe("suspended");
    clock.advance(4_000);
    expect(await kms.describeKey(key)).toMatchObject({ state: "suspended", destroyAt: undefined });
  });
});
