import type { KmsError } from "@kms/core";
import { describe, expect, test } from "vitest";
import { azureCapabilities } from "../src/capabilities.ts";
import { permissions, permissionsOf, type AzureOperation, type AzureScheme } from "../src/index.ts";
import { guarded, kmsOver, type Guarded } from "./guarded.ts";
import { changes, readings, uses, type Work } from "./operations.ts";
import { rejection, usePermissions } from "./setup.ts";

const works = [...uses, ...readings, ...changes];

type Right = readonly [rbac: string, verb: string, hsm: string];
const key = (rbac: string, verb: string, hsm = rbac): Right => [
  `Microsoft.KeyVault/vaults/${rbac}`,
  verb,
  `Microsoft.KeyVault/managedHsm/${hsm}`,
];
/** The right of each request (Azure's pages on data actions, access policies and local roles), told apart from the table that is tested. */
const asksFor: Readonly<Record<string, Right>> = {
  GetKey: key("keys/read", "get", "keys/read/action"),
  GetKeys: key("keys/read", "list", "keys/read/action"),
  GetKeyVersions: key("keys/read", "list", "keys/read/action"),
  GetDeletedKey: key("keys/read", "get", "keys/deletedKeys/read/action"),
  GetDeletedKeys: key("keys/read", "list", "keys/deletedKeys/read/action"),
  CreateKey: key("keys/create/action", "create", "keys/create"),
  UpdateKey: key("keys/update/action", "update", "keys/write/action"),
  DeleteKey: key("keys/delete", "delete"),
  RecoverDeletedKey: key("keys/recover/action", "recover", "keys/deletedKeys/recover/action"),
  PurgeDeletedKey: key("keys/purge/action", "purge", "keys/deletedKeys/delete"),
  RotateKey: key("keys/rotate/action", "rotate"),
  GetKeyRotationPolicy: key("keyrotationpolicies/read", "getrotationpolicy", "keys/read/action"),
  UpdateKeyRotationPolicy: key("keyrotationpolicies/write", "setrotationpolicy", "keys/write/action"),
  Encrypt: key("keys/encrypt/action", "encrypt"),
  Decrypt: key("keys/decrypt/action", "decrypt"),
  WrapKey: key("keys/wrap/action", "wrapKey"),
  UnwrapKey: key("keys/unwrap/action", "unwrapKey"),
  Sign: key("keys/sign/action", "sign"),
  Verify: key("keys/verify/action", "verify"),
  GetRandomBytes: key("rng/action", "none", "rng/action"),
};
const columns: readonly AzureScheme[] = ["rbac", "access-policy", "managed-hsm"];

/** The rights that Azure was asked for. */
const asked = ({ emulator }: Guarded, scheme: AzureScheme): readonly string[] => [
  ...new Set(
    emulator.requests
      .list()
      .filter(({ isAuthorized }) => isAuthorized)
      .map(({ operation = "" }) => asksFor[operation]?.[columns.indexOf(scheme)] ?? operation),
  ),
];

/** Each work under each scheme of its tier. */
const cases = works.flatMap((work) =>
  (work.tier === "managed-hsm" ? (["managed-hsm"] as const) : (["rbac", "access-policy"] as const)).map((scheme) => ({
    ...work,
    scheme,
  })),
);
const under = ({ tier }: Work, scheme: AzureScheme) =>
  guarded({ flavour: tier, ...(scheme === "access-policy" ? { authorization: scheme } : {}) });

// What is denied and goes on all the same: a finding, or the version that the handle pins. Whoever recovers a key reads it.
const tolerated: ReadonlySet<string> = new Set([
  "Microsoft.KeyVault/vaults/keyrotationpolicies/read",
  "getrotationpolicy",
]);
/** A right whose lack an operation gets over. */
const getsOver = (
  { operation, algorithm = "" }: { operation: AzureOperation; algorithm?: string },
  right: string,
): boolean =>
  tolerated.has(right) ||
  // The current version could not be read: the pinned one serves (`design` §3.3).
  (algorithm !== "" && right === "Microsoft.KeyVault/managedHsm/keys/read/action") ||
  // The SDK's own question after a deletion.
  (operation === "scheduleDestruction" && right === "Microsoft.KeyVault/managedHsm/keys/deletedKeys/read/action");
const symmetricUse = ({ what, operation }: Work): string =>
  /AES/.test(what) && ["encrypt", "generateDataKey", "wrapDataKey", "wrapKey"].includes(operation) ? "AES" : "";

describe("the table of permissions", () => {
  test("has a row for each claimed operation but those that ask nothing, for health and purgeAzureKey", () => {
    const claimed = new Set<string>(
      azureCapabilities("managed-hsm").rows.flatMap(({ operations }) => Object.keys(operations)),
    );
    claimed.delete("replaceKey"); // generateKey, and nothing of its own
    claimed.delete("getPublicKey"); // what the handle pins
    expect(new Set(Object.keys(permissions))).toEqual(new Set([...claimed, "health", "purgeAzureKey"]));
  });

  test("is tried here row by row, but for health and the receipt, which asks what describeKey asks", () => {
    const tried = new Set<string>([...works.map(({ operation }) => operation), "health", "getDestructionReceipt"]);
    expect(tried).toEqual(new Set(Object.keys(permissions)));
    expect(permissions.getDestructionReceipt).toEqual(permissions.describeKey);
  });

  test.each(cases)("allows $what under $scheme, and asks for nothing beside its row", async ({ scheme, ...work }) => {
    const here = await under(work, scheme);
    const run = await work.prepare(here);
    // Under a symmetric key the current version is read where that is allowed; the row is of the use itself.
    const reads = symmetricUse(work) === "" ? [] : (["describeKey"] as const);
    const granted = permissionsOf([work.operation, ...reads], scheme);
    here.emulator.permissions.allowOnly(granted);
    here.emulator.requests.clear();
    await run(kmsOver(here));
    expect(granted).toEqual(expect.arrayContaining([...asked(here, scheme)]));
  });

  test.each(cases)(
    "has $what under $scheme refused as PERMISSION_DENIED naming each right that is missing",
    async (one) => {
      const { scheme, ...work } = one;
      const here = await under(work, scheme);
      const allowed = await work.prepare(here);
      here.emulator.requests.clear();
      await allowed(kmsOver(here));
      const needed = asked(here, scheme).filter(
        (right) => !getsOver({ operation: work.operation, algorithm: symmetricUse(work) }, right),
      );
      const denials: unknown[] = [];
      for (const right of needed) {
        const fresh = await under(work, scheme);
        const run = await work.prepare(fresh);
        fresh.emulator.permissions.deny(right);
        const { code, permission, outcome } = (await rejection(run(kmsOver(fresh)))) as KmsError;
        denials.push({ code, permission, mayRepeat: outcome !== "unknown" });
      }
      expect(denials).toEqual(needed.map((permission) => ({ code: "PERMISSION_DENIED", permission, mayRepeat: true })));
    },
  );

  test.each(["rbac", "access-policy", "managed-hsm"] as const)(
    "lets a principal with the rows of use alone make every use under %s",
    async (scheme) => {
      const tier = scheme === "managed-hsm" ? scheme : "standard";
      const own = uses.filter((work) => work.tier === tier && work.request !== "Verify");
      const here = await guarded({ flavour: tier, ...(scheme === "access-policy" ? { authorization: scheme } : {}) });
      const runs = [];
      for (const { prepare } of own) runs.push(await prepare(here));
      here.emulator.permissions.allowOnly(usePermissions(scheme));
      const kms = kmsOver(here);
      const done = await Promise.all(runs.map((run) => run(kms)));
      expect(done.every((answer) => answer !== undefined && answer !== false)).toBe(true);
    },
  );
});

describe("health", () => {
  test("says that the vault answers, after reading a page of its keys", async () => {
    const here = await guarded();
    here.emulator.requests.clear();
    expect((await here.kms.health()).azure).toMatchObject({ ok: true });
    expect(asked(here, "rbac")).toEqual(permissionsOf(["health"], "rbac"));
  });

  test("takes a denial for an answer, and says so", async () => {
    const here = await guarded();
    const notes = (await here.kms.health()).azure.notes.length;
    here.emulator.permissions.allowOnly([]);
    const { azure } = await here.kms.health();
    expect(azure.ok).toBe(true);
    expect(azure.notes).toHaveLength(notes + 1);
  });

  test.each([
    ["unavailable", "UNAVAILABLE"],
    ["expired-token", "UNAUTHENTICATED"],
    ["reset", "UNAVAILABLE"],
  ] as const)("says %s as %s", async (fault, error) => {
    const here = await guarded();
    here.emulator.faults.always(fault);
    expect((await here.kms.health()).azure).toMatchObject({ ok: false, error });
  });
});

test("permissionsOf names each right once, by the scheme's own names, whatever else an operation may be", () => {
  const operations: readonly AzureOperation[] = ["sign", "unwrapDataKey", "decrypt", "getPublicKey", "generateRandom"];
  expect(permissionsOf(operations, "access-policy")).toEqual(["sign", "unwrapKey", "decrypt"]);
  expect(permissionsOf(operations, "managed-hsm")).toEqual([
    "Microsoft.KeyVault/managedHsm/keys/sign/action",
    "Microsoft.KeyVault/managedHsm/keys/unwrap/action",
    "Microsoft.KeyVault/managedHsm/keys/decrypt/action",
    "Microsoft.KeyVault/managedHsm/rng/action",
  ]);
});
