import { stat } from "node:fs/promises";
import { keyFileRoot } from "@kms/self-managed";
import { refusal } from "../attempt.ts";
import { fileOf } from "../backends/backend.ts";
import { openDocument, recipientOf } from "../messages.ts";
import { withStore, type OpenedStore } from "../opened-store.ts";
import { readIndex } from "../protected-file.ts";
import { encryption, spare } from "../roles.ts";
import { assert, associatedDataOf, keyOf, sampleOf, type Scene, type Step, type Told } from "../scene.ts";
import { counted } from "../wording.ts";
import { destroyedFile } from "./destruction.ts";

/** Ends the work with the store and opens its file again: all keys are there but the destroyed one, whose name stays taken. */
export const restart: Step = {
  name: "restart",
  run: async (scene) => {
    const { path, keyFile, letGo } = fileOf(scene.place);
    await letGo();
    const { size } = await stat(path);
    const told = await withStore(scene, path, keyFileRoot(keyFile), (opened) => lookAround(scene, opened));
    return {
      ...told,
      facts: [`the store was closed: one file of ${counted(size, "byte")}, opened again`, ...told.facts],
    };
  },
};

async function lookAround(scene: Scene, { kms, store }: OpenedStore): Promise<Told> {
  const { backend, documents, folder, kms: before } = scene;
  const { document, bytes } = sampleOf(documents);
  let keys = 0;
  for await (const listing of kms.listKeys(backend.name)) keys += listing.keyId === "" ? 0 : 1;
  const key = await kms.openHandle(await before.sealHandle(keyOf(scene, encryption)));
  const files = (await readIndex(folder)).filter(({ encrypted }) => encrypted);
  for (const file of files) await openDocument(recipientOf(kms, key), folder, file);
  const destroyed = await kms.openHandle(await before.sealHandle(keyOf(scene, spare)));
  const { rollbackProtection } = store.health();
  assert(rollbackProtection === "none", "A store without an anchor claims protection against rollback.");
  const ciphertext = await folder.readBytes(destroyedFile);
  const refusals = [
    await refusal("decrypting under the destroyed key after a restart", "INVALID_STATE", () =>
      kms.decrypt(destroyed, ciphertext, associatedDataOf(document)),
    ),
    await refusal("encrypting under the destroyed key after a restart", "INVALID_STATE", () =>
      kms.encrypt(destroyed, bytes, associatedDataOf(document)),
    ),
    await refusal("making a key with the destroyed key's name", "ALREADY_EXISTS", () =>
      kms.generateKey(backend.name, { algorithm: spare.algorithm, name: destroyed.keyId.split("/").at(-1) ?? "" }),
    ),
  ];
  // Of a key that was not refused there is no receipt; the step has failed then.
  const isGone = refusals.every(({ ok }) => ok);
  const receipt = isGone ? await kms.getDestructionReceipt(destroyed) : undefined;
  return {
    facts: [
      `${counted(keys, "key")} listed; ${counted(files.length, "file")} open as before`,
      ...(receipt === undefined ? [] : [`the destroyed key stays destroyed: its receipt says ${receipt.level} again`]),
      `an older copy in its place would not be noticed: the store says rollbackProtection "${rollbackProtection}"`,
    ],
    refusals,
  };
}
