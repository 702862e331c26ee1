import { describeCiphertext, type KeyHandle } from "@kms/core";
import { refusal, type Refusal } from "../attempt.ts";
import { extended, flipped } from "../forging.ts";
import { recipientOf } from "../messages.ts";
import { encryption, mac, signature, spare, type FileRole } from "../roles.ts";
import { sampleOf, type Scene } from "../scene.ts";
import { sampleFor } from "../uses.ts";
import { tamperedMessages } from "./tampered-messages.ts";

type Tampering = (scene: Scene, key: KeyHandle) => Promise<readonly Refusal[]>;

const tamperings: readonly (readonly [FileRole, Tampering])[] = [
  [encryption, ciphertexts],
  [encryption, associatedData],
  [encryption, messages],
  [signature, signatures],
  [mac, macs],
];

/** Ciphertexts, associated data, messages, signatures and MACs that somebody changed, as far as the scene has keys for them. */
export async function tamperedData(scene: Scene): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (const [role, tamper] of tamperings) {
    const key = scene.keys.get(role);
    if (key !== undefined) refusals.push(...(await tamper(scene, key)));
  }
  return refusals;
}

async function ciphertexts(scene: Scene, key: KeyHandle): Promise<readonly Refusal[]> {
  const { kms } = scene;
  const { bytes, entries } = sampleFor(scene, key);
  const ciphertext = await kms.encrypt(key, bytes, entries);
  const other = scene.keys.get(spare);
  const headerBytes = ciphertext.length - describeCiphertext(ciphertext).providerCiphertext.length;
  const refused = (what: string, changed: Uint8Array): Promise<Refusal> =>
    refusal(what, "DECRYPTION_FAILED", () => kms.decrypt(key, changed, entries));
  return [
    await refused("ciphertext, one bit flipped at its end", flipped(ciphertext, -1)),
    await refused("ciphertext, one bit flipped in its body", flipped(ciphertext, headerBytes)),
    // RSA ciphertexts bind no header.
    ...(entries === undefined
      ? []
      : [await refused("ciphertext, one bit flipped in its header", flipped(ciphertext, headerBytes - 1))]),
    await refused("ciphertext, one byte short", ciphertext.slice(0, -1)),
    await refused("ciphertext, one byte long", extended(ciphertext)),
    ...(other === undefined
      ? []
      : [await refused("ciphertext of another key", await kms.encrypt(other, bytes, entries))]),
    await refused("ciphertext that was never one", bytes),
  ];
}

async function associatedData(scene: Scene, key: KeyHandle): Promise<readonly Refusal[]> {
  const { kms } = scene;
  const { document, bytes, entries } = sampleFor(scene, key);
  if (entries === undefined) return [];
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

function messages(scene: Scene, key: KeyHandle): Promise<readonly Refusal[]> {
  const { kms, keys } = scene;
  const other = keys.get(spare);
  return tamperedMessages(scene, recipientOf(kms, key), other === undefined ? undefined : recipientOf(kms, other));
}

async function signatures({ kms, documents }: Scene, key: KeyHandle): Promise<readonly Refusal[]> {
  const { bytes } = sampleOf(documents);
  const made = await kms.sign(key, bytes);
  const refused = (what: string, message: Uint8Array, changed: Uint8Array): Promise<Refusal> =>
    refusal(what, "false", () => kms.verify(key, message, changed));
  return [
    await refused("signature, one bit flipped", bytes, flipped(made.bytes, -1)),
    await refused("signature, one byte short", bytes, made.bytes.slice(0, -1)),
    await refused("signature over another message", flipped(bytes, 0), made.bytes),
  ];
}

async function macs({ kms, documents }: Scene, key: KeyHandle): Promise<readonly Refusal[]> {
  const { bytes } = sampleOf(documents);
  const made = await kms.generateMac(key, bytes);
  const refused = (what: string, message: Uint8Array, changed: Uint8Array): Promise<Refusal> =>
    refusal(what, "false", () => kms.verifyMac(key, message, changed));
  return [
    await refused("MAC, one bit flipped", bytes, flipped(made.bytes, -1)),
    await refused("MAC, one byte short", bytes, made.bytes.slice(0, -1)),
    await refused("MAC over another message", flipped(bytes, 0), made.bytes),
  ];
}
