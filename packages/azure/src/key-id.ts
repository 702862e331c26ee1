import { KmsError } from "@kms/core/driver";

// learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates, "Object identifiers" and "Vault name and
// Object name" (checked 26 Nov 2026). A host may carry a port: emulators and proxies, which a ready client leads to.
const hostName = "[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?";
const keyName = "[0-9a-zA-Z-]{1,127}";
const versionId = "[0-9a-f]{32}";

const keyId = new RegExp(`^https://(${hostName})/keys/(${keyName})(?:/(${versionId}))?$`);
const vaultAddress = new RegExp(`^https://(${hostName})/?$`, "i");
const bareName = new RegExp(`^${keyName}$`);
const version = new RegExp(`^${versionId}$`);
const vaultName = /^(?=.{3,24}$)[a-z](?:-?[a-z0-9]){2,}$/;

// The clouds that Microsoft runs (learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates, "DNS
// suffixes for object identifiers").
const suffixes: readonly (readonly [suffix: string, kind: HostKind])[] = [
  ["vault.azure.net", "vault"],
  ["vault.azure.cn", "vault"],
  ["vault.usgovcloudapi.net", "vault"],
  ["managedhsm.azure.net", "managed-hsm"],
  ["managedhsm.azure.cn", "managed-hsm"],
  ["managedhsm.usgovcloudapi.net", "managed-hsm"],
];

/** What a host is by its name. */
export type HostKind = "vault" | "managed-hsm";

/** What a host is by its name: one of Azure's own; `undefined` for any other, which is never sent a token by this adapter's own client. */
export const kindOfHost = (host: string): HostKind | undefined =>
  suffixes.find(([suffix]) => host.endsWith(`.${suffix}`) && vaultName.test(host.slice(0, -suffix.length - 1)))?.[1];

/** The host of a vault's or Managed HSM's address, in small letters; `undefined` for anything but `https://<host>`. */
export const hostOf = (vaultUrl: string): string | undefined => vaultAddress.exec(vaultUrl)?.[1]?.toLowerCase();

/** A key's identifier taken apart. */
export interface KeyId {
  readonly host: string;
  readonly name: string;
  /** Absent in the canonical id of a key. */
  readonly version: string | undefined;
}

/** The parts of an identifier, with or without a version; `undefined` when the text is none. */
export function parseKeyId(text: string): KeyId | undefined {
  const [, host, name, versionPart] = keyId.exec(text) ?? [];
  return host === undefined || name === undefined ? undefined : { host, name, version: versionPart };
}

/** The canonical id of a key: `https://<host>/keys/<name>`. */
export const keyIdOf = (host: string, name: string): string => `https://${host}/keys/${name}`;

/** The identifier of a version. Key and version have been checked before. */
export const versionIdOf = (canonicalId: string, versionPart: string): string => `${canonicalId}/${versionPart}`;

/**
 * The key that a reference means at this host: an identifier, with or without a version, or a bare name.
 * `INVALID_ARGUMENT` for everything else and for another host, before any call.
 */
export function readReference(reference: string, host: string): KeyId {
  if (bareName.test(reference)) return { host, name: reference, version: undefined };
  const parts = parseKeyId(reference);
  if (parts?.host === host) return parts;
  throw new KmsError(
    "INVALID_ARGUMENT",
    parts === undefined
      ? "A key of Azure was named by a reference that is none. Give https://<host>/keys/<name>, with or without a version, or the name of a key in the driver's vault."
      : `The reference names a key at ${parts.host}, and this driver reaches ${host}. Use a driver of that vault.`,
  );
}

/** The name in the canonical id of a key; `INVALID_ARGUMENT` when the id is none. */
export const nameOf = (canonicalId: string): string => canonical(canonicalId).name;

/** Where a key lives: the host of its vault or Managed HSM. `INVALID_ARGUMENT` when the id is no canonical one. */
export const scopeOf = (canonicalId: string): string => canonical(canonicalId).host;

/**
 * Do two canonical ids name the same key? Only equal ones do. The service finds keys without regard to case, and writes their
 * names one way: that is the canonical one, so that no letter of an identifier can be changed unnoticed.
 */
export const sameKey = (a: string, b: string): boolean => a === b;

/** Are two names of one vault the same to the service? Without case: about-keys-secrets-certificates, "Vault name and Object name". */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** A version's grammar: 32 hexadecimal digits. */
export const isVersion = (text: string): boolean => version.test(text);

function canonical(text: string): KeyId {
  const parts = parseKeyId(text);
  if (parts !== undefined && parts.version === undefined) return parts;
  throw new KmsError(
    "INVALID_ARGUMENT",
    "The canonical id of a key of Azure is https://<host>/keys/<name>, without a version; another text was given.",
  );
}
