import type { KmsError } from "@kms/core";
import type { Operation } from "@kms/core/driver";
import { describe, expect, test } from "vitest";
import { gcpKms, permissions, permissionsOf } from "../src/index.ts";
import { guarded, kmsOver, type Guarded } from "./guarded.ts";
import { changes, readings, uses } from "./operations.ts";
import { placeOf, rejection, usePermissions } from "./setup.ts";

const works = [...uses, ...readings, ...changes];

/** The permission of each method (Cloud KMS documentation, "Permissions and roles"), told apart from the table that is tested. */
const asksFor: Readonly<Record<string, string>> = {
  CreateKeyRing: "cloudkms.keyRings.create",
  GetKeyRing: "cloudkms.keyRings.get",
  CreateCryptoKey: "cloudkms.cryptoKeys.create",
  GetCryptoKey: "cloudkms.cryptoKeys.get",
  ListCryptoKeys: "cloudkms.cryptoKeys.list",
  UpdateCryptoKey: "cloudkms.cryptoKeys.update",
  UpdateCryptoKeyPrimaryVersion: "cloudkms.cryptoKeys.update",
  CreateCryptoKeyVersion: "cloudkms.cryptoKeyVersions.create",
  ListCryptoKeyVersions: "cloudkms.cryptoKeyVersions.list",
  UpdateCryptoKeyVersion: "cloudkms.cryptoKeyVersions.update",
  DestroyCryptoKeyVersion: "cloudkms.cryptoKeyVersions.destroy",
  RestoreCryptoKeyVersion: "cloudkms.cryptoKeyVersions.restore",
  GetPublicKey: "cloudkms.cryptoKeyVersions.viewPublicKey",
  Encrypt: "cloudkms.cryptoKeyVersions.useToEncrypt",
  Decrypt: "cloudkms.cryptoKeyVersions.useToDecrypt",
  AsymmetricDecrypt: "cloudkms.cryptoKeyVersions.useToDecrypt",
  AsymmetricSign: "cloudkms.cryptoKeyVersions.useToSign",
  MacSign: "cloudkms.cryptoKeyVersions.useToSign",
  MacVerify: "cloudkms.cryptoKeyVersions.useToVerify",
  GenerateRandomBytes: "cloudkms.locations.generateRandomBytes",
};

/** The permissions that Google was asked for. */
const asked = ({ emulator }: Guarded): readonly string[] => [
  ...new Set(emulator.requests.list().map(({ method }) => asksFor[method] ?? method)),
];

describe("the table of permissions", () => {
  test("has a row for each claimed operation but those that ask nothing, and for health", () => {
    const { capabilities } = gcpKms({ keyRing: "projects/some-project/locations/global/keyRings/r" });
    const claimed = new Set<string>(capabilities.rows.flatMap(({ operations }) => Object.keys(operations)));
    claimed.delete("replaceKey"); // generateKey, and nothing of its own
    for (const pinned of ["getPublicKey", "verify"]) claimed.delete(pinned); // with what the handle pins
    claimed.add("health");
    expect(new Set(Object.keys(permissions))).toEqual(claimed);
  });

  test("is tried here row by row, but for health and the receipt, which asks what describeKey asks", () => {
    const tried = new Set<string>([...works.map(({ operation }) => operation), "health", "getDestructionReceipt"]);
    tried.delete("verify");
    expect(tried).toEqual(new Set(Object.keys(permissions)));
    expect(permissions.getDestructionReceipt).toEqual(permissions.describeKey);
  });

  test.each(works)("allows $what, and asks for nothing beside its row", async ({ operation, prepare }) => {
    const here = await guarded();
    const run = await prepare(here);
    here.emulator.permissions.allowOnly(permissionsOf([operation]));
    here.emulator.requests.clear();
    await run(kmsOver(here));
    expect(permissionsOf([operation])).toEqual(expect.arrayContaining([...asked(here)]));
  });

  test.each(works)("has $what refused as PERMISSION_DENIED naming each permission that is missing", async (work) => {
    const here = await guarded();
    const allowed = await work.prepare(here);
    here.emulator.requests.clear();
    await allowed(kmsOver(here));
    const needed = asked(here);
    const denials: unknown[] = [];
    for (const permission of needed) {
      const fresh = await guarded();
      const run = await work.prepare(fresh);
      fresh.emulator.permissions.deny(permission);
      const { code, permission: named, outcome } = (await rejection(run(kmsOver(fresh)))) as KmsError;
      denials.push({ code, named, mayRepeat: outcome !== "unknown" });
    }
    expect(denials).toEqual(needed.map((named) => ({ code: "PERMISSION_DENIED", named, mayRepeat: true })));
  });

  test("lets a principal with the rows of use alone make every use", async () => {
    const here = await guarded();
    const runs = [];
    for (const { prepare } of uses) runs.push(await prepare(here));
    here.emulator.permissions.allowOnly(usePermissions);
    const kms = kmsOver(here);
    const done = await Promise.all(runs.map((run) => run(kms)));
    expect(done.every((answer) => answer !== undefined && answer !== false)).toBe(true);
  });

  test("lets roles/cloudkms.cryptoKeyEncrypterDecrypter alone encrypt, decrypt and use data keys", async () => {
    const here = await guarded();
    const symmetric = uses.filter(({ request }) => request === "Encrypt" || request === "Decrypt");
    const runs = [];
    for (const { prepare } of symmetric) runs.push(await prepare(here));
    here.emulator.permissions.allowOnly([
      "cloudkms.cryptoKeyVersions.useToEncrypt",
      "cloudkms.cryptoKeyVersions.useToDecrypt",
    ]);
    const kms = kmsOver(here);
    expect(await Promise.all(runs.map((run) => run(kms)))).toHaveLength(5);
  });

  test("asks for the right to make a key ring where it is made, and names it", async () => {
    const here = await guarded();
    const keyRing = `${placeOf(here.emulator).parent}/keyRings/another`;
    here.emulator.permissions.allowOnly(permissionsOf(["generateKey"]));
    const kms = kmsOver({ ...here, keyRing });
    here.emulator.requests.clear();
    await kms.generateKey("gcp", { algorithm: "HMAC-SHA256" });
    expect(asked(here)).toContain("cloudkms.keyRings.create");
    here.emulator.permissions.deny("cloudkms.keyRings.create");
    const other = kmsOver({ ...here, keyRing: `${keyRing}-still` });
    expect(await rejection(other.generateKey("gcp", { algorithm: "HMAC-SHA256" }))).toMatchObject({
      code: "PERMISSION_DENIED",
      permission: "cloudkms.keyRings.create",
    });
  });
});

describe("health", () => {
  test("says that Cloud KMS answers, after reading the key ring", async () => {
    const here = await guarded();
    here.emulator.requests.clear();
    const { gcp } = await here.kms.health();
    expect(gcp).toMatchObject({ ok: true });
    expect(asked(here)).toEqual(permissionsOf(["health"]));
  });

  test("takes a denial, and a ring that is not there, for an answer, and says so", async () => {
    const here = await guarded();
    const notes = (await here.kms.health()).gcp.notes.length;
    const elsewhere = kmsOver({ ...here, keyRing: `${here.keyRing}-missing` });
    expect((await elsewhere.health()).gcp).toMatchObject({ ok: true });
    expect((await elsewhere.health()).gcp.notes).toHaveLength(notes + 1);
    here.emulator.permissions.allowOnly([]);
    const { gcp } = await here.kms.health();
    expect(gcp.ok).toBe(true);
    expect(gcp.notes).toHaveLength(notes + 1);
  });

  test.each([
    ["unavailable", "UNAVAILABLE"],
    ["expired-token", "UNAUTHENTICATED"],
    ["reset", "UNAVAILABLE"],
  ] as const)("says %s as %s", async (fault, error) => {
    const here = await guarded();
    here.emulator.faults.always(fault);
    expect((await here.kms.health()).gcp).toMatchObject({ ok: false, error });
  });
});

test("permissionsOf names each permission once, whatever else an operation may be", () => {
  const operations: readonly Operation[] = ["encrypt", "wrapDataKey", "decrypt", "getPublicKey", "exportKey"];
  expect(permissionsOf(operations)).toEqual([
    "cloudkms.cryptoKeyVersions.useToEncrypt",
    "cloudkms.cryptoKeyVersions.useToDecrypt",
  ]);
});
