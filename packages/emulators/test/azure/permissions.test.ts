import { describe, expect, it } from "vitest";
import type { AzureEmulatorOptions } from "../../src/azure/index.ts";
import { OPERATIONS } from "../../src/azure/operations/index.ts";
import { API, endOf, present, send, start, type Started } from "./setup.ts";

interface Row {
  /** Under RBAC, under access policies, on a Managed HSM, each without what all have in common. */
  readonly names: readonly [rbac: string | undefined, verb: string | undefined, hsm: string];
  readonly line: string;
  readonly body?: object;
}

const VERSION = "VERSION";
const use = (operation: string): string => `POST /keys/orders/${VERSION}/${operation}`;
const SPEC = { key_ops: ["sign"], attributes: {} };

// learn.microsoft.com/azure/role-based-access-control/permissions/security, Microsoft.KeyVault;
// …/key-vault/managed-hsm/built-in-roles, Permitted operations; …/keys/about-keys-details, Key access control.
const ROWS: Readonly<Record<string, Row>> = {
  CreateKey: { names: ["keys/create/action", "create", "keys/create"], line: "POST /keys/new/create", body: SPEC },
  GetKey: { names: ["keys/read", "get", "keys/read/action"], line: "GET /keys/orders" },
  UpdateKey: { names: ["keys/update/action", "update", "keys/write/action"], line: "PATCH /keys/orders/", body: {} },
  GetKeys: { names: ["keys/read", "list", "keys/read/action"], line: "GET /keys" },
  GetKeyVersions: { names: ["keys/read", "list", "keys/read/action"], line: "GET /keys/orders/versions" },
  DeleteKey: { names: ["keys/delete", "delete", "keys/delete"], line: "DELETE /keys/orders" },
  GetDeletedKey: { names: ["keys/read", "get", "keys/deletedKeys/read/action"], line: "GET /deletedkeys/orders" },
  GetDeletedKeys: { names: ["keys/read", "list", "keys/deletedKeys/read/action"], line: "GET /deletedkeys" },
  RecoverDeletedKey: {
    names: ["keys/recover/action", "recover", "keys/deletedKeys/recover/action"],
    line: "POST /deletedkeys/orders/recover",
  },
  PurgeDeletedKey: {
    names: ["keys/purge/action", "purge", "keys/deletedKeys/delete"],
    line: "DELETE /deletedkeys/orders",
  },
  RotateKey: { names: ["keys/rotate/action", "rotate", "keys/rotate/action"], line: "POST /keys/orders/rotate" },
  GetKeyRotationPolicy: {
    names: ["keyrotationpolicies/read", "getrotationpolicy", "keys/read/action"],
    line: "GET /keys/orders/rotationpolicy",
  },
  UpdateKeyRotationPolicy: {
    names: ["keyrotationpolicies/write", "setrotationpolicy", "keys/write/action"],
    line: "PUT /keys/orders/rotationpolicy",
    body: {},
  },
  Encrypt: { names: ["keys/encrypt/action", "encrypt", "keys/encrypt/action"], line: use("encrypt"), body: {} },
  Decrypt: { names: ["keys/decrypt/action", "decrypt", "keys/decrypt/action"], line: use("decrypt"), body: {} },
  WrapKey: { names: ["keys/wrap/action", "wrapKey", "keys/wrap/action"], line: use("wrapkey"), body: {} },
  UnwrapKey: { names: ["keys/unwrap/action", "unwrapKey", "keys/unwrap/action"], line: use("unwrapkey"), body: {} },
  Sign: { names: ["keys/sign/action", "sign", "keys/sign/action"], line: use("sign"), body: {} },
  Verify: { names: ["keys/verify/action", "verify", "keys/verify/action"], line: use("verify"), body: {} },
  GetRandomBytes: { names: [undefined, undefined, "rng/action"], line: "POST /rng", body: { count: 8 } },
};
const UNEMULATED = ["ImportKey", "BackupKey", "RestoreKey", "Release", "GetKeyAttestation"];

const SCHEMES: readonly (readonly [
  string,
  AzureEmulatorOptions,
  (row: Row) => string | undefined,
  string | undefined,
])[] = [
  ["rbac", {}, ({ names: [name] }) => name && `Microsoft.KeyVault/vaults/${name}`, "ForbiddenByRbac"],
  ["access policies", { authorization: "access-policy" }, ({ names: [, verb] }) => verb, "AccessDenied"],
  [
    "local RBAC",
    { flavour: "managed-hsm" },
    ({ names: [, , name] }) => `Microsoft.KeyVault/managedHsm/${name}`,
    undefined,
  ],
];

interface Subject extends Started {
  readonly version: string;
}

async function subject(options: AzureEmulatorOptions): Promise<Subject> {
  const started = await start(options);
  const kty = options.flavour === "managed-hsm" ? "EC-HSM" : "EC";
  const key = await started.client.createKey("orders", kty, { curve: "P-256", keyOps: ["sign", "verify"] });
  return { ...started, version: present(key.properties.version) };
}

async function outcome({ emulator, version }: Subject, { line, body }: Row): Promise<{ status: number; text: string }> {
  const [method = "", path = ""] = line.replace(VERSION, version).split(" ");
  return send(emulator, `${method} ${path}?${API}`, body === undefined ? {} : { body: JSON.stringify(body) });
}

describe("the policy hook", () => {
  it("covers every operation that is emulated", () => {
    expect([...Object.keys(ROWS), ...UNEMULATED].toSorted()).toEqual([...OPERATIONS.keys()].toSorted());
  });

  describe.each(SCHEMES)("under %s", (_, options, nameOf, inner) => {
    it.each(Object.entries(ROWS).filter(([, row]) => nameOf(row) !== undefined))(
      "denies %s alone, in the service's words",
      async (_operation, row) => {
        const it = await subject(options);
        const permission = present(nameOf(row));
        it.emulator.permissions.deny(permission);
        const denied = await outcome(it, row);
        const { error } = JSON.parse(denied.text) as { error: { message: string } };
        const { message, ...codes } = error;
        expect(denied.status).toBe(403);
        expect(message).toContain(permission);
        expect(codes).toEqual({
          code: inner === undefined ? "AccessDenied" : "Forbidden",
          ...(inner === undefined ? {} : { innererror: { code: inner } }),
        });
        it.emulator.permissions.reset();
        expect((await outcome(it, row)).status).not.toBe(403);
        it.emulator.permissions.allowOnly([permission]);
        expect((await outcome(it, row)).status).not.toBe(403);
        it.emulator.permissions.allowOnly(it.emulator.permissions.known.filter((name) => name !== permission));
        expect((await outcome(it, row)).status).toBe(403);
      },
    );

    it("knows the names of its own scheme alone", async () => {
      const { emulator } = await subject(options);
      const own = new Set(Object.values(ROWS).flatMap((row) => nameOf(row) ?? []));
      expect(emulator.permissions.known).toEqual([...own].toSorted());
      expect(() => emulator.permissions.deny("Microsoft.KeyVault/vaults/secrets/read")).toThrow(RangeError);
      expect(() => emulator.permissions.allowOnly(["everything"])).toThrow(RangeError);
    });
  });

  it("lets a signer sign with the version that it knows, and read nothing", async () => {
    const it = await subject({});
    it.emulator.permissions.allowOnly(["Microsoft.KeyVault/vaults/keys/sign/action"]);
    const crypto = it.use(`${it.emulator.vaultUrl}/keys/orders/${it.version}`);
    expect((await crypto.sign("ES256", new Uint8Array(32))).result).toHaveLength(64);
    expect(await endOf(it.client.getKey("orders"))).toBe("403 Forbidden ForbiddenByRbac");
  });

  it("denies before it says whether a key exists", async () => {
    const it = await subject({});
    it.emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/read");
    expect(await endOf(it.client.getKey("none"))).toBe("403 Forbidden ForbiddenByRbac");
  });
});
