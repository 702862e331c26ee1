import { aeskwp } from "@noble/ciphers/aes.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { CapabilityRow, KeyHandle, Purpose } from "@kms/core";
import { purposes } from "./algorithms.ts";
import { check, sameBytes } from "./assertions.ts";
import { concat, contains, random } from "./bytes.ts";
import type { Context } from "./context.ts";
import { headerOf } from "./header.ts";
import { associatedDataFor } from "./use.ts";
import { agreeIndependently, peerKey } from "./verify/agreement.ts";
import type { LocalKey } from "./verify/material.ts";
import { verifyIndependently } from "./verify/signature.ts";

type Comparison = (context: Context, key: KeyHandle, local: LocalKey) => Promise<void>;

/** Fails unless the key at the provider does what the key that was made here does, as far as its row claims uses. */
export async function isSameKey(context: Context, row: CapabilityRow, key: KeyHandle, local: LocalKey): Promise<void> {
  const { needs, compare } = comparisons[purposes[row.algorithm]] ?? {};
  if (needs?.every((operation) => operation in row.operations)) await compare?.(context, key, local);
}

const macs: Comparison = async ({ kms }, key, { secret }) => {
  const { algorithm } = key;
  const [message, another] = [random(100), random(7)];
  const make = (bytes: Uint8Array): Uint8Array => {
    if (algorithm === "HMAC-SHA384") return hmac(sha384, secret, bytes);
    return algorithm === "HMAC-SHA512" ? hmac(sha512, secret, bytes) : hmac(sha256, secret, bytes);
  };
  sameBytes((await kms.generateMac(key, message)).bytes, make(message), `the MAC of imported ${algorithm}`);
  check(await kms.verifyMac(key, another, make(another)), `${algorithm} does not verify a MAC that was made elsewhere`);
};

const signatures: Comparison = async ({ kms }, key, { spki = new Uint8Array() }) => {
  const message = random(100);
  const { bytes, keyVersion } = await kms.sign(key, message);
  const publicKey = { spki, keyVersion, algorithm: key.algorithm, thumbprint: "" };
  check(verifyIndependently(publicKey, message, bytes), `a signature of ${key.algorithm} under the key made here`);
};

const agreements: Comparison = async ({ kms }, key, { spki = new Uint8Array() }) => {
  const [peer, kdf] = [peerKey(key.algorithm), { info: random(8), lengthBytes: 32 }];
  const expected = agreeIndependently(peer, spki, kdf);
  sameBytes(await kms.deriveSharedSecret(key, peer.spki, kdf), expected, `the secret agreed by ${key.algorithm}`);
};

/** AES-KWP (RFC 5649) behind the header, both ways. */
const wrapping: Comparison = async ({ kms }, key, { secret }) => {
  const material = random(40);
  const wrapped = await kms.wrapKey(key, material);
  const header = headerOf(wrapped);
  const local = aeskwp(secret);
  sameBytes(local.decrypt(wrapped.subarray(header.length)), material, `what imported ${key.algorithm} wrapped`);
  const elsewhere = concat(header, local.encrypt(secret));
  sameBytes(await kms.unwrapKey(key, elsewhere), secret, `what was wrapped elsewhere under ${key.algorithm}`);
};

/** The form of a ciphertext is the provider's own: what is shown here is that the key works at all. */
const encryption: Comparison = async (context, key) => {
  const message = random(100);
  const associatedData = associatedDataFor(context, key);
  const ciphertext = await context.kms.encrypt(key, message, associatedData);
  check(!contains(ciphertext, message), "the ciphertext shows the plaintext");
  sameBytes(await context.kms.decrypt(key, ciphertext, associatedData), message, `plaintext under ${key.algorithm}`);
};

const comparisons: Readonly<
  Partial<Record<Purpose, { readonly needs: readonly string[]; readonly compare: Comparison }>>
> = {
  mac: { needs: ["generateMac", "verifyMac"], compare: macs },
  signature: { needs: ["sign"], compare: signatures },
  "key-agreement": { needs: ["deriveSharedSecret"], compare: agreements },
  "key-wrapping": { needs: ["wrapKey", "unwrapKey"], compare: wrapping },
  encryption: { needs: ["encrypt", "decrypt"], compare: encryption },
};
