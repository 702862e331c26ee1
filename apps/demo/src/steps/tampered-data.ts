import { describeCiphertext } from "@kms/core";
import { refusal, type Refusal } from "../attempt.ts";
import { extended, flipped } from "../forging.ts";
import { encryption, mac, signature, spare } from "../roles.ts";
import { associatedDataOf, keyOf, sampleOf, type Scene } from "../scene.ts";

/** Ciphertexts, associated data, signatures and MACs that somebody changed. */
export async function tamperedData(scene: Scene): Promise<readonly Refusal[]> {
  return [
    ...(await ciphertexts(scene)),
    ...(await associatedData(scene)),
    ...(await signatures(scene)),
    ...(await macs(scene)),
  ];
}

async function ciphertexts(scene: Scene): Promise<readonly Refusal[]> {
  const { kms, documents } = scene;
  const { document, bytes } = sampleOf(documents);
  const entries = associatedDataOf(document);
  const key = keyOf(scene, encryption);
  const ciphertext = await kms.encrypt(key, bytes, entries);
  const foreign = await kms.encrypt(keyOf(scene, spare), bytes, entries);
  const headerBytes = ciphertext.length - describeCiphertext(ciphertext).providerCiphertext.length;
  const refused = (what: string, changed: Uint8Array): Promise<Refusal> =>
    refusal(what, "DECRYPTION_FAILED", () => kms.decrypt(key, changed, entries));
  return [
    await refused("ciphertext, one bit flipped at its end", flipped(ciphertext, -1)),
    await refused("ciphertext, one bit flipped in its body", flipped(ciphertext, headerBytes)),
    await refused("ciphertext, one bit flipped in its header", flipped(ciphertext, headerBytes - 1)),
    await refused("ciphertext, one byte short", ciphertext.slice(0, -1)),
    await refused("ciphertext, one byte long", extended(ciphertext)),
    await refused("ciphertext of another key", foreign),
    await refused("ciphertext that was never one", bytes),
  ];
}

async function associatedData(scene: Scene): Promise<readonly Refusal[]> {
  const { kms, documents } = scene;
  const { document, bytes } = sampleOf(documents);
  const entries = associatedDataOf(document);
  const key = keyOf(scene, encryption);
  const ciphertext = await kms.encrypt(key, bytes, entries);
  const refused = (what: string, changed: Readonly<Record<string, string>>): Promise<Refusal> =>
    refusal(what, "DECRYPTION_FAILED", () => kms.decrypt(key, ciphertext, changed));
  return [
    await refused("associated data, another file's name", { ...entries, file: `${document.name}.bak` }),
    await refused("associated data, an entry missing", { file: document.name }),
    await refused("associated data, an entry more", { ...entries, tenant: "42" }),
    await refused("associated data, none", {}),
  ];
}

async function signatures(scene: Scene): Promise<readonly Refusal[]> {
  const { kms, documents } = scene;
  const { bytes } = sampleOf(documents);
  const key = keyOf(scene, signature);
  const made = await kms.sign(key, bytes);
  const refused = (what: string, message: Uint8Array, changed: Uint8Array): Promise<Refusal> =>
    refusal(what, "false", () => kms.verify(key, message, changed));
  return [
    await refused("signature, one bit flipped", bytes, flipped(made.bytes, -1)),
    await refused("signature, one byte short", bytes, made.bytes.slice(0, -1)),
    await refused("signature over another message", flipped(bytes, 0), made.bytes),
  ];
}

async function macs(scene: Scene): Promise<readonly Refusal[]> {
  const { kms, documents } = scene;
  const { bytes } = sampleOf(documents);
  const key = keyOf(scene, mac);
  const made = await kms.generateMac(key, bytes);
  const refused = (what: string, message: Uint8Array, changed: Uint8Array): Promise<Refusal> =>
    refusal(what, "false", () => kms.verifyMac(key, message, changed));
  return [
    await refused("MAC, one bit flipped", bytes, flipped(made.bytes, -1)),
    await refused("MAC, one byte short", bytes, made.bytes.slice(0, -1)),
    await refused("MAC over another message", flipped(bytes, 0), made.bytes),
  ];
}
