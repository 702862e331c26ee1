import { describe, expect, it } from "vitest";
import { API, DAY_MS, endOf, present, send, start, type Started } from "../setup.ts";
import type { AzureEmulatorOptions } from "../../../src/azure/index.ts";

const EC = { curve: "P-256" as const, keyOps: ["sign", "verify"] };
const START_MS = 20_000 * DAY_MS;
const day = (n: number): Date => new Date(START_MS + n * DAY_MS);

async function withKey(options: AzureEmulatorOptions = {}): Promise<Started> {
  const started = await start({ now: () => START_MS, ...options });
  await started.client.createKey("orders", "EC", EC);
  return started;
}

const remove = async ({ client }: Started) => (await client.beginDeleteKey("orders", { intervalInMs: 1 })).poll();
const post = async ({ emulator }: Started, path: string) => (await send(emulator, `POST ${path}?${API}`)).status;

describe("DeleteKey", () => {
  it("answers when the key was deleted, when it will be purged, and where it is until then", async () => {
    const { emulator, client } = await withKey({ retentionDays: 30 });
    const { properties } = present((await client.beginDeleteKey("orders")).getOperationState().result);
    expect(properties).toMatchObject({
      recoveryId: `${emulator.vaultUrl}/deletedkeys/orders`,
      deletedOn: day(0),
      scheduledPurgeDate: day(30),
      recoverableDays: 30,
      recoveryLevel: "CustomizedRecoverable+Purgeable",
    });
  });

  it("makes every version unusable and the name taken", async () => {
    const started = await withKey();
    const { client, use } = started;
    const key = await client.getKey("orders");
    await remove(started);
    expect(await endOf(client.getKey("orders"))).toBe("404 KeyNotFound");
    expect(await endOf(use(key.id).sign("ES256", new Uint8Array(32)))).toBe("404 KeyNotFound");
    expect(await endOf(client.updateKeyProperties("orders", { enabled: false }))).toBe("404 KeyNotFound");
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe("409 Conflict ObjectIsDeletedButRecoverable");
  });

  it("takes its time: 404 in both places and a taken name until it is done", async () => {
    const started = await withKey({ deletionDelayMs: 5000 });
    const { emulator, client } = started;
    const poller = await client.beginDeleteKey("orders", { intervalInMs: 1 });
    expect(poller.isDone()).toBe(false);
    expect(await endOf(client.getKey("orders"))).toBe("404 KeyNotFound");
    expect(await endOf(client.getDeletedKey("orders"))).toBe("404 KeyNotFound");
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe("409 Conflict ObjectIsBeingDeleted");
    expect(await endOf(client.purgeDeletedKey("orders"))).toBe("409 Conflict ObjectIsBeingDeleted");
    expect(await post(started, "/deletedkeys/orders/recover")).toBe(409);
    emulator.clock.advance(4999);
    expect(await endOf(client.getDeletedKey("orders"))).toBe("404 KeyNotFound");
    emulator.clock.advance(1);
    expect(await endOf(client.getDeletedKey("orders"))).toBe("200 OK");
    await poller.pollUntilDone();
  });

  it("without soft delete forgets the key at once", async () => {
    const started = await withKey({ retentionDays: 0 });
    const { client } = started;
    expect((await client.getKey("orders")).properties).toMatchObject({
      recoveryLevel: "Purgeable",
      recoverableDays: 0,
    });
    await remove(started);
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe("200 OK");
    expect(await endOf(client.getDeletedKey("orders"))).toBe("501 EmulatorNotImplemented");
  });

  it("of a key that is not there answers 404", async () => {
    const { client } = await start();
    expect(await endOf(client.beginDeleteKey("none"))).toBe("404 KeyNotFound");
  });
});

describe("deleted keys", () => {
  it("are read and listed until the day on which they are purged", async () => {
    const started = await withKey({ retentionDays: 7 });
    const { emulator, client } = started;
    await remove(started);
    emulator.clock.advance(7 * DAY_MS - 1);
    expect((await client.getDeletedKey("orders")).properties.scheduledPurgeDate).toEqual(day(7));
    const listed = [];
    for await (const key of client.listDeletedKeys()) listed.push(key);
    expect(listed).toMatchObject([{ name: "orders", properties: { deletedOn: day(0), scheduledPurgeDate: day(7) } }]);
    emulator.clock.advance(1);
    expect(await endOf(client.getDeletedKey("orders"))).toBe("404 KeyNotFound");
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe("200 OK");
  });

  it("are listed over pages", async () => {
    const { emulator, client } = await start();
    for (let at = 0; at < 30; at += 1) {
      emulator.others.createVersion(`k${at}`, { spec: { kty: "EC", bits: undefined, crv: "P-256" }, keyOps: [] });
      emulator.others.deleteKey(`k${at}`);
    }
    let count = 0;
    for await (const { name } of client.listDeletedKeys()) count += name.startsWith("k") ? 1 : 0;
    expect([count, emulator.requests.count("GetDeletedKeys")]).toEqual([30, 2]);
  });
});

describe("RecoverDeletedKey", () => {
  it("brings back every version as it was", async () => {
    const started = await withKey();
    const { client, use } = started;
    const first = await client.getKey("orders");
    const digest = new Uint8Array(32).fill(1);
    const { result } = await use(first.id).sign("ES256", digest);
    const second = await client.createKey("orders", "EC", EC);
    await remove(started);
    await (await client.beginRecoverDeletedKey("orders", { intervalInMs: 1 })).pollUntilDone();
    expect((await client.getKey("orders")).id).toBe(second.id);
    expect((await use(first.id).verify("ES256", digest, result)).result).toBe(true);
    expect(await endOf(client.getDeletedKey("orders"))).toBe("404 KeyNotFound");
  });

  it.each([
    ["shown", "200 OK"],
    ["hidden", "404 KeyNotFound"],
  ] as const)("takes its time; meanwhile the deleted key is %s when started so", async (recoveringDeleted, end) => {
    const started = await withKey({ recoveryDelayMs: 5000, recoveringDeleted });
    const { emulator, client } = started;
    await remove(started);
    expect(await post(started, "/deletedkeys/orders/recover")).toBe(200);
    expect(await endOf(client.getKey("orders"))).toBe("404 KeyNotFound");
    expect(await endOf(client.getDeletedKey("orders"))).toBe(end);
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe("409 Conflict ObjectIsBeingRecovered");
    expect(await post(started, "/deletedkeys/orders/recover")).toBe(409);
    emulator.clock.advance(5000);
    expect(await endOf(client.getKey("orders"))).toBe("200 OK");
  });

  it.each([true, false])("recoverKeepsEnabled %s: a version that was disabled", async (recoverKeepsEnabled) => {
    const started = await withKey({ recoverKeepsEnabled });
    const { client } = started;
    await client.updateKeyProperties("orders", { enabled: false });
    await remove(started);
    await client.beginRecoverDeletedKey("orders");
    expect((await client.getKey("orders")).properties.enabled).toBe(!recoverKeepsEnabled);
  });

  it("of a key that is not deleted answers 404", async () => {
    expect(await post(await withKey(), "/deletedkeys/orders/recover")).toBe(404);
  });
});

describe("PurgeDeletedKey", () => {
  it("forgets the key for good, and frees its name", async () => {
    const started = await withKey();
    const { client } = started;
    await remove(started);
    expect(await endOf(client.purgeDeletedKey("orders"))).toBe("200 OK");
    expect(await endOf(client.getDeletedKey("orders"))).toBe("404 KeyNotFound");
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe("200 OK");
  });

  it("keeps the name taken for a while when started so", async () => {
    const started = await withKey({ purgeDelayMs: 5000 });
    const { emulator, client } = started;
    await remove(started);
    await client.purgeDeletedKey("orders");
    expect(await endOf(client.getDeletedKey("orders"))).toBe("404 KeyNotFound");
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe("409 Conflict ObjectIsBeingDeleted");
    emulator.clock.advance(5000);
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe("200 OK");
  });

  it("is forbidden under purge protection, until the service purges by itself", async () => {
    const started = await withKey({ purgeProtection: true });
    const { emulator, client } = started;
    expect((await client.getKey("orders")).properties.recoveryLevel).toBe("Recoverable");
    await remove(started);
    expect(await endOf(client.purgeDeletedKey("orders"))).toBe("403 Forbidden");
    expect(await endOf(client.getDeletedKey("orders"))).toBe("200 OK");
    emulator.clock.advance(90 * DAY_MS);
    expect(await endOf(client.getDeletedKey("orders"))).toBe("404 KeyNotFound");
  });

  it("of a key that is not deleted answers 404", async () => {
    const { client } = await withKey();
    expect(await endOf(client.purgeDeletedKey("orders"))).toBe("404 KeyNotFound");
  });
});
