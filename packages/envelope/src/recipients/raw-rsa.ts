import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import type { Bytes } from "@kms/core";
import { KmsError } from "@kms/core";
import { copyOf } from "../bytes.ts";
import { invalidArgument } from "../errors.ts";
import { readOptions } from "../options.ts";
import { decryptsPkcs1, publicHalf, readRsaKey, rsaDecrypt, rsaEncrypt, type RsaPadding } from "../primitives.ts";
import { checkNamespace, checkText } from "./raw-names.ts";
import type { Recipient } from "./recipient.ts";
import { firstThatOpens } from "./unwrapping.ts";

/** The halves of an RSA key pair that are at hand: the public one wraps, the private one unwraps. */
export interface RawRsaKey {
  /** PEM, or SubjectPublicKeyInfo in DER. Default: that of `privateKey`. */
  readonly publicKey?: string | Bytes | undefined;
  /** PEM, or PKCS #8 in DER, without a passphrase. */
  readonly privateKey?: string | Bytes | undefined;
  /** Default `oaep-sha256`. `pkcs1` and `oaep-sha1` are for reading what exists; choose neither for new messages. */
  readonly padding?: RsaPadding | undefined;
}

const members: ReadonlySet<string> = new Set<keyof RawRsaKey>(["publicKey", "privateKey", "padding"]);
const paddings: ReadonlySet<string> = new Set<RsaPadding>([
  "pkcs1",
  "oaep-sha1",
  "oaep-sha256",
  "oaep-sha384",
  "oaep-sha512",
]);
// Below, 112 bits of strength are not reached (SP 800-131A §6).
const minimumBits = 2_048;
// With 1 the data key stands in the message; small ones have broken many a padding (`crypto-rules` 12).
const minimumExponent = 65_537n;

/**
 * The holder of an RSA key, in the form of the official raw RSA keyring (framework/raw-rsa-keyring). The wrap binds no
 * associated data and proves no sender: whoever has the public key can make a message. `INVALID_ARGUMENT` for no key, a
 * key that is not RSA, has less than 2,048 bits or a public exponent that is even or below 65,537, two keys that are no pair,
 * or a namespace that begins with `aws-kms`; `UNSUPPORTED` for a private
 * key with `pkcs1` on a runtime that does not decrypt so (Node 20: its OpenSSL has no implicit rejection; 22 and 24 do).
 */
export function rawRsaRecipient(namespace: string, keyName: string, key: RawRsaKey): Recipient {
  checkNamespace(namespace);
  checkText(keyName, "key name");
  const { publicKey, privateKey, padding = "oaep-sha256" } = readOptions(key, members);
  if (!paddings.has(padding)) {
    throw invalidArgument("use the padding", "it is none of those known", `Choose of ${[...paddings].join(", ")}.`);
  }
  const secret = privateKey === undefined ? undefined : readKey("private", privateKey);
  const shared = publicKey === undefined && secret !== undefined ? publicHalf(secret) : readKey("public", publicKey);
  if (secret !== undefined && !publicHalf(secret).equals(shared)) throw noPair();
  if (padding === "pkcs1" && secret !== undefined && !decryptsPkcs1(secret)) throw noPkcs1();
  const name = `${namespace}/${keyName}`;
  const providerInfo = Buffer.from(keyName);
  return Object.freeze<Recipient>({
    name,
    wrap: (dataKey) => [{ providerId: namespace, providerInfo, ciphertext: rsaEncrypt(shared, padding, dataKey) }],
    unwrap: (encrypted, lengthBytes) =>
      firstThatOpens(name, encrypted, {
        isMine: (found) =>
          secret !== undefined && found.providerId === namespace && providerInfo.equals(found.providerInfo),
        open: ({ ciphertext }) => {
          const dataKey = secret === undefined ? undefined : rsaDecrypt(secret, padding, ciphertext);
          return dataKey?.length === lengthBytes ? dataKey : undefined;
        },
      }),
  });
}

function readKey(kind: "public" | "private", encoded: unknown): KeyObject {
  if (encoded === undefined) {
    throw invalidArgument("make a raw RSA recipient", "neither key is given", "Give publicKey, privateKey or both.");
  }
  const own = typeof encoded === "string" ? encoded : copyOf(encoded, `${kind}Key`);
  const key = readRsaKey(kind, own);
  if (typeof own !== "string") own.fill(0);
  const { modulusLength = 0, publicExponent = 0n } = key?.asymmetricKeyDetails ?? {};
  if (key === undefined || modulusLength < minimumBits) {
    throw invalidArgument(
      `use the ${kind} key`,
      `it is no RSA key of ${minimumBits} bits or more`,
      "Give PEM, or DER as SubjectPublicKeyInfo or PKCS #8.",
    );
  }
  if (publicExponent >= minimumExponent && publicExponent % 2n === 1n) return key;
  throw invalidArgument(
    `use the ${kind} key`,
    `its public exponent is even or below ${minimumExponent}`,
    "Make a key with the usual exponent, 65537.",
  );
}

const noPair = (): KmsError =>
  invalidArgument(
    "make a raw RSA recipient",
    "the two keys are no pair: messages for the one would not open under the other",
    "Give the halves of one key, or the private one alone.",
  );

const noPkcs1 = (): KmsError =>
  new KmsError(
    "UNSUPPORTED",
    "This runtime does not decrypt by RSA PKCS #1 v1.5, since its OpenSSL has no implicit rejection. Use Node 22 or later.",
  );
