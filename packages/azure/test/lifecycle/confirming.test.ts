import { conformanceClock } from "@kms/conformance";
import { describe, expect, test } from "vitest";
import { azureKms, purgeAzureKey } from "../../src/index.ts";
import { guarded, kmsOver, type Guarded } from "../guarded.ts";
import { call, complete, dayMs, keyOf, nameIn, refusal, stand, told, type Complete } from "../setup.ts";
import type { AzureEmulatorOptions } from "@kms/emulators/azure";

const ec = "ECDSA-P256-SHA256";
const minuteMs = 60_000;

/** A stand under a clock that the emulator and the guard share. */
async function timed(options: AzureEmulatorOptions = {}) {
  const clock = conformanceClock();
  const here = await guarded({ now: clock.now, retentionDays: 7, ...options }, clock);
  const key = await here.kms.generateKey("azure", { algorithm: ec });
  return { ...here, clock, key };
}
/** Another process, which has seen nothing yet. */
async function other(here: Guarded & Awaited<ReturnType<typeof timed>>) {
  const kms = kmsOver(here, { clock: here.clock });
  const handle = await kms.openHandle(await here.kms.sealHandle(here.key));
  return { kms, receipt: () => kms.getDestructionReceipt(handle) };
}
/** Two drivers without a guard, of which the second has seen nothing yet, and what they say of the key's end. */
async function drivers(options: AzureEmulatorOptions) {
  const clock = conformanceClock();
  const here = await stand({ now: clock.now, retentionDays: 7, ...options });
  const key = await keyOf(here, ec);
  const at = () => call({ now: clock.now() });
  const end = (driver: Complete): Promise<unknown> =>
    driver.completeDestruction(key, undefined, at()).then(
      ({ record }) => record.state,
      (cause: unknown) => told(here, cause, "getDestructionReceipt").code,
    );
  return { ...here, another: complete(azureKms({ client: here.client }), here.tier), clock, key, at, end };
}
const notReady = { code: "NOT_READY", outcome: "none" };

describe("a receipt of destruction, where the key is under neither name", () => {
  test("is NOT_READY to whoever did not begin the deletion that is under way, which can be cancelled afterwards", async () => {
    const here = await timed({ deletionDelayMs: 20_000 });
    const { receipt } = await other(here);
    await here.kms.scheduleDestruction(here.key);
    const error = await refusal(receipt());
    expect(error).toMatchObject(notReady);
    expect(error.message).toContain("saw it deleted");
    here.clock.advance(minuteMs);
    expect(await refusal(receipt())).toMatchObject(notReady);
    expect((await here.kms.cancelDestruction(here.key)).state).toBe("suspended");
  });

  test.each(["hidden", "shown"] as const)(
    "is not given while a recovery is under way, which is %s, to whoever began it or to others, nor once the key is back",
    async (recoveringDeleted) => {
      const here = await drivers({ recoveryDelayMs: 30_000, recoveringDeleted });
      await here.driver.scheduleDestruction(here.key, undefined, undefined, here.at());
      await here.driver.cancelDestruction(here.key, undefined, here.at());
      const unseen = recoveringDeleted === "hidden" ? "NOT_READY" : "destruction-scheduled";
      expect([await here.end(here.another), await here.end(here.driver)]).toEqual([unseen, "destruction-scheduled"]);
      here.clock.advance(30_000);
      expect([await here.end(here.another), await here.end(here.driver)]).toEqual(["disabled", "disabled"]);
    },
  );

  test("is not given for absence alone, however long: one look fell into a deletion, the next one into a recovery", async () => {
    const here = await drivers({ deletionDelayMs: 5_000, recoveryDelayMs: 5_000, recoveringDeleted: "hidden" });
    await here.driver.scheduleDestruction(here.key, undefined, undefined, here.at());
    expect(await here.end(here.another)).toBe("NOT_READY");
    here.clock.advance(8 * minuteMs);
    await here.driver.cancelDestruction(here.key, undefined, here.at());
    expect(await here.end(here.another)).toBe("NOT_READY");
    here.clock.advance(5_000);
    expect(await here.end(here.another)).toBe("disabled");
  });

  test("is not given to a driver that saw nothing of a purge, which cannot tell it from what is under way", async () => {
    const here = await timed();
    const { receipt } = await other(here);
    here.emulator.others.deleteKey(nameIn(here.key.keyId));
    here.emulator.others.purgeKey(nameIn(here.key.keyId));
    for (const elapsedMs of [0, minuteMs, 8 * dayMs]) {
      here.clock.advance(elapsedMs);
      expect(await refusal(receipt())).toMatchObject(notReady);
    }
  });

  test("is not given for a later key of the same name, which was never seen alive: its versions are others", async () => {
    const here = await timed({ deletionDelayMs: 5_000 });
    const name = nameIn(here.key.keyId);
    await here.kms.scheduleDestruction(here.key);
    here.clock.advance(5_000);
    await purgeAzureKey(here.kms, here.key);
    const second = await other(here);
    const later = await second.kms.generateKey("azure", { algorithm: ec, name });
    await second.kms.scheduleDestruction(later);
    const handle = await here.kms.openHandle(await second.kms.sealHandle(later));
    expect(await refusal(here.kms.getDestructionReceipt(handle))).toMatchObject(notReady);
    expect(await here.kms.getDestructionReceipt(here.key)).toMatchObject({ keyId: here.key.keyId });
  });

  test("is given at once to whoever saw the key deleted, or deleted it, and asks after its date, and to whoever purged it", async () => {
    const here = await timed();
    const { kms, receipt } = await other(here);
    await here.kms.scheduleDestruction(here.key);
    expect(await refusal(receipt())).toMatchObject(notReady);
    here.clock.advance(7 * dayMs);
    expect(await receipt()).toMatchObject({ level: "provider-reported" });
    expect(await here.kms.getDestructionReceipt(here.key)).toMatchObject({ level: "provider-reported" });
    const next = await kms.generateKey("azure", { algorithm: ec });
    await kms.scheduleDestruction(next);
    await purgeAzureKey(kms, next);
    expect(await kms.getDestructionReceipt(next)).toMatchObject({ keyId: next.keyId });
  });

  test("is not given for a date that does not hold any more: the destruction was cancelled by this driver", async () => {
    for (const recoveringDeleted of ["hidden", "shown"] as const) {
      const here = await drivers({ deletionDelayMs: 5_000, recoveryDelayMs: 5_000, recoveringDeleted });
      await here.driver.scheduleDestruction(here.key, undefined, undefined, here.at());
      here.clock.advance(5_000);
      await here.driver.cancelDestruction(here.key, undefined, here.at());
      here.clock.advance(5_000);
      await here.keys.getKey(nameIn(here.key.id)); // it is back, which the driver has not seen
      here.clock.advance(8 * dayMs);
      here.emulator.others.deleteKey(nameIn(here.key.id));
      expect(await here.end(here.driver)).toBe("NOT_READY");
    }
  });

  test("is for the whole key, and tells what a denied or failing look is", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    expect(await refusal((async () => here.driver.completeDestruction(key, key.version, call()))())).toMatchObject({
      code: "UNSUPPORTED",
    });
    here.emulator.faults.next("unavailable", "GetKey");
    expect(await refusal(here.driver.completeDestruction(key, undefined, call()))).toMatchObject({
      code: "UNAVAILABLE",
      outcome: "none",
    });
  });
});
