import { describe, expect, test } from "vitest";
import { call, context, bytes, freshName, nameIn, refusal, stand, versionOf, type Stand } from "../setup.ts";

const ec = "ECDSA-P256-SHA256";
const rsa = "RSA-OAEP-2048-SHA256";
const aes = "AES-256-GCM";
const digest = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;
const labelled = (algorithm: typeof ec | typeof rsa | typeof aes) =>
  ({ algorithm, name: freshName(), labels: { app: "orders" } }) as const;

describe("rotating a key whose newest version was narrowed to reading", () => {
  test.each([
    ["standard", rsa, true],
    ["standard", rsa, false],
    ["premium", ec, true],
    ["managed-hsm", aes, true],
  ] as const)("in %s makes a version of %s that protects, with the key's tags (copied: %s)", async (...given) => {
    const [flavour, algorithm, rotateCopiesTags] = given;
    const here = await stand({ flavour, rotateCopiesTags });
    const conf = { ...labelled(algorithm), ...(flavour === "managed-hsm" ? { rotateEveryDays: 28 } : {}) };
    const key = versionOf(await here.driver.createKey(conf, call()), algorithm);
    here.emulator.clock.advance(2_000);
    const { version: narrowed = "" } = await here.driver.rotate(key, call());
    const at = new Date();
    const revocation = { reason: "superseded", revokedAt: at, occurredAt: at } as const;
    await here.driver.revoke(key, narrowed, revocation, call());
    here.emulator.clock.advance(2_000);
    here.emulator.requests.clear();
    const { record, version = "" } = await here.driver.rotate(key, call());
    expect([here.emulator.requests.count("RotateKey"), here.emulator.requests.count("UpdateKey")]).toEqual([1, 1]);
    expect(record).toMatchObject({ state: "enabled", currentVersion: version, labels: { app: "orders" } });
    const made = await here.keys.getKey(nameIn(key.id));
    expect(made.properties).toMatchObject({ version, tags: { app: "orders" } });
    const protects = {
      [ec]: () => here.driver.sign({ ...key, version }, digest, call()),
      [aes]: () => here.driver.encrypt({ ...key, version }, bytes("x"), context(), call()),
      [rsa]: async () => ({ version: made.keyOperations?.includes("encrypt") === true ? version : undefined }),
    } as const;
    expect(await protects[algorithm]()).toMatchObject({ version });
  });

  test("leaves operations that protect as they are, though the algorithm has more", async () => {
    const here = await stand({ rotateCopiesTags: true });
    const key = versionOf(await here.driver.createKey(labelled(ec), call()), ec);
    here.emulator.others.updateVersion(nameIn(key.id), { keyOps: ["sign"] });
    here.emulator.requests.clear();
    await here.driver.rotate(key, call());
    expect((await here.keys.getKey(nameIn(key.id))).keyOperations).toEqual(["sign"]);
    expect(here.emulator.requests.count("UpdateKey")).toBe(0);
  });
});

describe("rotating a key that another one of the same name replaced meanwhile", () => {
  /** A key that somebody replaces just before the rotation, by one with tags of its own. */
  async function replaced(here: Stand) {
    const key = versionOf(await here.driver.createKey(labelled(ec), call()), ec);
    const name = nameIn(key.id);
    const hsm = here.tier === "managed-hsm";
    here.emulator.others.before(hsm ? "CreateKey" : "RotateKey", () => {
      here.emulator.others.deleteKey(name);
      here.emulator.others.purgeKey(name);
      const spec = { kty: hsm ? "EC-HSM" : "EC", bits: undefined, crv: "P-256" } as const;
      const tags = new Map([["owner", "payroll"]]);
      here.emulator.others.createVersion(name, { spec, keyOps: ["sign", "verify"], tags });
    });
    return key;
  }

  test.each(["standard", "managed-hsm"] as const)(
    "is TAMPERED and done in %s, and the version that was made is named, disabled and given no tags of ours there",
    async (flavour) => {
      const here = await stand({ flavour, rotateCopiesTags: false });
      const key = await replaced(here);
      here.emulator.requests.clear();
      const error = await refusal(here.driver.rotate(key, call()));
      expect(error).toMatchObject({ code: "TAMPERED", outcome: "done", keyId: key.id });
      expect(error.message).toContain("replaced by another one");
      const { versions } = await here.driver.describeKey(key.id, call());
      expect(versions.map(({ native }) => native)).toEqual(["enabled", "disabled"]);
      expect(error.message).toContain(versions[1]?.version);
      expect(here.emulator.requests.count("UpdateKey")).toBe(1);
    },
  );

  test("says so where the version that was made could not be disabled", async () => {
    const here = await stand();
    const key = await replaced(here);
    here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/update/action");
    const error = await refusal(here.driver.rotate(key, call()));
    expect(error).toMatchObject({ code: "TAMPERED", outcome: "done" });
    expect(error.message).toContain("could not be disabled");
  });
});

test("a rotation after which the key could not be read, or was deleted, says that it was done", async () => {
  const here = await stand();
  const key = versionOf(await here.driver.createKey(labelled(ec), call()), ec);
  here.emulator.others.before("RotateKey", () => here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/read"));
  const unread = await refusal(here.driver.rotate(key, call()));
  expect(unread).toMatchObject({ code: "PERMISSION_DENIED", outcome: "done", operation: "rotateKey", keyId: key.id });
  const slow = await stand();
  const other = versionOf(await slow.driver.createKey(labelled(ec), call()), ec);
  slow.emulator.others.before("GetKeyVersions", () => undefined);
  slow.emulator.others.before("GetKeyVersions", () => slow.emulator.others.deleteKey(nameIn(other.id)));
  expect(await refusal(slow.driver.rotate(other, call()))).toMatchObject({ outcome: "done", keyId: other.id });
});
