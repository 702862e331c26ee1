import { KmsError, type KeyHandle } from "@kms/core";
import { messageSize, refusalBySize, unlessNotTaken, type NotTaken } from "../attempt.ts";
import type { Document } from "../documents.ts";
import { encryptDocument, numberOf, recipientOf } from "../messages.ts";
import { writeIndex, type ProtectedFile } from "../protected-file.ts";
import { encryption, mac, signature, type FileRole } from "../roles.ts";
import type { Scene, Step } from "../scene.ts";
import { limitsOf, protectBytes } from "../uses.ts";
import { counted } from "../wording.ts";

/** Encrypts every file whatever its size, signs and authenticates it, as far as there are keys for it; messages, signatures and MACs go to the work folder. */
export const protect: Step = {
  name: "protect",
  run: async (scene) => {
    const files: ProtectedFile[] = [];
    const notTaken: NotTaken[] = [];
    for (const [index, document] of scene.documents.entries()) {
      scene.progress(`protecting ${index + 1} of ${scene.documents.length}`);
      files.push(await protectOne(scene, document, numberOf(index), notTaken));
    }
    await writeIndex(scene.folder, files);
    const encrypted = files.filter((file) => file.encrypted).length;
    const signed = files.filter((file) => file.signed).length;
    const macs = files.filter((file) => file.authenticated).length;
    const refused = encrypted + signed + macs === 0 ? notTaken[0] : undefined;
    if (refused !== undefined) throw new KmsError(refused.code, "The key takes none of the files. Name smaller ones.");
    return {
      facts: [`${counted(files.length, "file")}: ${encrypted} encrypted, ${signed} signed, ${macs} with a MAC`],
      notTaken,
      counts: { encrypted, signed, macs },
    };
  },
};

async function protectOne(scene: Scene, document: Document, at: string, notTaken: NotTaken[]): Promise<ProtectedFile> {
  const { name, type, path } = document;
  const under = async (role: FileRole, ending: string): Promise<boolean> => {
    const key = scene.keys.get(role);
    if (key === undefined) return false;
    const made = await protectUnder(scene, document, role, key);
    if ("answer" in made) await scene.folder.write(`${at}.${ending}`, made.answer);
    else notTaken.push({ what: name, operation: role.protect, code: made.code });
    return "answer" in made;
  };
  const key = scene.keys.get(encryption);
  if (key !== undefined) await encryptDocument(recipientOf(scene.kms, key), scene.folder, document, at);
  const signed = await under(signature, "signature");
  return { at, name, type, path, encrypted: key !== undefined, signed, authenticated: await under(mac, "mac") };
}

function protectUnder({ kms }: Scene, document: Document, role: FileRole, key: KeyHandle) {
  const { bytes } = document;
  const size = messageSize(bytes.length, limitsOf(kms, key));
  return unlessNotTaken(refusalBySize(size), () => protectBytes(kms, role, key, { bytes }));
}
