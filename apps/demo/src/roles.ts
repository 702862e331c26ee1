import type { Algorithm } from "@kms/core";

/** A key of the demo, and what it is for. */
export interface Role {
  readonly role: string;
  readonly algorithm: Algorithm;
}

/** A key that files are protected with, the operation that does it, and the one that reads it back: an encrypted file opens by its data key. */
export interface FileRole extends Role {
  readonly protect: "encrypt" | "sign" | "generateMac";
  readonly read: "unwrapDataKey" | "verify" | "verifyMac";
  /** What `protect` is in a sentence. */
  readonly protecting: string;
}

/** The keys that the story is about. A back end that lacks one says so beforehand (`Backend.instead`). */
export const encryption: FileRole = {
  role: "encryption",
  algorithm: "AES-256-GCM",
  protect: "encrypt",
  read: "unwrapDataKey",
  protecting: "encrypting",
};
export const signature: FileRole = {
  role: "signature",
  algorithm: "ECDSA-P256-SHA256",
  protect: "sign",
  read: "verify",
  protecting: "signing",
};
export const mac: FileRole = {
  role: "mac",
  algorithm: "HMAC-SHA256",
  protect: "generateMac",
  read: "verifyMac",
  protecting: "making a MAC",
};
export const fileRoles: readonly FileRole[] = [encryption, signature, mac];
/** Another key for encryption: what it protects does not open under the first, and it is destroyed at the end. */
export const spare: Role = { role: "spare", algorithm: "AES-256-GCM" };

/** The keys that each file is protected with. */
export const essentialRoles: readonly Role[] = [encryption, signature, mac, spare];

/** Further algorithms: used once where the back end has them, else refused by name. */
export const recipient: Role = { role: "recipient", algorithm: "RSA-OAEP-3072-SHA256" };
export const seal: Role = { role: "seal", algorithm: "RSA-PSS-3072-SHA256" };
export const release: Role = { role: "release", algorithm: "Ed25519" };
export const agreement: Role = { role: "agreement", algorithm: "ECDH-P256" };
export const wrapping: Role = { role: "wrapping", algorithm: "AES-256-KWP" };
export const furtherRoles: readonly Role[] = [recipient, seal, release, agreement, wrapping];
