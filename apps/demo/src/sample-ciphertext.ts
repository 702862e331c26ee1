import type { KeyHandle, Operation } from "@kms/core";
import { assert, type Scene } from "./scene.ts";
import { sampleFor } from "./uses.ts";

/** The sample of the documents, encrypted. */
export interface SampleCiphertext {
  readonly ciphertext: Uint8Array;
  /** The version that made it, where the answer named it. */
  readonly version: string | undefined;
}

/** Encrypts the sample. */
export async function encryptSample(scene: Scene, key: KeyHandle): Promise<SampleCiphertext> {
  const { bytes, entries } = sampleFor(scene, key);
  const ciphertext = await scene.kms.encrypt(key, bytes, entries);
  return { ciphertext, version: auditedVersion(scene, "encrypt") };
}

/** The version of a ciphertext, which must open. Where the provider picks it, no header names it; the audit trail does, as soon as the provider has said it. */
export async function versionOf(
  scene: Scene,
  key: KeyHandle,
  { ciphertext, version }: SampleCiphertext,
): Promise<string> {
  const { bytes, entries } = sampleFor(scene, key);
  const opened = await scene.kms.decrypt(key, ciphertext, entries);
  assert(Buffer.compare(opened, bytes) === 0, "A ciphertext opened to other bytes after a rotation.");
  const known = version ?? auditedVersion(scene, "decrypt");
  assert(known !== undefined, "The audit names neither the version that made a ciphertext nor the one that opened it.");
  return known;
}

const auditedVersion = ({ audit }: Scene, operation: Operation): string | undefined =>
  audit.events().findLast((event) => event.phase === "outcome" && event.operation === operation)?.keyVersion;
