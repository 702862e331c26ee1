import type { KeyHandle } from "@kms/core";
import { unlessNotTaken, type NotTaken } from "../attempt.ts";
import { openDocument, recipientOf } from "../messages.ts";
import { readIndex } from "../protected-file.ts";
import { encryption, mac, signature, type Role } from "../roles.ts";
import { encryptSample, versionOf } from "../sample-ciphertext.ts";
import { assert, keyOf, sampleOf, type Scene, type Step } from "../scene.ts";
import { counted, shortened } from "../wording.ts";

/** Rotates the keys: what was protected before still reads, what is protected now stands under the new version. */
export const rotation: Step = {
  name: "rotation",
  run: async (scene) => {
    const notTaken: NotTaken[] = [];
    const told: (string | undefined)[] = [];
    for (const [role, rotateOne] of rotations) {
      if (scene.keys.has(role)) told.push(await rotateOne(scene, notTaken));
    }
    return { facts: told.filter((fact) => fact !== undefined), notTaken };
  },
};

const rotations = [
  [encryption, rotateEncryption],
  [signature, rotateSignature],
  [mac, rotateMac],
] as const;

async function rotateEncryption(scene: Scene, notTaken: NotTaken[]): Promise<string | undefined> {
  const { kms, folder } = scene;
  const before = await encryptSample(scene, keyOf(scene, encryption));
  const key = await rotate(scene, encryption, notTaken);
  if (key === undefined) return undefined;
  const after = await encryptSample(scene, key);
  const old = await versionOf(scene, key, before);
  const current = await versionOf(scene, key, after);
  assert(old !== current, "What was encrypted after the rotation stands under the old version.");
  const files = (await readIndex(folder)).filter(({ encrypted }) => encrypted);
  for (const file of files) await openDocument(recipientOf(kms, key), folder, file);
  const opened = files.length === 0 ? "old data opens" : `${counted(files.length, "old file")} open`;
  return `${key.algorithm}: ${opened} (version ${shortened(old)}), new data is under version ${shortened(current)}`;
}

async function rotateSignature(scene: Scene, notTaken: NotTaken[]): Promise<string | undefined> {
  const { kms, documents } = scene;
  const { bytes } = sampleOf(documents);
  const before = await kms.sign(keyOf(scene, signature), bytes);
  const key = await rotate(scene, signature, notTaken);
  if (key === undefined) return undefined;
  const after = await kms.sign(key, bytes);
  assert(before.keyVersion !== after.keyVersion, "What was signed after the rotation stands under the old version.");
  assert(await kms.verify(key, bytes, before), "A signature from before the rotation does not hold any more.");
  assert(await kms.verify(key, bytes, after), "A signature from after the rotation does not hold.");
  return `${key.algorithm}: a signature of version ${shortened(before.keyVersion)} holds, version ${shortened(after.keyVersion)} signs`;
}

async function rotateMac(scene: Scene, notTaken: NotTaken[]): Promise<string | undefined> {
  const { kms, documents } = scene;
  const { bytes } = sampleOf(documents);
  const before = await kms.generateMac(keyOf(scene, mac), bytes);
  const key = await rotate(scene, mac, notTaken);
  if (key === undefined) return undefined;
  const after = await kms.generateMac(key, bytes);
  assert(before.keyVersion !== after.keyVersion, "A MAC from after the rotation stands under the old version.");
  assert(await kms.verifyMac(key, bytes, before), "A MAC from before the rotation does not hold any more.");
  assert(await kms.verifyMac(key, bytes, after), "A MAC from after the rotation does not hold.");
  return `${key.algorithm}: a MAC of version ${shortened(before.keyVersion)} holds, version ${shortened(after.keyVersion)} authenticates`;
}

/** The handle that pins the new version; undefined where the back end does not rotate such keys, which is told by name. */
async function rotate(scene: Scene, role: Role, notTaken: NotTaken[]): Promise<KeyHandle | undefined> {
  const { kms, backend, progress } = scene;
  const { algorithm } = keyOf(scene, role);
  progress(`rotating the key for ${algorithm}`);
  const { ok } = kms.supports({ provider: backend.name, operation: "rotateKey", algorithm });
  const rotated = await unlessNotTaken(ok ? undefined : "UNSUPPORTED", () => kms.rotateKey(keyOf(scene, role)));
  if ("answer" in rotated) scene.keys.set(role, rotated.answer);
  else notTaken.push({ what: algorithm, operation: "rotateKey", code: rotated.code });
  return "answer" in rotated ? rotated.answer : undefined;
}
