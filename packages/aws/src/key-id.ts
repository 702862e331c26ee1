import { KmsError } from "@kms/core/driver";

// AWS KMS Developer Guide, "Key identifiers"; partitions and regions as in the ARNs of the AWS General Reference.
const partition = "aws(?:-[a-z]{1,8}){0,2}";
const region = "[a-z]{2,6}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}";
const account = "[0-9]{12}";
const keyName = "mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const aliasName = "alias/[A-Za-z0-9/_-]{1,250}";

const keyArn = new RegExp(`^arn:(${partition}):kms:(${region}):(${account}):key/(${keyName})$`);
const aliasArn = new RegExp(`^arn:${partition}:kms:${region}:${account}:${aliasName}$`);
const bareKey = new RegExp(`^(?:${keyName})$`);
const bareAlias = new RegExp(`^${aliasName}$`);
const regionName = new RegExp(`^${region}$`);

/** A key ARN taken apart: the canonical id of a key on AWS. */
export interface KeyArn {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly key: string;
}

/** The parts of a key ARN; undefined when the text is none. */
export function parseKeyArn(text: string): KeyArn | undefined {
  const [, partitionPart, regionPart, accountPart, key] = keyArn.exec(text) ?? [];
  if (!partitionPart || !regionPart || !accountPart || !key) return undefined;
  return { partition: partitionPart, region: regionPart, account: accountPart, key };
}

/** Is it a Region's name by its grammar? It becomes part of the endpoint's host name. */
export const isRegion = (text: string): boolean => regionName.test(text);

/**
 * The reference, if AWS can have it: a key id, a key ARN, an alias name with its prefix `alias/`, or an alias ARN.
 * `INVALID_ARGUMENT` for everything else, before any call.
 */
export function readReference(reference: string): string {
  if ([bareKey, keyArn, bareAlias, aliasArn].some((grammar) => grammar.test(reference))) return reference;
  throw new KmsError(
    "INVALID_ARGUMENT",
    "A key of AWS KMS was named by a reference that is none of AWS's. Give a key id, a key ARN, alias/<name> or an alias ARN.",
  );
}

/** The Region that an ARN of a key or alias names; undefined for a reference without one. */
export const regionOf = (reference: string): string | undefined =>
  keyArn.test(reference) || aliasArn.test(reference) ? reference.split(":")[3] : undefined;

/** Does the key that answered match the reference it was asked for by? An alias matches any key: it names none. */
export function answersTo(reference: string, arn: string): boolean {
  if (bareKey.test(reference)) return parseKeyArn(arn)?.key === reference;
  return keyArn.test(reference) ? sameKey(reference, arn) : true;
}

/**
 * Do two canonical ids name the same key? Equal ARNs do; so do the ARNs of a multi-Region key (`mrk-`) and its replicas,
 * which differ in the Region alone and hold the same material (AWS KMS Developer Guide, "Multi-Region keys").
 */
export function sameKey(a: string, b: string): boolean {
  if (a === b) return true;
  const left = parseKeyArn(a);
  const right = parseKeyArn(b);
  if (!left || !right || !left.key.startsWith("mrk-")) return false;
  return left.key === right.key && left.account === right.account && left.partition === right.partition;
}

/** Where a key lives: `<partition>:kms:<region>:<account>`. `INVALID_ARGUMENT` when the id is no key ARN. */
export function scopeOf(keyId: string): string {
  const parts = parseKeyArn(keyId);
  if (parts) return `${parts.partition}:kms:${parts.region}:${parts.account}`;
  throw new KmsError(
    "INVALID_ARGUMENT",
    "The canonical id of a key of AWS KMS is its key ARN; another text was given.",
  );
}

/**
 * Can a driver of this Region reach the scope? The account is unknown without a call and always matches; so does the
 * Region while it is left to the SDK or to a ready client.
 */
export function servesScope(scope: string, configured: string | undefined): boolean {
  const [, service, scopeRegion] = scope.split(":");
  return service === "kms" && (configured === undefined || scopeRegion === configured);
}

// Asymmetric and MAC keys have one material without an id; it never changes.
const onlyVersion = "1";

/** The constant version of keys that have a single material: asymmetric and MAC keys. */
export const soleVersion: string = onlyVersion;

/** Does a reference to a key with a single material name another version? There is none: nothing fits it. */
export const namesAnother = ({ version }: { readonly version: string | undefined }): boolean =>
  version !== undefined && version !== onlyVersion;

/** A version's grammar: `1`, or the id of a key material (64 hexadecimal digits; API Reference, `KeyMaterialId`). */
export const isVersion = (version: string): boolean => version === onlyVersion || /^[0-9a-f]{64}$/.test(version);
