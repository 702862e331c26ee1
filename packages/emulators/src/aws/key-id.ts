import { randomBytes } from "../primitives.ts";
import { AwsError } from "./errors.ts";

/** Where keys live: the parts of their ARNs. */
export interface ArnScope {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** What a `KeyId` names once read: a key by its id, or an alias by its full name. */
export type KeyName = { readonly kind: "key"; readonly id: string } | { readonly kind: "alias"; readonly name: string };

/** A UUID, or the id of a multi-Region key. Source: AWS KMS Developer Guide, Key identifiers (KeyId), Key ID. */
const KEY_ID = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;
const ARN = /^arn:([^:]+):kms:([^:]+):([^:]+):(key|alias)\/([^:]+)$/;
const ALIAS_PREFIX = "alias/";

/** Source: AWS General Reference, Amazon Resource Names, "Partition". */
export const partitionOf = (region: string): string => {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
};

/** The ARN of `key/…` or `alias/…` in a scope. */
export const arnOf = ({ partition, region, accountId }: ArnScope, resource: string): string =>
  `arn:${partition}:kms:${region}:${accountId}:${resource}`;

/** A fresh id of a multi-Region key. */
export const newMultiRegionId = (): string => `mrk-${Buffer.from(randomBytes(16)).toString("hex")}`;

/** The 16 bytes of a key id, and whether it is that of a multi-Region key. */
export const packKeyId = (id: string): { readonly bytes: Uint8Array; readonly isMultiRegion: boolean } => ({
  bytes: new Uint8Array(Buffer.from(id.replace("mrk-", "").replaceAll("-", ""), "hex")),
  isMultiRegion: id.startsWith("mrk-"),
});

/** The key id that `packKeyId` packed. */
export function unpackKeyId(bytes: Uint8Array, isMultiRegion: boolean): string {
  const hex = Buffer.from(bytes).toString("hex");
  return isMultiRegion ? `mrk-${hex}` : hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const invalidKeyId = (reference: string): AwsError => new AwsError("NotFoundException", `Invalid keyId '${reference}'`);

/**
 * Reads a key id, key ARN, alias name or alias ARN (AWS KMS API Reference, DescribeKey, KeyId).
 *
 * `InvalidArnException` for what begins as an ARN and is none of KMS in this partition; `NotFoundException` for an ARN
 * of another region ("Invalid arn us-west-1", as recorded from the service in kubernetes-retired/kube-aws issue 1041
 * and nakedible/openssl-engine-kms issue 1) or of another account, and for anything else that names no key.
 */
export function readReference(reference: string, scope: ArnScope): KeyName {
  if (reference.startsWith("arn:")) return readArn(reference, scope);
  if (reference.startsWith(ALIAS_PREFIX)) return { kind: "alias", name: reference };
  if (KEY_ID.test(reference)) return { kind: "key", id: reference };
  throw invalidKeyId(reference);
}

function readArn(reference: string, scope: ArnScope): KeyName {
  const [, partition, region, accountId, type, name] = ARN.exec(reference) ?? [];
  if (name === undefined || partition !== scope.partition) {
    throw new AwsError("InvalidArnException", `Invalid arn ${reference}`);
  }
  if (region !== scope.region) throw new AwsError("NotFoundException", `Invalid arn ${region}`);
  if (accountId !== scope.accountId) throw invalidKeyId(reference);
  if (type === "alias") return { kind: "alias", name: ALIAS_PREFIX + name };
  if (!KEY_ID.test(name)) throw invalidKeyId(reference);
  return { kind: "key", id: name };
}

/**
 * Reads a key id or key ARN, for operations whose `KeyId` takes no alias
 * ("Specify the key ID or key ARN of the KMS key"; AWS KMS API Reference, EnableKey, KeyId).
 */
export function readKeyOnly(reference: string, scope: ArnScope): KeyName {
  const name = readReference(reference, scope);
  if (name.kind === "alias") throw invalidKeyId(reference);
  return name;
}
