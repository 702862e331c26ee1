import type { AzureFlavour } from "./algorithms.ts";
import type { JsonObject } from "./input.ts";
import { publicMembers } from "./key-material.ts";
import type { Deletion } from "./key-store.ts";
import type { KeyVersion } from "./key-version.ts";
import type { RotationPolicy } from "./rotation-policy.ts";
import type { VaultKey } from "./vault-key.ts";

/** What answers say of the vault itself. */
export interface VaultView {
  /** `https://` and the `Host` header as received (provider facts §8.2). */
  readonly base: string;
  readonly flavour: AzureFlavour;
  readonly retentionDays: number;
  readonly purgeProtection: boolean;
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Source: the `KnownDeletionRecoveryLevel` of the official client. */
function recoveryLevel({ retentionDays, purgeProtection }: VaultView): string {
  if (retentionDays === 0) return "Purgeable";
  return `${retentionDays < 90 ? "Customized" : ""}Recoverable${purgeProtection ? "" : "+Purgeable"}`;
}

/** `hsmPlatform`: 0 is software, 2 is FIPS 140-3 level 3; of a Managed HSM not established, and left out. */
const platformOf = ({ flavour }: VaultView, { spec }: KeyVersion): JsonObject => {
  if (flavour === "managed-hsm") return {};
  return { hsmPlatform: spec.kty.endsWith("-HSM") ? "2" : "0" };
};

/** Attributes of a version; dates in seconds since 1970. Source: provider facts §8.2. */
function attributesOf(view: VaultView, version: KeyVersion): JsonObject {
  const { enabled, notBefore, expires } = version.settings;
  return {
    enabled,
    ...(notBefore === undefined ? {} : { nbf: notBefore }),
    ...(expires === undefined ? {} : { exp: expires }),
    created: seconds(version.createdAtMs),
    updated: seconds(version.updatedAtMs),
    recoveryLevel: recoveryLevel(view),
    recoverableDays: view.retentionDays,
    exportable: false,
    ...platformOf(view, version),
  };
}

const tagsOf = ({ settings }: KeyVersion): JsonObject =>
  settings.tags === undefined ? {} : { tags: Object.fromEntries(settings.tags) };

/** The identifier of a version. */
export const kidOf = ({ base }: VaultView, key: VaultKey, version: KeyVersion): string =>
  `${base}/keys/${key.name}/${version.id}`;

/** A key bundle. Source: learn.microsoft.com/rest/api/keyvault/keys/get-key. */
export async function bundle(view: VaultView, key: VaultKey, version: KeyVersion): Promise<JsonObject> {
  return {
    key: {
      kid: kidOf(view, key, version),
      kty: version.spec.kty,
      key_ops: version.settings.keyOps,
      ...publicMembers(version.spec, await version.material),
    },
    attributes: attributesOf(view, version),
    ...tagsOf(version),
  };
}

const deletionMembers = ({ base }: VaultView, { key, deletedAtMs, purgeAtMs }: Deletion): JsonObject => ({
  recoveryId: `${base}/deletedkeys/${key.name}`,
  deletedDate: seconds(deletedAtMs),
  scheduledPurgeDate: seconds(purgeAtMs),
});

/** A deleted key bundle. Source: learn.microsoft.com/rest/api/keyvault/keys/get-deleted-key. */
export const deletedBundle = async (view: VaultView, deletion: Deletion): Promise<JsonObject> => ({
  ...deletionMembers(view, deletion),
  ...(await bundle(view, deletion.key, deletion.key.latest)),
});

/** An entry of the list of keys, without version and key material. Source: …/rest/api/keyvault/keys/get-keys. */
export const keyItem = (view: VaultView, key: VaultKey): JsonObject => ({
  kid: `${view.base}/keys/${key.name}`,
  attributes: attributesOf(view, key.latest),
  ...tagsOf(key.latest),
});

/** An entry of the list of versions. Source: learn.microsoft.com/rest/api/keyvault/keys/get-key-versions. */
export const versionItem = (view: VaultView, key: VaultKey, version: KeyVersion): JsonObject => ({
  kid: kidOf(view, key, version),
  attributes: attributesOf(view, version),
  ...tagsOf(version),
});

/** An entry of the list of deleted keys. Source: learn.microsoft.com/rest/api/keyvault/keys/get-deleted-keys. */
export const deletedItem = (view: VaultView, deletion: Deletion): JsonObject => ({
  ...keyItem(view, deletion.key),
  ...deletionMembers(view, deletion),
});

/** The id of a key's rotation policy. */
export const policyId = ({ base }: VaultView, name: string): string => `${base}/keys/${name}/rotationpolicy`;

/** A rotation policy. Source: learn.microsoft.com/rest/api/keyvault/keys/get-key-rotation-policy. */
export const policyMessage = (view: VaultView, name: string, policy: RotationPolicy): JsonObject => ({
  id: policyId(view, name),
  lifetimeActions: policy.actions.map(({ type, trigger, span }) => ({
    trigger: { [trigger]: span.text },
    action: { type },
  })),
  attributes: {
    ...(policy.expiryTime === undefined ? {} : { expiryTime: policy.expiryTime.text }),
    ...(policy.times === undefined
      ? {}
      : { created: seconds(policy.times.createdAtMs), updated: seconds(policy.times.updatedAtMs) }),
  },
});
