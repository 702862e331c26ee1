import {
  buildClient,
  CommitmentPolicy,
  KMS,
  KmsKeyringNode,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
  RawRsaKeyringNode,
  type NodeAlgorithmSuite,
} from "@aws-crypto/client-node";
import type { AwsEmulator } from "@kms/emulators/aws";

/** The official client, reading every suite and writing those that commit. */
export const official: ReturnType<typeof buildClient> = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
/** The official client of before commitment: it writes the other suites. */
export const officialBefore: ReturnType<typeof buildClient> = buildClient(
  CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
);

/** A suite as the official client takes it. */
export type OfficialSuite = NodeAlgorithmSuite["id"];

/** The official raw AES keyring over a key of 32 bytes. */
export const officialAes = (keyNamespace: string, keyName: string, key: Uint8Array): RawAesKeyringNode =>
  new RawAesKeyringNode({
    keyNamespace,
    keyName,
    unencryptedMasterKey: Uint8Array.from(key), // the keyring checks that the memory is its own
    utf8Sorting: true, // without it the keyring sorts by UTF-16 units, unlike the format and every other implementation
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });

/** The official raw RSA keyring, OAEP. */
export const officialRsa = (
  keyNamespace: string,
  keyName: string,
  rsaKey: { readonly publicKey: string; readonly privateKey: string },
  oaepHash: "sha1" | "sha256" | "sha384" | "sha512",
): RawRsaKeyringNode => new RawRsaKeyringNode({ keyNamespace, keyName, rsaKey, oaepHash });

type KeyringInput = NonNullable<ConstructorParameters<typeof KmsKeyringNode>[0]>;

/** The official KMS keyring, led to the emulator: the first key generates data keys, the others wrap them. */
export function officialKms(
  emulator: AwsEmulator,
  generatorKeyId: string,
  ...keyIds: readonly string[]
): KmsKeyringNode {
  const { endpoint, credentials } = emulator.clientConfiguration;
  // Its types are of a time before exactOptionalPropertyTypes.
  const clientProvider = ((region) =>
    new KMS({ region, endpoint, credentials, maxAttempts: 1 })) as KeyringInput["clientProvider"] &
    ((region: string) => KMS);
  return new KmsKeyringNode({ clientProvider, generatorKeyId, keyIds: [...keyIds] });
}
