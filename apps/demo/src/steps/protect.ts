import type { CapabilityRow, Kms } from "@kms/core";
import { messageSize, plaintextSize, refusalBySize, unlessNotTaken, type NotTaken } from "../attempt.ts";
import type { Document } from "../documents.ts";
import { writeIndex, type ProtectedFile } from "../protected-file.ts";
import { encryption, mac, signature, type Role } from "../roles.ts";
import { associatedDataOf, keyOf, type Scene, type Step } from "../scene.ts";
import { counted } from "../wording.ts";

/** Encrypts, signs and authenticates every file; ciphertexts, signatures and MACs go to the work folder. */
export const protect: Step = {
  name: "protect",
  run: async (scene) => {
    const files: ProtectedFile[] = [];
    const notTaken: NotTaken[] = [];
    for (const [index, document] of scene.documents.entries()) {
      scene.progress(`protecting ${index + 1} of ${scene.documents.length}`);
      files.push(await protectOne(scene, document, String(index).padStart(4, "0"), notTaken));
    }
    await writeIndex(scene.folder, files);
    const encrypted = files.filter((file) => file.encrypted).length;
    const signed = files.filter((file) => file.signed).length;
    const macs = files.filter((file) => file.authenticated).length;
    return {
      facts: [`${counted(files.length, "file")}: ${encrypted} encrypted, ${signed} signed, ${macs} with a MAC`],
      notTaken,
      counts: { encrypted, signed, macs },
    };
  },
};

async function protectOne(scene: Scene, document: Document, at: string, notTaken: NotTaken[]): Promise<ProtectedFile> {
  const { kms, folder } = scene;
  const { bytes, name, type, path } = document;
  const ciphertext = await unlessNotTaken(refusalBySize(plaintextSize(bytes.length, limitsOf(scene, encryption))), () =>
    kms.encrypt(keyOf(scene, encryption), bytes, associatedDataOf(document)),
  );
  if ("answer" in ciphertext) await folder.write(`${at}.ciphertext`, ciphertext.answer);
  else notTaken.push({ what: name, operation: "encrypt", code: ciphertext.code });
  const signed = await unlessNotTaken(refusalBySize(messageSize(bytes.length, limitsOf(scene, signature))), () =>
    kms.sign(keyOf(scene, signature), bytes),
  );
  if ("answer" in signed) await folder.write(`${at}.signature`, signed.answer.bytes);
  else notTaken.push({ what: name, operation: "sign", code: signed.code });
  const tag = await unlessNotTaken(refusalBySize(messageSize(bytes.length, limitsOf(scene, mac))), () =>
    kms.generateMac(keyOf(scene, mac), bytes),
  );
  if ("answer" in tag) await folder.write(`${at}.mac`, tag.answer.bytes);
  else notTaken.push({ what: name, operation: "generateMac", code: tag.code });
  return {
    at,
    name,
    type,
    path,
    encrypted: "answer" in ciphertext,
    signed: "answer" in signed,
    authenticated: "answer" in tag,
  };
}

const limitsOf = ({ kms, backend, keys }: Scene, role: Role): CapabilityRow["limits"] | undefined =>
  rowOf(kms, backend.name, role, keys.get(role)?.protection)?.limits;

const rowOf = (
  kms: Kms,
  provider: string,
  { algorithm }: Role,
  protection: string | undefined,
): CapabilityRow | undefined =>
  kms.capabilities(provider).rows.find((row) => row.algorithm === algorithm && row.protection === protection);
