import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  getLocalCryptographicMaterialsCache,
  KmsKeyringNode,
  NodeCachingMaterialsManager,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
  type KeyringNode,
  type KMS,
} from "@aws-crypto/client-node";

const client: Client = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
const suiteId = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY;

type Client = ReturnType<typeof buildClient>;
type Materials = KeyringNode | NodeCachingMaterialsManager;
type EncryptionContext = Readonly<Record<string, string>>;

/** How far one data key is used. */
export interface Limits {
  readonly maximumAgeMs: number;
  readonly maximumMessages: number;
}

/** The raw AES keyring. */
export const rawAesKeyring = (keyNamespace: string, keyName: string, key: Uint8Array): KeyringNode =>
  new RawAesKeyringNode({
    keyNamespace,
    keyName,
    unencryptedMasterKey: Uint8Array.from(key), // the keyring checks that the memory is its own
    utf8Sorting: true,
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });

/** The KMS keyring of one key, over a client that is there. */
export function kmsKeyring(kms: KMS, generatorKeyId: string): KeyringNode {
  const clientProvider = (): KMS => kms;
  return new KmsKeyringNode({ clientProvider, generatorKeyId } as ConstructorParameters<typeof KmsKeyringNode>[0]);
}

/** The caching materials manager over a keyring. */
export const cached = (backingMaterials: KeyringNode, limits: Limits): NodeCachingMaterialsManager =>
  new NodeCachingMaterialsManager({
    backingMaterials,
    cache: getLocalCryptographicMaterialsCache(1000),
    maxAge: limits.maximumAgeMs,
    maxMessagesEncrypted: limits.maximumMessages,
  });

/** Makes a message; answers its length. `frameLength`: default the library's, 4 KiB. */
export function encrypt(
  materials: Materials,
  plaintext: Uint8Array,
  encryptionContext: EncryptionContext,
  frameLength?: number,
): () => Promise<number> {
  const options = { suiteId, encryptionContext, ...(frameLength === undefined ? {} : { frameLength }) };
  return async () => (await client.encrypt(materials, plaintext, { ...options })).result.length;
}

/** Makes a message and opens it; answers the length of the plaintext. */
export function encryptAndDecrypt(
  materials: Materials,
  plaintext: Uint8Array,
  encryptionContext: EncryptionContext,
  frameLength?: number,
): () => Promise<number> {
  const options = { suiteId, encryptionContext, ...(frameLength === undefined ? {} : { frameLength }) };
  return async () => {
    const { result } = await client.encrypt(materials, plaintext, { ...options });
    return (await client.decrypt(materials, result)).plaintext.length;
  };
}

/** One stream that makes a message and one that opens it. */
export const streams = (
  keyring: KeyringNode,
  encryptionContext: EncryptionContext,
  frameLength: number,
): readonly [ReturnType<Client["encryptStream"]>, ReturnType<Client["decryptStream"]>] => [
  client.encryptStream(keyring, { suiteId, encryptionContext, frameLength }),
  client.decryptStream(keyring),
];
