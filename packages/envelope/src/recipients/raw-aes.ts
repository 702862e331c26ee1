import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import type { Bytes, EncryptedDataKey, OwnedBytes } from "@kms/core";
import { copyOf, owned } from "../bytes.ts";
import { invalidArgument } from "../errors.ts";
import { fillPublicRandom, gcmCipher, gcmDecipher, secretKey } from "../primitives.ts";
import { checkNamespace, checkText } from "./raw-names.ts";
import type { Recipient, WrapRequest } from "./recipient.ts";
import { firstThatOpens } from "./unwrapping.ts";

const ivBytes = 12;
const tagBytes = 16;

/**
 * The holder of an AES key of 16, 24 or 32 bytes, in the form of the official raw AES keyring (framework/raw-aes-keyring):
 * AES-GCM with a random IV, bound to all associated data. One key wraps at most 2^32 data keys (SP 800-38D §8.3).
 * `INVALID_ARGUMENT` for another length, an empty name, or a namespace that begins with `aws-kms`, which is AWS's own.
 */
export function rawAesRecipient(namespace: string, keyName: string, key: Bytes): Recipient {
  checkNamespace(namespace);
  checkText(keyName, "key name");
  const material = copyOf(key, "key");
  const keyBytes = material.length;
  if (keyBytes !== 16 && keyBytes !== 24 && keyBytes !== 32) {
    material.fill(0);
    throw invalidArgument("use a raw AES key", `it has ${keyBytes} bytes`, "Give a key of 16, 24 or 32 bytes.");
  }
  const secret = secretKey(material);
  material.fill(0);
  // Key name, then the tag's length in bits and the IV's in bytes as u32, then the IV.
  const prefix = Buffer.concat([Buffer.from(keyName), Buffer.from([0, 0, 0, tagBytes * 8, 0, 0, 0, ivBytes])]);
  return Object.freeze<Recipient>({
    name: `${namespace}/${keyName}`,
    wrap: (dataKey, request) => [wrap({ secret, keyBytes, namespace, prefix }, dataKey, request)],
    unwrap: (encrypted, lengthBytes, request) =>
      firstThatOpens(`${namespace}/${keyName}`, encrypted, {
        isMine: (found) => isMine(found, namespace, prefix),
        open: ({ providerInfo, ciphertext }) => {
          if (ciphertext.length !== lengthBytes + tagBytes) return undefined;
          const iv = providerInfo.subarray(prefix.length);
          return open(gcmDecipher(keyBytes, secret, iv, request.associatedDataBytes), ciphertext);
        },
      }),
  });
}

interface RawAesKey {
  readonly secret: KeyObject;
  readonly keyBytes: number;
  readonly namespace: string;
  readonly prefix: Buffer;
}

function wrap(key: RawAesKey, dataKey: OwnedBytes, { associatedDataBytes }: WrapRequest): EncryptedDataKey {
  const providerInfo = Buffer.allocUnsafe(key.prefix.length + ivBytes);
  providerInfo.set(key.prefix);
  fillPublicRandom(providerInfo, key.prefix.length, ivBytes);
  const iv = providerInfo.subarray(key.prefix.length);
  const cipher = gcmCipher(key.keyBytes, key.secret, iv, associatedDataBytes);
  const ciphertext = Buffer.allocUnsafe(dataKey.length + tagBytes);
  ciphertext.set(cipher.update(dataKey));
  cipher.final();
  ciphertext.set(cipher.getAuthTag(), dataKey.length);
  return { providerId: key.namespace, providerInfo, ciphertext };
}

function isMine({ providerId, providerInfo }: EncryptedDataKey, namespace: string, prefix: Buffer): boolean {
  if (providerId !== namespace || providerInfo.length !== prefix.length + ivBytes) return false;
  return prefix.equals(providerInfo.subarray(0, prefix.length));
}

function open(decipher: ReturnType<typeof gcmDecipher>, ciphertext: Bytes): OwnedBytes | undefined {
  const tagAt = ciphertext.length - tagBytes;
  const dataKey = decipher.update(ciphertext.subarray(0, tagAt));
  try {
    decipher.setAuthTag(ciphertext.subarray(tagAt));
    decipher.final();
    return owned(dataKey);
  } catch {
    dataKey.fill(0);
    return undefined;
  }
}
