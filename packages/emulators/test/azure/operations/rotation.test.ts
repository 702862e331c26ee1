import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atLeastMs, readSpan, shift } from "../../../src/azure/duration.ts";
import type { AzureEmulatorOptions } from "../../../src/azure/index.ts";
import { API, DAY_MS, endOf, present, send, start, type Started } from "../setup.ts";

const START_MS = Date.UTC(2026, 0, 1);
const EC = { curve: "P-256" as const, keyOps: ["sign", "verify"] };
const day = (n: number): Date => new Date(START_MS + n * DAY_MS);

async function withKey(options: AzureEmulatorOptions = {}): Promise<Started> {
  const started = await start({ now: () => START_MS, ...options });
  const kty = options.flavour === "managed-hsm" ? "EC-HSM" : "EC";
  await started.client.createKey("orders", kty, { ...EC, tags: { app: "orders" } });
  return started;
}

async function versions({
  client,
}: Started): Promise<readonly { created: Date | undefined; expires: Date | undefined }[]> {
  const found = [];
  for await (const { createdOn, expiresOn } of client.listPropertiesOfKeyVersions("orders")) {
    found.push({ created: createdOn, expires: expiresOn });
  }
  return found.toSorted((a, b) => Number(a.created) - Number(b.created));
}

const POLICY = `/keys/orders/rotationpolicy?${API}`;
const NOTIFY = { trigger: { timeBeforeExpiry: "P30D" }, action: { type: "Notify" } };

const rotateAfter = (timeAfterCreate: string) => ({
  lifetimeActions: [{ action: "Rotate" as const, timeAfterCreate }],
});

describe("RotateKey", () => {
  it.each([true, false])("makes a new version like the latest one; rotateCopiesTags %s", async (rotateCopiesTags) => {
    const { client } = await withKey({ rotateCopiesTags });
    const first = await client.getKey("orders");
    await client.updateKeyProperties("orders", { enabled: false, expiresOn: day(5) });
    const second = await client.rotateKey("orders");
    expect(second).toMatchObject({ keyType: "EC", keyOperations: EC.keyOps, key: { crv: "P-256" } });
    expect(second.properties.enabled).toBe(true);
    expect(second.properties.expiresOn).toBeUndefined();
    expect(second.properties.tags).toEqual(rotateCopiesTags ? { app: "orders" } : undefined);
    expect(second.id).not.toBe(first.id);
    expect(second.key?.x).not.toEqual(first.key?.x);
    expect((await client.getKey("orders")).id).toBe(second.id);
  });

  it("sets the expiry that the policy says", async () => {
    const started = await withKey();
    const first = await started.client.getKey("orders");
    await started.client.updateKeyRotationPolicy("orders", { expiresIn: "P90D" });
    expect((await started.client.rotateKey("orders")).properties.expiresOn).toEqual(day(90));
    const version = present(first.properties.version);
    const old = await started.client.getKey("orders", { version }); // "it doesn't affect a current key"
    expect(old.properties.expiresOn).toBeUndefined();
  });

  it("on Managed HSM needs a policy first", async () => {
    const { client } = await withKey({ flavour: "managed-hsm" });
    expect(await endOf(client.rotateKey("orders"))).toBe("501 EmulatorNotImplemented");
    await client.updateKeyRotationPolicy("orders", rotateAfter("P28D"));
    expect(await endOf(client.rotateKey("orders"))).toBe("200 OK");
  });

  it("of a key that is not there answers 404", async () => {
    const { client } = await withKey();
    expect(await endOf(client.rotateKey("none"))).toBe("404 KeyNotFound");
  });
});

describe("the rotation policy", () => {
  const rotation = { lifetimeActions: [{ trigger: { timeAfterCreate: "P30D" }, action: { type: "Rotate" } }] };

  it("is kept, with its dates", async () => {
    const { emulator, client } = await withKey();
    const policy = {
      expiresIn: "P90D",
      lifetimeActions: [
        { action: "Rotate" as const, timeAfterCreate: "P30D" },
        { action: "Notify" as const, timeBeforeExpiry: "P30D" },
      ],
    };
    await client.updateKeyRotationPolicy("orders", policy);
    emulator.clock.advance(DAY_MS);
    const changed = await client.updateKeyRotationPolicy("orders", policy);
    expect(changed).toMatchObject({ ...policy, createdOn: day(0), updatedOn: day(1) });
    expect(await client.getKeyRotationPolicy("orders")).toEqual(changed);
    expect(changed.id).toBe(`${emulator.vaultUrl}/keys/orders/rotationpolicy`);
  });

  it("of a vault's key that never had one set notifies, and rotates nothing", async () => {
    const { client } = await withKey();
    const policy = await client.getKeyRotationPolicy("orders");
    expect(policy.lifetimeActions).toMatchObject([{ action: "Notify", timeBeforeExpiry: "P30D" }]);
    expect(policy.expiresIn ?? policy.createdOn ?? policy.updatedOn).toBeUndefined();
    const hsm = await withKey({ flavour: "managed-hsm" });
    expect(await endOf(hsm.client.getKeyRotationPolicy("orders"))).toBe("501 EmulatorNotImplemented");
  });

  it.each([
    [{ lifetimeActions: [] }, [NOTIFY]],
    [{ attributes: { expiryTime: "P90D" } }, [NOTIFY]],
    [
      { lifetimeActions: [{ ...NOTIFY, trigger: { timeBeforeExpiry: "P20D" } }] },
      [{ trigger: { timeBeforeExpiry: "P20D" } }],
    ],
    [rotation, [rotation.lifetimeActions[0], NOTIFY]],
  ])("of a vault's key always notifies: %j", async (policy, lifetimeActions) => {
    const { emulator } = await withKey();
    const { text } = await send(emulator, `PUT ${POLICY}`, { body: JSON.stringify(policy) });
    expect(JSON.parse(text)).toMatchObject({ lifetimeActions });
  });

  it("on Managed HSM, which has no Event Grid, notifies only when told to", async () => {
    const { emulator } = await withKey({ flavour: "managed-hsm" });
    const { text } = await send(emulator, `PUT ${POLICY}`, { body: JSON.stringify(rotation) });
    expect(JSON.parse(text)).toMatchObject(rotation);
  });

  it("is taken as it was answered, and not as another key's", async () => {
    const { emulator } = await withKey();
    for (const put of [undefined, JSON.stringify(rotation)]) {
      if (put !== undefined) await send(emulator, `PUT ${POLICY}`, { body: put });
      const { text } = await send(emulator, `GET ${POLICY}`);
      const { status, text: answer } = await send(emulator, `PUT ${POLICY}`, { body: text });
      expect(status).toBe(200);
      expect(JSON.parse(answer)).toMatchObject(JSON.parse(text));
    }
    const body = JSON.stringify({ ...rotation, id: `${emulator.vaultUrl}/keys/other/rotationpolicy` });
    expect((await send(emulator, `PUT ${POLICY}`, { body })).status).toBe(501);
  });

  it("rotates by itself, as often as time passed, and each version expires", async () => {
    const started = await withKey();
    await started.client.updateKeyRotationPolicy("orders", { ...rotateAfter("P30D"), expiresIn: "P60D" });
    started.emulator.clock.advance(30 * DAY_MS - 1);
    expect(await versions(started)).toHaveLength(1);
    started.emulator.clock.advance(1 + 65 * DAY_MS);
    expect(await versions(started)).toEqual([
      { created: day(0), expires: undefined },
      { created: day(30), expires: day(90) },
      { created: day(60), expires: day(120) },
      { created: day(90), expires: day(150) },
    ]);
  });

  it("rotates before the expiry of a version that has one, and not one that has none", async () => {
    const started = await withKey();
    const { client, emulator } = started;
    const lifetimeActions = [{ action: "Rotate" as const, timeBeforeExpiry: "P10D" }];
    await client.updateKeyRotationPolicy("orders", { expiresIn: "P40D", lifetimeActions });
    emulator.clock.advance(100 * DAY_MS);
    expect(await versions(started)).toHaveLength(1);
    await client.updateKeyProperties("orders", { expiresOn: day(120) });
    emulator.clock.advance(10 * DAY_MS);
    expect((await versions(started)).map(({ created }) => created)).toEqual([day(0), day(110)]);
    emulator.clock.advance(30 * DAY_MS);
    expect((await versions(started)).map(({ created }) => created)).toEqual([day(0), day(110), day(140)]);
  });

  it("catches up at once on a version that should have been rotated before it was made", async () => {
    const started = await withKey();
    await started.client.updateKeyProperties("orders", { expiresOn: day(5) });
    const lifetimeActions = [{ action: "Rotate" as const, timeBeforeExpiry: "P30D" }];
    await started.client.updateKeyRotationPolicy("orders", { expiresIn: "P90D", lifetimeActions });
    expect(await versions(started)).toHaveLength(2);
    expect((await started.client.getKey("orders")).properties).toMatchObject({ createdOn: day(0), expiresOn: day(90) });
  });

  it("set on an old key rotates it once, from then on, and never in the past", async () => {
    const started = await withKey();
    started.emulator.clock.advance(100 * DAY_MS);
    await started.client.updateKeyRotationPolicy("orders", rotateAfter("P30D"));
    started.emulator.clock.advance(DAY_MS);
    expect((await versions(started)).map(({ created }) => created)).toEqual([day(0), day(100)]);
    started.emulator.clock.advance(29 * DAY_MS);
    expect((await versions(started)).map(({ created }) => created)).toEqual([day(0), day(100), day(130)]);
  });

  it("rotates at once when an expiry is set that is too near", async () => {
    const started = await withKey();
    const lifetimeActions = [{ action: "Rotate" as const, timeBeforeExpiry: "P10D" }];
    await started.client.updateKeyRotationPolicy("orders", { expiresIn: "P40D", lifetimeActions });
    started.emulator.clock.advance(100 * DAY_MS);
    await started.client.updateKeyProperties("orders", { expiresOn: day(105) });
    expect((await versions(started)).map(({ created }) => created)).toEqual([day(0), day(100)]);
  });

  it("rotates nothing while the key is deleted, and what is overdue once it is recovered", async () => {
    const started = await withKey({ recoveryDelayMs: DAY_MS });
    await started.client.updateKeyRotationPolicy("orders", rotateAfter("P30D"));
    await started.client.beginDeleteKey("orders");
    started.emulator.clock.advance(50 * DAY_MS);
    await started.client.beginRecoverDeletedKey("orders");
    started.emulator.clock.advance(2 * DAY_MS);
    expect((await versions(started)).map(({ created }) => created)).toEqual([day(0), day(51)]);
  });

  it("stops at a hundred versions on Managed HSM", async () => {
    const started = await withKey({ flavour: "managed-hsm" });
    await started.client.updateKeyRotationPolicy("orders", rotateAfter("P28D"));
    started.emulator.clock.advance(200 * 28 * DAY_MS);
    expect(await versions(started)).toHaveLength(100);
  });

  it("takes the word Rotate with a small letter too", async () => {
    const { emulator } = await withKey();
    const body = JSON.stringify({
      lifetimeActions: [{ trigger: { timeAfterCreate: "P30D" }, action: { type: "rotate" } }],
    });
    const { text } = await send(emulator, `PUT ${POLICY}`, { body });
    expect(JSON.parse(text)).toMatchObject({ lifetimeActions: [{ action: { type: "Rotate" } }, NOTIFY] });
  });

  const rotate = (trigger: object): object => ({ trigger, action: { type: "Rotate" } });

  it.each([
    ["standard", { lifetimeActions: [rotate({ timeAfterCreate: "P6D" })] }],
    ["managed-hsm", { lifetimeActions: [rotate({ timeAfterCreate: "P27D" })] }],
    ["standard", { lifetimeActions: [rotate({ timeBeforeExpiry: "P6D" })], attributes: { expiryTime: "P90D" } }],
    ["standard", { lifetimeActions: [rotate({ timeBeforeExpiry: "P30D" })] }],
    ["standard", { lifetimeActions: [rotate({ timeBeforeExpiry: "P30D" })], attributes: { expiryTime: "P30D" } }],
    ["standard", { lifetimeActions: [rotate({ timeAfterCreate: "P89D" })], attributes: { expiryTime: "P90D" } }],
    ["standard", { lifetimeActions: [rotate({ timeAfterCreate: "P30D" }), rotate({ timeAfterCreate: "P40D" })] }],
    ["standard", { lifetimeActions: [rotate({ timeAfterCreate: "P30D", timeBeforeExpiry: "P30D" })] }],
    ["standard", { lifetimeActions: [rotate({})] }],
    ["standard", { lifetimeActions: [rotate({ timeAfterCreate: "30 days" })] }],
    ["standard", { lifetimeActions: [{ trigger: { timeAfterCreate: "P30D" }, action: { type: "Destroy" } }] }],
    ["standard", { attributes: { expiryTime: "P27D" } }],
    ["standard", { attributes: { expiryTime: "PT1H" } }],
  ] as const)("%s refuses %j", async (flavour, policy) => {
    const { emulator } = await withKey({ flavour });
    expect((await send(emulator, `PUT ${POLICY}`, { body: JSON.stringify(policy) })).status).toBe(400);
  });
});

describe("a span of the calendar", () => {
  it.each([
    ["P1M", "2026-01-31", "2026-03-03"],
    ["P1Y", "2024-02-29", "2025-03-01"],
    ["P1Y2M3D", "2026-01-01", "2027-03-04"],
    ["P28D", "2026-02-01", "2026-03-01"],
  ])("%s after %s is %s", (text, from, to) => {
    expect(new Date(shift(Date.parse(from), readSpan(text, "f"))).toISOString().slice(0, 10)).toBe(to);
  });

  it("is never shorter than it says at least, forwards or backwards", () => {
    const spans = fc.record({ months: fc.nat(600), days: fc.nat(9999) });
    fc.assert(
      fc.property(spans, fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), (span, from) => {
        const whole = { ...span, text: "" };
        expect(shift(from.getTime(), whole) - from.getTime()).toBeGreaterThanOrEqual(atLeastMs(whole));
        expect(from.getTime() - shift(from.getTime(), whole, -1)).toBeGreaterThanOrEqual(atLeastMs(whole) - 3 * DAY_MS);
      }),
    );
  });

  it("is read from what it is written as, and from nothing else", () => {
    fc.assert(
      fc.property(fc.nat(999), fc.nat(9999), fc.nat(99_999), (years, months, days) => {
        expect(readSpan(`P${years}Y${months}M${days}D`, "f")).toMatchObject({ months: years * 12 + months, days });
      }),
    );
    for (const text of ["", "P", "30D", "P1W", "P1DT1H", "P-1D", "p1d", "P1D2M", " P1D", "P1D "]) {
      expect(() => readSpan(text, "f")).toThrow(/f is not an ISO 8601 duration/);
    }
  });
});
