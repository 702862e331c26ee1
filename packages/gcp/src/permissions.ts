import type { Operation } from "@kms/core/driver";

/** A permission of Google's IAM. */
export type IamPermission = `cloudkms.${string}`;

/** What asks for rights: the contract's operations, and its `health`. */
export type GcpOperation = Operation | "health";

/** The permissions that an operation needs always, and those that it needs in the case said beside them. */
export interface PermissionRow {
  readonly always: readonly IamPermission[];
  readonly when?: Readonly<Partial<Record<IamPermission, string>>> | undefined;
}

const describe: readonly IamPermission[] = ["cloudkms.cryptoKeys.get", "cloudkms.cryptoKeyVersions.list"];
const publicKey = { "cloudkms.cryptoKeyVersions.viewPublicKey": "the key is asymmetric" } as const;
const only = (permission: IamPermission): PermissionRow => ({ always: [permission] });
const then = (permission: IamPermission): PermissionRow => ({ always: [permission, ...describe] });
// Under RSA these run here, with the public key that the handle pins.
const wrapping: PermissionRow = {
  always: [],
  when: { "cloudkms.cryptoKeyVersions.useToEncrypt": "the key is symmetric" },
};

/**
 * The exact rights that each operation of this adapter asks of a principal (Cloud KMS documentation, "Permissions and
 * roles"). An operation that is not listed makes no call: `getPublicKey` answers what the handle pins, `verify` runs here
 * with it, and opening a handle reads nothing. The uses of a key need one permission each and no right to read it:
 * `roles/cloudkms.cryptoKeyEncrypterDecrypter`, `…signer`, `…verifier` and their like suffice.
 * `health` reads the key ring, and counts a denial as an answer.
 */
export const permissions: Readonly<Partial<Record<GcpOperation, PermissionRow>>> = {
  generateKey: {
    always: ["cloudkms.cryptoKeys.create", ...describe],
    when: {
      "cloudkms.keyRings.create": "the driver has createKeyRing and the ring is missing",
      ...publicKey,
    },
  },
  getKey: { always: describe, when: publicKey },
  describeKey: { always: describe },
  refreshHandle: { always: describe, when: publicKey },
  listKeys: only("cloudkms.cryptoKeys.list"),
  generateRandom: only("cloudkms.locations.generateRandomBytes"),
  encrypt: wrapping,
  decrypt: only("cloudkms.cryptoKeyVersions.useToDecrypt"),
  generateDataKey: wrapping,
  wrapDataKey: wrapping,
  unwrapDataKey: only("cloudkms.cryptoKeyVersions.useToDecrypt"),
  sign: only("cloudkms.cryptoKeyVersions.useToSign"),
  generateMac: only("cloudkms.cryptoKeyVersions.useToSign"),
  verifyMac: only("cloudkms.cryptoKeyVersions.useToVerify"),
  rotateKey: {
    always: ["cloudkms.cryptoKeyVersions.create", ...describe],
    when: { "cloudkms.cryptoKeys.update": "the key is symmetric", ...publicKey },
  },
  disableKey: then("cloudkms.cryptoKeyVersions.update"),
  enableKey: then("cloudkms.cryptoKeyVersions.update"),
  scheduleDestruction: {
    always: ["cloudkms.cryptoKeyVersions.destroy", ...describe],
    when: { "cloudkms.cryptoKeys.update": "the whole key is meant and rotates automatically" },
  },
  cancelDestruction: then("cloudkms.cryptoKeyVersions.restore"),
  getDestructionReceipt: { always: describe },
  health: { always: [], when: { "cloudkms.keyRings.get": "the key ring is to be read, not denied" } },
};

/** Every permission that these operations can ask for, each once: for the role of a principal that may do no more. */
export const permissionsOf = (operations: readonly GcpOperation[]): readonly IamPermission[] => [
  ...new Set(
    operations.flatMap((operation) => {
      const { always = [], when = {} } = permissions[operation] ?? {};
      return [...always, ...Object.keys(when).filter(isPermission)];
    }),
  ),
];

const isPermission = (name: string): name is IamPermission => name.startsWith("cloudkms.");
