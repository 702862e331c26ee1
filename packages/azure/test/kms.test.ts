import { conformanceClock } from "@kms/conformance";
import { createKms, memoryAuditSink, type Kms } from "@kms/core";
import { describe, expect, test } from "vitest";
import { azureKms, purgeAzureKey } from "../src/index.ts";
import { guarded, kmsOver } from "./guarded.ts";
import { bytes, dayMs, nameIn, refusal, schemeOf, text, usePermissions } from "./setup.ts";

const ec = { algorithm: "ECDSA-P256-SHA256" } as const;
const rsa = { algorithm: "RSA-OAEP-2048-SHA256" } as const;
const aes = { algorithm: "AES-256-GCM" } as const;

describe("under the guard", () => {
  test("a key with labels, a name and a rotation period passes the read-back", async () => {
    const { kms, emulator } = await guarded({ flavour: "premium" });
    const key = await kms.generateKey("azure", {
      ...rsa,
      name: "orders",
      protection: "hsm",
      labels: { app: "orders" },
      rotateEveryDays: 365,
      destructionWindowDays: 90,
    });
    expect(key.keyId).toBe(`${emulator.vaultUrl}/keys/orders`);
    expect(await kms.describeKey(key)).toMatchObject({ labels: { app: "orders" }, state: "active", protection: "hsm" });
    expect((await kms.getKey("azure", "orders", rsa)).keyId).toBe(key.keyId);
    expect(await refusal(kms.generateKey("azure", { ...rsa, name: "orders" }))).toMatchObject({
      code: "ALREADY_EXISTS",
    });
  });

  test.each(["standard", "premium", "managed-hsm"] as const)(
    "in %s a handle sealed before two rotations opens what was protected before, between and after them",
    async (flavour) => {
      const here = await guarded({ flavour });
      const wide: Kms = here.kms;
      const key = await wide.generateKey("azure", flavour === "managed-hsm" ? aes : rsa);
      const entries = flavour === "managed-hsm" ? { tenant: "42" } : undefined;
      const token = await wide.sealHandle(key);
      const ciphertexts = [await wide.encrypt(key, bytes("before"), entries)];
      const once = await wide.rotateKey(key);
      ciphertexts.push(await wide.encrypt(once, bytes("between"), entries));
      const twice = await wide.rotateKey(once);
      ciphertexts.push(await wide.encrypt(twice, bytes("after"), entries));
      here.emulator.permissions.allowOnly(usePermissions(schemeOf(here)));
      here.emulator.requests.clear();
      const opened = await kmsOver(here).openHandle(token);
      const elsewhere: Kms = kmsOver(here);
      const handle = await elsewhere.openHandle(token);
      const read = [];
      for (const ciphertext of ciphertexts) read.push(text(await elsewhere.decrypt(handle, ciphertext, entries)));
      expect(read).toEqual(["before", "between", "after"]);
      expect(opened.keyId).toBe(key.keyId);
      expect(here.emulator.requests.count("Decrypt")).toBe(3);
      expect(here.emulator.requests.count()).toBe(3);
    },
  );

  test("a principal that may only use the key uses it: the read of the current version is denied, the pinned one serves", async () => {
    const audit = memoryAuditSink();
    const here = await guarded({ flavour: "managed-hsm" });
    const key = await here.kms.generateKey("azure", aes);
    const token = await here.kms.sealHandle(key);
    const pinned = (await here.kms.describeKey(key)).currentVersion ?? "";
    await here.kms.rotateKey(key);
    here.emulator.permissions.allowOnly(usePermissions("managed-hsm"));
    const kms = kmsOver(here, { audit });
    const opened = await kms.openHandle(token, aes);
    expect(text(await kms.decrypt(opened, await kms.encrypt(opened, bytes("x"))))).toBe("x");
    expect(audit.events().at(-1)).toMatchObject({ operation: "decrypt", phase: "outcome", keyVersion: pinned });
    here.emulator.permissions.allowOnly(["Microsoft.KeyVault/managedHsm/keys/decrypt/action"]);
    expect(await refusal(kms.encrypt(opened, bytes("x")))).toMatchObject({
      code: "PERMISSION_DENIED",
      permission: "Microsoft.KeyVault/managedHsm/keys/encrypt/action",
    });
  });

  test("an answer that names another version is TAMPERED, and not passed on", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("azure", ec);
    const another = here.emulator.others.createVersion(nameIn(key.keyId));
    here.emulator.others.answerAs(another, "Sign");
    expect(await refusal(here.kms.sign(key, bytes("m")))).toMatchObject({ code: "TAMPERED" });
  });

  test("a key of the same name that somebody else made meanwhile is not used: what the handle pins is not there", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("azure", ec);
    const name = nameIn(key.keyId);
    here.emulator.others.deleteKey(name);
    here.emulator.others.purgeKey(name);
    here.emulator.others.createVersion(name, { spec: { kty: "EC", bits: undefined, crv: "P-256" }, keyOps: ["sign"] });
    expect(await refusal(here.kms.sign(key, bytes("m")))).toMatchObject({ code: "NOT_FOUND" });
  });

  test("a key of the same name that somebody else made meanwhile is not changed, nor purged unseen", async () => {
    const here = await guarded();
    const { kms } = here;
    const key = await kms.generateKey("azure", ec);
    const name = nameIn(key.keyId);
    here.emulator.others.deleteKey(name);
    here.emulator.others.purgeKey(name);
    here.emulator.others.createVersion(name, { spec: { kty: "EC", bits: undefined, crv: "P-256" }, keyOps: ["sign"] });
    here.emulator.requests.clear();
    for (const change of [
      () => kms.disableKey(key),
      () => kms.revokeKey(key, "superseded"),
      () => kms.scheduleDestruction(key),
      () => kms.rotateKey(key),
      () => kms.refreshHandle(key),
    ]) {
      expect(await refusal(change())).toMatchObject({ code: "TAMPERED", outcome: "none" });
    }
    here.emulator.others.deleteKey(name);
    expect(await refusal(purgeAzureKey(kms, key))).toMatchObject({ code: "STALE_HANDLE", outcome: "none" });
    const asked = here.emulator.requests.list().map(({ operation }) => operation);
    expect(asked.filter((operation) => operation?.startsWith("Get") !== true)).toEqual([]);
    await purgeAzureKey(kms, await kms.refreshHandle(key));
    expect(here.emulator.requests.count("PurgeDeletedKey")).toBe(1);
  });

  test("a deleted key of the same name that somebody else made is not recovered by the handle of the one before it", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("azure", ec);
    const name = nameIn(key.keyId);
    await here.kms.scheduleDestruction(key);
    here.emulator.others.purgeKey(name);
    here.emulator.others.createVersion(name, { spec: { kty: "EC", bits: undefined, crv: "P-256" }, keyOps: ["sign"] });
    here.emulator.others.deleteKey(name);
    expect(await refusal(here.kms.cancelDestruction(key))).toMatchObject({ code: "STALE_HANDLE", outcome: "none" });
    expect(here.emulator.requests.count("RecoverDeletedKey")).toBe(0);
  });

  test("a deletion is cancelled by a handle from before somebody else's rotation: at once where it was begun, elsewhere once it is refreshed", async () => {
    const here = await guarded();
    const key = await here.kms.generateKey("azure", ec);
    const elsewhere = kmsOver(here);
    const handle = await elsewhere.openHandle(await here.kms.sealHandle(key));
    here.emulator.others.createVersion(nameIn(key.keyId));
    await here.kms.scheduleDestruction(key);
    expect(await refusal(elsewhere.cancelDestruction(handle))).toMatchObject({ code: "STALE_HANDLE", outcome: "none" });
    expect((await here.kms.cancelDestruction(key)).state).toBe("suspended");
    await here.kms.scheduleDestruction(key);
    const refreshed = await elsewhere.refreshHandle(handle);
    expect((await elsewhere.cancelDestruction(refreshed)).state).toBe("suspended");
  });

  test("signatures verify here, and at Azure where the handle says so", async () => {
    const { kms, emulator } = await guarded();
    for (const algorithm of ["ECDSA-P384-SHA384", "RSA-PSS-2048-SHA256"] as const) {
      const key = await kms.generateKey("azure", { algorithm });
      const signature = await kms.sign(key, bytes("message"));
      emulator.requests.clear();
      expect(await kms.verify(key, bytes("message"), signature)).toBe(true);
      expect(emulator.requests.count()).toBe(0);
      const remote = kms.restrictKey(key, { verifyAt: "provider" });
      expect(await kms.verify(remote, bytes("message"), signature)).toBe(true);
      expect(await kms.verify(remote, bytes("another"), signature)).toBe(false);
      expect(emulator.requests.count("Verify")).toBe(2);
    }
  });

  test("a handle signs with the version that it pins until it is refreshed", async () => {
    const { kms } = await guarded();
    const pair = await kms.generateKey("azure", ec);
    const next = await kms.rotateKey(pair);
    const [old, made] = [await kms.sign(pair, bytes("m")), await kms.sign(next, bytes("m"))];
    expect(old.keyVersion).not.toBe(made.keyVersion);
    expect(await kms.verify(next, bytes("m"), old)).toBe(true);
    expect(await refusal(kms.verify(pair, bytes("m"), made))).toMatchObject({ code: "STALE_HANDLE" });
    expect(await kms.verify(await kms.refreshHandle(pair), bytes("m"), made)).toBe(true);
  });

  test("Terraform's key with all six key_ops is adopted with a warning, and refused by a policy that refuses warnings", async () => {
    const here = await guarded();
    const keyOps = ["decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey"];
    here.emulator.others.createVersion("k", { spec: { kty: "RSA", bits: 2048, crv: undefined }, keyOps });
    const key = await here.kms.getKey("azure", "k", rsa);
    expect(text(await here.kms.decrypt(key, await here.kms.encrypt(key, bytes("x"))))).toBe("x");
    expect((await here.kms.describeKey(key)).findings).toMatchObject([{ severity: "warning" }]);
    const strict = kmsOver(here, { policy: { refuseWarnings: true } });
    expect(await refusal(strict.getKey("azure", "k", rsa))).toMatchObject({ code: "POLICY_VIOLATION" });
  });

  test("what a vault cannot do is refused before any call, with the way out", async () => {
    const { kms, emulator } = await guarded();
    const wide: Kms = kms;
    const key = await kms.generateKey("azure", rsa);
    emulator.requests.clear();
    const error = await refusal(wide.generateKey("azure", aes));
    expect(error).toMatchObject({ code: "UNSUPPORTED" });
    expect(error.message).toContain("envelope");
    expect(await refusal(wide.encrypt(key, bytes("x"), { tenant: "42" }))).toMatchObject({ code: "UNSUPPORTED" });
    expect(await refusal(wide.generateRandom("azure", 8))).toMatchObject({ code: "UNSUPPORTED" });
    expect(await refusal(wide.encrypt(key, new Uint8Array(191)))).toMatchObject({ code: "TOO_LARGE" });
    expect(emulator.requests.count()).toBe(0);
  });

  test("a key is suspended, resumed, scheduled for destruction, spared, and destroyed", async () => {
    const clock = conformanceClock();
    const { kms, emulator } = await guarded({ now: clock.now, retentionDays: 7 }, clock);
    const key = await kms.generateKey("azure", ec);
    expect((await kms.disableKey(key)).state).toBe("suspended");
    expect(await refusal(kms.sign(key, bytes("x")))).toMatchObject({ code: "INVALID_STATE", state: "suspended" });
    expect((await kms.enableKey(key)).state).toBe("active");
    expect(await refusal(kms.scheduleDestruction(key, { windowDays: 7 }))).toMatchObject({ code: "UNSUPPORTED" });
    expect((await kms.scheduleDestruction(key)).destroyAt).toBeInstanceOf(Date);
    expect((await kms.cancelDestruction(key)).state).toBe("suspended");
    await kms.scheduleDestruction(key);
    expect(await refusal(kms.getDestructionReceipt(key))).toMatchObject({ code: "NOT_READY" });
    clock.advance(8 * dayMs);
    expect(await kms.getDestructionReceipt(key)).toMatchObject({ keyId: key.keyId, level: "provider-reported" });
    expect(emulator.requests.count("PurgeDeletedKey")).toBe(0);
  });

  test("a key that a recovery gives back enabled is disabled", async () => {
    const clock = conformanceClock();
    const options = { now: clock.now, recoverKeepsEnabled: false, recoveryDelayMs: 3_000 } as const;
    const { kms } = await guarded(options, clock);
    const key = await kms.generateKey("azure", ec);
    await kms.scheduleDestruction(key);
    expect((await kms.cancelDestruction(key)).state).toBe("suspended");
    expect((await kms.describeKey(key)).state).toBe("suspended");
  });
});

describe("purgeAzureKey", () => {
  test("purges a key that is scheduled for destruction, after which there is a receipt", async () => {
    const audit = memoryAuditSink();
    const here = await guarded();
    const kms: Kms = kmsOver(here, { audit, actor: "somebody" });
    const key = await kms.generateKey("azure", ec);
    await kms.scheduleDestruction(key);
    await purgeAzureKey(kms, key, { reason: "contract ended" });
    expect(here.emulator.requests.count("PurgeDeletedKey")).toBe(1);
    expect(await kms.getDestructionReceipt(key)).toMatchObject({ level: "provider-reported" });
    const events = audit.events().filter(({ reason }) => reason === "contract ended");
    expect(events.map(({ phase, operation, actor, code }) => [phase, operation, actor, code])).toEqual([
      ["intent", "scheduleDestruction", "somebody", undefined],
      ["outcome", "scheduleDestruction", "somebody", undefined],
    ]);
  });

  test("is refused for a living key, while the deletion is under way, by purge protection, authorize and other adapters", async () => {
    const here = await guarded({ purgeProtection: true });
    const key = await here.kms.generateKey("azure", ec);
    expect(await refusal(purgeAzureKey(here.kms, key))).toMatchObject({ code: "INVALID_STATE", state: "active" });
    await here.kms.scheduleDestruction(key);
    const error = await refusal(purgeAzureKey(here.kms, key));
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", outcome: "none" });
    expect(error.message).toContain("purge protection");
    const slow = await guarded({ deletionDelayMs: 60_000 });
    const other = await slow.kms.generateKey("azure", ec);
    await slow.kms.scheduleDestruction(other);
    expect(await refusal(purgeAzureKey(slow.kms, other))).toMatchObject({ code: "NOT_READY" });
    const denied = kmsOver(here, {
      authorize: () => {
        throw new Error("no");
      },
    });
    const there = await denied.openHandle(await here.kms.sealHandle(key));
    expect(await refusal(purgeAzureKey(denied, there))).toMatchObject({ code: "PERMISSION_DENIED" });
    // A driver that azureKms did not make, whatever it does.
    const elsewhere = createKms({ providers: { azure: { ...azureKms({ client: here.client }) } } });
    const own = await elsewhere.generateKey("azure", ec);
    expect(await refusal(purgeAzureKey(elsewhere, own))).toMatchObject({ code: "UNSUPPORTED" });
  });
});

test("a list that is cancelled between two pages ends at once, and asks for no third page", async () => {
  const { kms, emulator } = await guarded();
  for (let count = 0; count < 60; count += 1) {
    emulator.others.createVersion(`k${count}`, {
      spec: { kty: "EC", bits: undefined, crv: "P-256" },
      keyOps: ["sign"],
    });
  }
  const leaving = new AbortController();
  const since = emulator.requests.count("GetKeys");
  const list = async (): Promise<number> => {
    let listed = 0;
    for await (const { keyId } of kms.listKeys("azure", { signal: leaving.signal })) {
      expect(keyId).toContain("/keys/k");
      listed += 1;
      if (listed < 25) continue;
      emulator.faults.next({ slowMs: 30_000 }, "GetKeys");
      setTimeout(() => leaving.abort(), 50);
    }
    return listed;
  };
  expect(await refusal(list())).toMatchObject({ code: "CANCELLED", operation: "listKeys" });
  expect(emulator.requests.count("GetKeys") - since).toBe(2);
});
