import { keyFileRoot, keyRoot, newRootKey, type Root } from "@kms/self-managed";
import { refusal, type Refusal } from "../attempt.ts";
import { fileOf } from "../backends/backend.ts";
import { withStore } from "../opened-store.ts";
import { changedCopy } from "../raw-database.ts";
import { encryption } from "../roles.ts";
import { associatedDataOf, keyOf, sampleOf, type Scene, type Step } from "../scene.ts";
import { storeEdits } from "./store-edits.ts";

/** Changes copies of the store file as somebody without its root can: each must be refused when it is opened or read. */
export const storeTampering: Step = {
  name: "store tampering",
  run: async (scene) => {
    const { path, keyFile, create } = fileOf(scene.place);
    const root = keyFileRoot(keyFile);
    // What refuses an unchanged copy too shows nothing.
    await useWhole(scene, await changedCopy(path, scene.folder, "unchanged", () => undefined), root);
    const refusals: Refusal[] = [];
    for (const [index, { what, expected, change }] of storeEdits(scene).entries()) {
      const copy = await changedCopy(path, scene.folder, String(index + 1), change);
      refusals.push(await refusal(what, expected, () => useWhole(scene, copy, root)));
    }
    const wrongRoot = keyRoot(newRootKey());
    refusals.push(
      await refusal("store, opened through another root", "WRONG_ROOT_KEY", () => useWhole(scene, path, wrongRoot)),
      await refusal("store, a new one made over it", "ALREADY_EXISTS", () => create(path, root)),
    );
    await useWhole(scene, path, root);
    const refused = refusals.filter(({ ok }) => ok).length;
    return {
      facts: [
        `${refused} of ${refusals.length} refused as they must be; an unchanged copy and the file itself still open`,
      ],
      refusals,
    };
  },
};

/** What an application does with a store: opens it, lists every record, reads every record, uses a key. */
const useWhole = (scene: Scene, path: string, root: Root): Promise<void> =>
  withStore(scene, path, root, async ({ store, kms }) => {
    for (const { id } of store.list()) store.get(id);
    const { document, bytes } = sampleOf(scene.documents);
    const key = await kms.openHandle(await scene.kms.sealHandle(keyOf(scene, encryption)));
    const ciphertext = await kms.encrypt(key, bytes, associatedDataOf(document));
    await kms.decrypt(key, ciphertext, associatedDataOf(document));
  });
