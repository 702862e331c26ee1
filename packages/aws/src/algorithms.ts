import type {
  EncryptionAlgorithmSpec,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from "@aws-sdk/client-kms";
import { KmsError, type Algorithm, type KeyReference } from "@kms/core/driver";

/** The algorithms that this adapter makes and uses keys for. */
export type AwsAlgorithm = "AES-256-GCM" | "ECDSA-P256-SHA256" | "HMAC-SHA256" | "HMAC-SHA384" | "HMAC-SHA512";

/**
 * What AWS calls an algorithm. `spec` and `usage` are fixed with the key; the third name is a parameter of each call,
 * which is why the handle binds the full algorithm (`algorithmBinding: "handle"`).
 */
export interface AwsAlgorithmRow {
  readonly spec: KeySpec;
  readonly usage: KeyUsageType;
  readonly encryption?: EncryptionAlgorithmSpec | undefined;
  readonly signing?: SigningAlgorithmSpec | undefined;
  readonly mac?: MacAlgorithmSpec | undefined;
}

// AWS KMS API Reference, CreateKey: KeySpec and KeyUsage.
const encrypts = "ENCRYPT_DECRYPT";
const signs = "SIGN_VERIFY";
const macs = "GENERATE_VERIFY_MAC";

/** One row per algorithm. */
export const algorithms: Readonly<Record<AwsAlgorithm, AwsAlgorithmRow>> = {
  "AES-256-GCM": { spec: "SYMMETRIC_DEFAULT", usage: encrypts, encryption: "SYMMETRIC_DEFAULT" },
  "ECDSA-P256-SHA256": { spec: "ECC_NIST_P256", usage: signs, signing: "ECDSA_SHA_256" },
  "HMAC-SHA256": { spec: "HMAC_256", usage: macs, mac: "HMAC_SHA_256" },
  "HMAC-SHA384": { spec: "HMAC_384", usage: macs, mac: "HMAC_SHA_384" },
  "HMAC-SHA512": { spec: "HMAC_512", usage: macs, mac: "HMAC_SHA_512" },
};

/** Is the algorithm one of this adapter's? */
export const isAwsAlgorithm = (algorithm: Algorithm): algorithm is AwsAlgorithm => Object.hasOwn(algorithms, algorithm);

/** The algorithms, in the order of the table. */
export const awsAlgorithms: readonly AwsAlgorithm[] = Object.freeze(Object.keys(algorithms).filter(isRowName));

/** The provider's own name of a type: AWS fixes key spec and key usage with the key, and nothing else. */
export const nativeName = (spec: string | undefined, usage: string | undefined): string =>
  `${spec ?? "unknown"}/${usage ?? "unknown"}`;

/** What a key of this spec and usage may be used for; none when this adapter has no row for it. */
export const algorithmsOf = (spec: string | undefined, usage: string | undefined): readonly AwsAlgorithm[] =>
  awsAlgorithms.filter((name) => algorithms[name].spec === spec && algorithms[name].usage === usage);

/** AWS's name of the key's algorithm in `Encrypt` and `Decrypt`; `INVALID_ARGUMENT` for a key of another purpose. */
export const encryptionAlgorithm = (key: KeyReference): EncryptionAlgorithmSpec => purposeOf(key, "encryption");
/** AWS's name of the key's algorithm in `Sign` and `Verify`; `INVALID_ARGUMENT` for a key of another purpose. */
export const signingAlgorithm = (key: KeyReference): SigningAlgorithmSpec => purposeOf(key, "signing");
/** AWS's name of the key's algorithm in `GenerateMac` and `VerifyMac`; `INVALID_ARGUMENT` for a key of another purpose. */
export const macAlgorithm = (key: KeyReference): MacAlgorithmSpec => purposeOf(key, "mac");

function purposeOf<N extends "encryption" | "signing" | "mac">(
  key: KeyReference,
  purpose: N,
): NonNullable<AwsAlgorithmRow[N]> {
  const name = isAwsAlgorithm(key.algorithm) ? algorithms[key.algorithm][purpose] : undefined;
  if (name) return name;
  throw new KmsError("INVALID_ARGUMENT", `A key for ${key.algorithm} has no ${purpose} algorithm on AWS KMS.`, {
    keyId: key.id,
  });
}

function isRowName(name: string): name is AwsAlgorithm {
  return Object.hasOwn(algorithms, name);
}
