import { plaintextSize, refusalBySize, unlessNotTaken, type NotTaken } from "../attempt.ts";
import { encryption } from "../roles.ts";
import { assert, keyOf, type Step } from "../scene.ts";
import { entriesOf, limitsOf } from "../uses.ts";

/** Encrypts every file by the key itself, without a message around it, as far as the back end takes it whole: for small data. */
export const directEncryption: Step = {
  name: "direct encryption",
  run: async (scene) => {
    const { kms, documents } = scene;
    const key = keyOf(scene, encryption);
    const limits = limitsOf(kms, key);
    const notTaken: NotTaken[] = [];
    for (const document of documents) {
      const { name, bytes } = document;
      const entries = entriesOf(kms, key, document);
      const announced = refusalBySize(plaintextSize(bytes.length, limits, entries));
      const made = await unlessNotTaken(announced, () => kms.encrypt(key, bytes, entries));
      if ("answer" in made) {
        const opened = await kms.decrypt(key, made.answer, entries);
        assert(Buffer.compare(opened, bytes) === 0, "A ciphertext opened to other bytes than were encrypted.");
      } else notTaken.push({ what: name, operation: "encrypt", code: made.code });
    }
    const direct = documents.length - notTaken.length;
    return {
      facts: [`${direct} of ${documents.length} files are small enough for the key itself, and read back the same`],
      notTaken,
      counts: { direct },
    };
  },
};
