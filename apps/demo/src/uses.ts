import type { CapabilityRow, KeyHandle, Kms } from "@kms/core";
import type { Document } from "./documents.ts";
import { encryption, fileRoles, type FileRole } from "./roles.ts";
import { associatedDataOf, keyOf, sampleOf, type Scene } from "./scene.ts";

/** What the back end claims of a key's algorithm and protection. */
export const rowOf = (kms: Kms, { provider, algorithm, protection }: KeyHandle): CapabilityRow | undefined =>
  kms.capabilities(provider).rows.find((row) => row.algorithm === algorithm && row.protection === protection);

/** What the back end says of a key's sizes. */
export const limitsOf = (kms: Kms, key: KeyHandle): CapabilityRow["limits"] | undefined => rowOf(kms, key)?.limits;

/** The associated data of a file under a key; none where such keys have none. */
export const entriesOf = (
  kms: Kms,
  key: KeyHandle,
  file: Pick<Document, "name" | "type">,
): Readonly<Record<string, string>> | undefined =>
  rowOf(kms, key)?.associatedData === "none" ? undefined : associatedDataOf(file);

/** Does the key encrypt in this process, under its public half? That asks nobody, and so no state of the key refuses it. */
export const encryptsHere = (kms: Kms, key: KeyHandle): boolean => rowOf(kms, key)?.operations.encrypt === "local";

/** A ciphertext, a signature or a MAC of some bytes, whichever the role's key makes. */
export async function protectBytes(
  kms: Kms,
  { protect }: FileRole,
  key: KeyHandle,
  input: { readonly bytes: Uint8Array; readonly entries?: Readonly<Record<string, string>> | undefined },
): Promise<Uint8Array> {
  if (protect === "encrypt") return kms.encrypt(key, input.bytes, input.entries);
  return (protect === "sign" ? await kms.sign(key, input.bytes) : await kms.generateMac(key, input.bytes)).bytes;
}

/** The file roles that the scene has keys for: all of them, or the one that a reader's own key can be. */
export const fileRolesOf = ({ keys }: Scene): readonly FileRole[] => fileRoles.filter((role) => keys.has(role));

/** The first of them, and its key. */
export function mainRole(scene: Scene): { readonly role: FileRole; readonly key: KeyHandle } {
  const [role = encryption] = fileRolesOf(scene);
  return { role, key: keyOf(scene, role) };
}

/** The sample of the documents, as much of it as the key encrypts, and its associated data. */
export function sampleFor(
  { kms, documents }: Scene,
  key: KeyHandle,
): {
  readonly document: Document;
  readonly bytes: Uint8Array;
  readonly entries?: Readonly<Record<string, string>> | undefined;
} {
  const { document, bytes } = sampleOf(documents);
  return {
    document,
    bytes: bytes.slice(0, limitsOf(kms, key)?.maximumPlaintextBytes),
    entries: entriesOf(kms, key, document),
  };
}
