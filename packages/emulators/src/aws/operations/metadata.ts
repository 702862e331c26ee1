import type { JsonObject } from "../input.ts";
import { type ArnScope, arnOf } from "../key-id.ts";
import { ALGORITHMS_MEMBER } from "../key-specs.ts";
import type { KeyStore } from "../key-store.ts";
import type { KmsKey } from "../kms-key.ts";
import { seconds } from "../protocol.ts";

/** `KeyMetadata` of a key. Source: AWS KMS API Reference, KeyMetadata. */
export function metadataOf(key: KmsKey, store: KeyStore): JsonObject {
  const { spec, usage, secret, createdAtMs, description } = key.is;
  return {
    AWSAccountId: store.scope.accountId,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: seconds(createdAtMs),
    Enabled: key.state === "Enabled",
    Description: description,
    KeyUsage: usage,
    KeyState: key.state,
    Origin: "AWS_KMS",
    KeyManager: "CUSTOMER",
    CustomerMasterKeySpec: spec,
    KeySpec: spec,
    [ALGORITHMS_MEMBER[usage]]: key.algorithms,
    ...multiRegionMembers(key, store),
    ...deletionMembers(key),
    ...(secret.kind === "rotating" ? { CurrentKeyMaterialId: secret.materials.current.id } : {}),
  };
}

function deletionMembers({ deletion }: KmsKey): JsonObject {
  if (deletion === undefined) return {};
  return "atMs" in deletion
    ? { DeletionDate: seconds(deletion.atMs) }
    : { PendingDeletionWindowInDays: deletion.windowDays };
}

// Source: AWS KMS API Reference, MultiRegionConfiguration, and localstack's test_kms.snapshot.json,
// test_create_multi_region_key and test_replicate_key, as recorded from the service.
function multiRegionMembers(key: KmsKey, store: KeyStore): JsonObject {
  const parts = store.multiRegionParts(key);
  if (parts === undefined) return { MultiRegion: false };
  const part = (scope: ArnScope): JsonObject => ({ Arn: arnOf(scope, `key/${key.id}`), Region: scope.region });
  return {
    MultiRegion: true,
    MultiRegionConfiguration: {
      MultiRegionKeyType: key.is.multiRegion,
      PrimaryKey: part(parts.primary),
      ReplicaKeys: parts.replicas.map(part),
    },
  };
}
