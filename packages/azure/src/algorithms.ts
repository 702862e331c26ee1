import type { KeyCurveName, KeyOperation, KeyType, KeyWrapAlgorithm, SignatureAlgorithm } from "@azure/keyvault-keys";
import { KmsError, type Algorithm, type KeyReference, type Protection } from "@kms/core/driver";

/**
 * What stands at the other end: a vault of tier standard (software keys) or premium (software and HSM keys), or a Managed
 * HSM. Of a vault the tier cannot be read where keys are used, so it is said.
 */
export type AzureTier = "standard" | "premium" | "managed-hsm";

/** The algorithms of a vault. It has no symmetric keys, and OAEP with SHA-512 is no algorithm of Azure's. */
export type VaultAlgorithm =
  | "RSA-OAEP-2048-SHA256"
  | "RSA-OAEP-3072-SHA256"
  | "RSA-OAEP-4096-SHA256"
  | "RSA-PSS-2048-SHA256"
  | "RSA-PSS-3072-SHA256"
  | "RSA-PSS-4096-SHA256"
  | "RSA-PSS-4096-SHA512"
  | "RSA-PKCS1-2048-SHA256"
  | "RSA-PKCS1-3072-SHA256"
  | "RSA-PKCS1-4096-SHA256"
  | "RSA-PKCS1-4096-SHA512"
  | "ECDSA-P256-SHA256"
  | "ECDSA-P384-SHA384"
  | "ECDSA-P521-SHA512"
  | "ECDSA-secp256k1-SHA256";

/** The algorithms of a Managed HSM. What its `HS256` does with its input is not established, so HMAC is not among them. */
export type ManagedHsmAlgorithm = VaultAlgorithm | "AES-256-GCM" | "AES-256-KWP";

/** Every algorithm of this adapter. */
export type AzureAlgorithm = ManagedHsmAlgorithm;

/**
 * What Azure calls an algorithm. Type, size and curve are fixed with the key, `keyOps` can be changed later; the other name
 * is a parameter of each call, which is why the handle binds the full algorithm (`algorithmBinding: "handle"`).
 */
export interface AzureAlgorithmRow {
  readonly family: "RSA" | "EC" | "oct";
  readonly sizeBits?: number | undefined;
  readonly curve?: KeyCurveName | undefined;
  /** What a key of this algorithm is allowed to do. */
  readonly keyOps: readonly KeyOperation[];
  readonly encryption?: "RSA-OAEP-256" | "A256GCM" | undefined;
  readonly signing?: SignatureAlgorithm | undefined;
  readonly wrapping?: KeyWrapAlgorithm | undefined;
}

const signs: readonly KeyOperation[] = ["sign", "verify"];
// `provider-facts` §2.1 (about-keys-details); RFC 7518 §3.1, RFC 8812 §3.2 for the names.
const oaep = (sizeBits: number): AzureAlgorithmRow => ({
  family: "RSA",
  sizeBits,
  keyOps: ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
  encryption: "RSA-OAEP-256",
});
const rsa = (sizeBits: number, signing: SignatureAlgorithm): AzureAlgorithmRow => ({
  family: "RSA",
  sizeBits,
  keyOps: signs,
  signing,
});
const ecdsa = (curve: KeyCurveName, signing: SignatureAlgorithm): AzureAlgorithmRow => ({
  family: "EC",
  curve,
  keyOps: signs,
  signing,
});

/** One row per algorithm. */
export const algorithms: Readonly<Record<AzureAlgorithm, AzureAlgorithmRow>> = {
  "RSA-OAEP-2048-SHA256": oaep(2048),
  "RSA-OAEP-3072-SHA256": oaep(3072),
  "RSA-OAEP-4096-SHA256": oaep(4096),
  "RSA-PSS-2048-SHA256": rsa(2048, "PS256"),
  "RSA-PSS-3072-SHA256": rsa(3072, "PS256"),
  "RSA-PSS-4096-SHA256": rsa(4096, "PS256"),
  "RSA-PSS-4096-SHA512": rsa(4096, "PS512"),
  "RSA-PKCS1-2048-SHA256": rsa(2048, "RS256"),
  "RSA-PKCS1-3072-SHA256": rsa(3072, "RS256"),
  "RSA-PKCS1-4096-SHA256": rsa(4096, "RS256"),
  "RSA-PKCS1-4096-SHA512": rsa(4096, "RS512"),
  "ECDSA-P256-SHA256": ecdsa("P-256", "ES256"),
  "ECDSA-P384-SHA384": ecdsa("P-384", "ES384"),
  "ECDSA-P521-SHA512": ecdsa("P-521", "ES512"),
  "ECDSA-secp256k1-SHA256": ecdsa("P-256K", "ES256K"),
  "AES-256-GCM": { family: "oct", sizeBits: 256, keyOps: ["encrypt", "decrypt"], encryption: "A256GCM" },
  "AES-256-KWP": { family: "oct", sizeBits: 256, keyOps: ["wrapKey", "unwrapKey"], wrapping: "CKM_AES_KEY_WRAP_PAD" },
};

/** The algorithms of a Managed HSM, in the order of the table. */
export const managedHsmAlgorithms: readonly ManagedHsmAlgorithm[] = Object.freeze(
  Object.keys(algorithms).filter(isRowName),
);
/** The algorithms of a vault, in the order of the table. */
export const vaultAlgorithms: readonly VaultAlgorithm[] = Object.freeze(
  managedHsmAlgorithms.filter((name): name is VaultAlgorithm => algorithms[name].family !== "oct"),
);

/** Is the algorithm one of this adapter's? */
export const isAzureAlgorithm = (algorithm: Algorithm): algorithm is AzureAlgorithm => isRowName(algorithm);

/** What keys are protected by at a tier, the default first. */
export const protectionsOf = (tier: AzureTier): readonly Protection[] => protections[tier];
// `provider-facts` §2.2.
const protections: Readonly<Record<AzureTier, readonly Protection[]>> = {
  standard: ["software"],
  premium: ["software", "hsm"],
  "managed-hsm": ["hsm"],
};

/** Azure's type of a key: `RSA`, `EC`, and behind an HSM `RSA-HSM`, `EC-HSM`, `oct-HSM`. */
export const keyTypeOf = (algorithm: AzureAlgorithm, protection: Protection): KeyType => {
  const { family } = algorithms[algorithm];
  return protection === "hsm" ? `${family}-HSM` : family;
};

/** The contract's word for the protection of a type. */
export const protectionOf = (keyType: string): Protection => (keyType.endsWith("-HSM") ? "hsm" : "software");

/** What is known of a key's type. Of symmetric keys Azure shows no size. */
export interface KeyShape {
  readonly keyType: string;
  readonly sizeBits?: number | undefined;
  readonly curve?: string | undefined;
}

/** The provider's own name of a type: `RSA/2048`, `EC-HSM/P-256`, `oct-HSM`. */
export const nativeName = ({ keyType, sizeBits, curve }: KeyShape): string => {
  const detail = curve ?? (keyType.startsWith("oct") ? undefined : (sizeBits ?? "unknown"));
  return detail === undefined ? keyType : `${keyType}/${detail}`;
};

/** The shape that keys of an algorithm have. */
export const shapeOf = (algorithm: AzureAlgorithm, protection: Protection): KeyShape => {
  const { sizeBits, curve } = algorithms[algorithm];
  return { keyType: keyTypeOf(algorithm, protection), sizeBits, curve };
};

/** What a key of this shape and these operations may be used for; none when this adapter has no row for it. */
export const algorithmsOf = (shape: KeyShape, keyOps: readonly string[]): readonly AzureAlgorithm[] => {
  const native = nativeName(shape);
  return managedHsmAlgorithms.filter(
    (name) =>
      nativeName(shapeOf(name, protectionOf(shape.keyType))) === native &&
      algorithms[name].keyOps.some((operation) => keyOps.includes(operation)),
  );
};

/** Has a key of this algorithm associated data, and no public half? */
export const isSymmetric = (algorithm: Algorithm): boolean => algorithm.startsWith("AES-");

/** Azure's name of the key's algorithm in `encrypt` and `decrypt`; `INVALID_ARGUMENT` for a key of another purpose. */
export const encryptionAlgorithm = (key: KeyReference): "RSA-OAEP-256" | "A256GCM" => purposeOf(key, "encryption");
/** Azure's name of the key's algorithm in `sign` and `verify`; `INVALID_ARGUMENT` for a key of another purpose. */
export const signingAlgorithm = (key: KeyReference): SignatureAlgorithm => purposeOf(key, "signing");
/** Azure's name of the key's algorithm in `wrapKey` and `unwrapKey`; `INVALID_ARGUMENT` for a key of another purpose. */
export const wrappingAlgorithm = (key: KeyReference): KeyWrapAlgorithm => purposeOf(key, "wrapping");

function purposeOf<N extends "encryption" | "signing" | "wrapping">(
  key: KeyReference,
  purpose: N,
): NonNullable<AzureAlgorithmRow[N]> {
  const name = isAzureAlgorithm(key.algorithm) ? algorithms[key.algorithm][purpose] : undefined;
  if (name) return name;
  throw new KmsError("INVALID_ARGUMENT", `A key for ${key.algorithm} has no ${purpose} algorithm at Azure.`, {
    keyId: key.id,
  });
}

function isRowName(name: string): name is AzureAlgorithm {
  return Object.hasOwn(algorithms, name);
}
