import type { Operation } from "@kms/core/driver";

/**
 * A right at Azure, by the verb of a vault's access policies; what has no verb of its own there is said apart, since a
 * Managed HSM tells it apart.
 */
export type AzureRight =
  | ("get" | "list" | "get deleted" | "list deleted")
  | ("create" | "update" | "delete" | "recover" | "purge" | "rotate" | "getrotationpolicy" | "setrotationpolicy")
  | ("encrypt" | "decrypt" | "wrapKey" | "unwrapKey" | "sign" | "verify" | "random");

/** Who decides: role-based access to a vault, a vault's access policies, or the roles of a Managed HSM. */
export type AzureScheme = "rbac" | "access-policy" | "managed-hsm";

/** What asks for rights: the contract's operations, its `health`, and this adapter's own functions. */
export type AzureOperation = Operation | "health" | "purgeAzureKey";

/** The rights that an operation needs always, and those that it needs in the case said beside them. */
export interface PermissionRow {
  readonly always: readonly AzureRight[];
  readonly when?: Readonly<Partial<Record<AzureRight, string>>> | undefined;
}

const vault = (name: string): string => `Microsoft.KeyVault/vaults/${name}`;
const hsm = (name: string): string => `Microsoft.KeyVault/managedHsm/${name}`;

interface RightNames {
  readonly rbac?: string;
  readonly "access-policy"?: string;
  readonly "managed-hsm": string;
}
const right = (policy: string, rbac: string, managedHsm: string): RightNames => ({
  rbac: vault(rbac),
  "access-policy": policy,
  "managed-hsm": hsm(managedHsm),
});
const use = (verb: string, name: string): RightNames => right(verb, `keys/${name}/action`, `keys/${name}/action`);

// learn.microsoft.com/azure/role-based-access-control/permissions/security (Microsoft.KeyVault, data actions);
// …/key-vault/general/assign-access-policy; …/key-vault/managed-hsm/built-in-roles, "Permitted operations".
const names: Readonly<Record<AzureRight, RightNames>> = {
  get: right("get", "keys/read", "keys/read/action"),
  list: right("list", "keys/read", "keys/read/action"),
  "get deleted": right("get", "keys/read", "keys/deletedKeys/read/action"),
  "list deleted": right("list", "keys/read", "keys/deletedKeys/read/action"),
  create: right("create", "keys/create/action", "keys/create"),
  update: right("update", "keys/update/action", "keys/write/action"),
  delete: right("delete", "keys/delete", "keys/delete"),
  recover: right("recover", "keys/recover/action", "keys/deletedKeys/recover/action"),
  purge: right("purge", "keys/purge/action", "keys/deletedKeys/delete"),
  rotate: right("rotate", "keys/rotate/action", "keys/rotate/action"),
  getrotationpolicy: right("getrotationpolicy", "keyrotationpolicies/read", "keys/read/action"),
  setrotationpolicy: right("setrotationpolicy", "keyrotationpolicies/write", "keys/write/action"),
  encrypt: use("encrypt", "encrypt"),
  decrypt: use("decrypt", "decrypt"),
  wrapKey: use("wrapKey", "wrap"),
  unwrapKey: use("unwrapKey", "unwrap"),
  sign: use("sign", "sign"),
  verify: use("verify", "verify"),
  random: { "managed-hsm": hsm("rng/action") },
};

const describe: readonly AzureRight[] = ["get", "list"];
const policyRead = { getrotationpolicy: "whether the key rotates by itself is to be known" } as const;
const deletedRead = { "get deleted": "the key is deleted" } as const;
const reading: PermissionRow = { always: describe, when: { ...policyRead, ...deletedRead } };
const only = (needed: AzureRight): PermissionRow => ({ always: [needed] });
const changing: PermissionRow = { always: ["update", ...describe], when: policyRead };
// Under RSA these run here, with the public key that the handle pins.
const wrapping: PermissionRow = { always: [], when: { encrypt: "the key is symmetric" } };

/**
 * The exact rights that each operation of this adapter asks of a principal. An operation that is not listed makes no call:
 * `getPublicKey` answers what the handle pins, and opening a handle reads nothing. The uses of a key need one right each and
 * no right to read it; only under a symmetric key of a Managed HSM is the current version read, where that is allowed.
 * `health` reads the list of keys, and counts a denial as an answer.
 */
export const permissions: Readonly<Partial<Record<AzureOperation, PermissionRow>>> = {
  generateKey: {
    always: ["create", ...describe],
    when: {
      ...policyRead,
      setrotationpolicy: "the configuration has rotateEveryDays",
      update: "a race for the name was lost",
    },
  },
  getKey: reading,
  describeKey: reading,
  refreshHandle: reading,
  listKeys: { always: ["list", "list deleted"] },
  generateRandom: only("random"),
  encrypt: wrapping,
  decrypt: only("decrypt"),
  generateDataKey: wrapping,
  wrapDataKey: wrapping,
  unwrapDataKey: { always: [], when: { unwrapKey: "the key is RSA", decrypt: "the key is symmetric" } },
  sign: only("sign"),
  verify: { always: [], when: { verify: 'the handle says verifyAt: "provider"' } },
  wrapKey: only("wrapKey"),
  unwrapKey: only("unwrapKey"),
  rotateKey: {
    always: describe,
    when: {
      ...policyRead,
      rotate: "the key is in a vault, or rotates by itself",
      create: "the key is in a Managed HSM and does not rotate by itself",
      update: "the service does not copy the key's tags, or the newest version was narrowed to reading",
    },
  },
  disableKey: changing,
  enableKey: changing,
  revokeKey: changing,
  scheduleDestruction: {
    always: ["delete", ...describe],
    when: { ...policyRead, update: "a version is enabled", "get deleted": "the deletion is to be seen at once" },
  },
  cancelDestruction: { always: ["recover", "get deleted", ...describe], when: policyRead },
  getDestructionReceipt: reading,
  purgeAzureKey: { always: ["purge", "get deleted"] },
  health: { always: [], when: { list: "the list of keys is to be read, not denied" } },
};

/**
 * Every right that these operations can ask for, each once, by its name in a scheme: data actions for a role, or the verbs
 * of an access policy. What a scheme does not have is left out: random bytes are of a Managed HSM alone.
 */
export const permissionsOf = (operations: readonly AzureOperation[], scheme: AzureScheme): readonly string[] => [
  ...new Set(
    operations.flatMap((operation) => {
      const { always = [], when = {} } = permissions[operation] ?? {};
      return [...always, ...Object.keys(when).filter(isRight)].flatMap((needed) => names[needed][scheme] ?? []);
    }),
  ),
];

const isRight = (name: string): name is AzureRight => Object.hasOwn(names, name);
