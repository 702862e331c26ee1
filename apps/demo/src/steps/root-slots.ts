import { randomBytes } from "node:crypto";
import { keyFileRoot, passphraseRoot, type Root } from "@kms/self-managed";
import { refusal, type Refusal } from "../attempt.ts";
import { fileOf } from "../backends/backend.ts";
import { withStore } from "../opened-store.ts";
import { changedCopy } from "../raw-database.ts";
import { assert, type Scene, type Step } from "../scene.ts";

/** Gives the store a second root, a passphrase, opens it through that, and takes the passphrase away again. */
export const rootSlots: Step = {
  name: "root slots",
  run: async (scene) => {
    const { path, keyFile } = fileOf(scene.place);
    const root = keyFileRoot(keyFile);
    const passphrase = passphraseRoot(randomBytes(24).toString("base64url"));
    scene.progress("adding a passphrase");
    const slot = await withStore(scene, path, root, ({ store }) => store.addSlot(root, passphrase));
    const keys = await keysThrough(scene, path, passphrase);
    assert(keys === (await keysThrough(scene, path, root)), "Two roots of one store open different keys.");
    const copy = await changedCopy(path, scene.folder, "with-passphrase", () => undefined);
    const other = await opening(scene, passphraseRoot("another passphrase"), "opening through another passphrase");
    await withStore(scene, path, root, ({ store }) => store.removeSlot(root, slot.id));
    const removed = await opening(scene, passphrase, "opening through a passphrase that was taken away");
    return {
      facts: [
        `a passphrase added beside the key file: the ${keys} keys open through either; then taken away`,
        `a copy from before that still opens through the passphrase: ${await keysThrough(scene, copy, passphrase)} keys`,
      ],
      refusals: [other, removed],
    };
  },
};

const keysThrough = (scene: Scene, path: string, root: Root): Promise<number> =>
  withStore(scene, path, root, async ({ kms }) => {
    let keys = 0;
    for await (const { keyId } of kms.listKeys(scene.backend.name)) keys += keyId === "" ? 0 : 1;
    return keys;
  });

const opening = (scene: Scene, root: Root, what: string): Promise<Refusal> =>
  refusal(what, "WRONG_ROOT_KEY", () => keysThrough(scene, fileOf(scene.place).path, root));
