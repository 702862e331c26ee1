import type { KeyHandle } from "@kms/core";
import { agreement, recipient, release, seal, wrapping, type Role } from "../roles.ts";
import { assert, sampleOf, type Scene, type Step } from "../scene.ts";

type Use = (scene: Scene, key: KeyHandle) => Promise<string>;

const uses: readonly (readonly [Role, Use])[] = [
  [recipient, dataKeyForRecipient],
  [seal, signSample],
  [release, signSample],
  [agreement, agree],
  [wrapping, wrapMaterial],
];

/** Uses each further key once; what the back end does not have was told by name when its configuration was sealed. */
export const furtherAlgorithms: Step = {
  name: "further algorithms",
  run: async (scene) => {
    const facts: string[] = [];
    for (const [role, use] of uses) {
      const key = scene.keys.get(role);
      if (key !== undefined) facts.push(`${key.algorithm.padEnd(20)} ${await use(scene, key)}`);
    }
    return { facts: facts.length > 0 ? facts : ["none that this back end has"] };
  },
};

async function dataKeyForRecipient({ kms }: Scene, key: KeyHandle): Promise<string> {
  const { plaintext, encrypted } = await kms.generateDataKey(key, 32);
  const unwrapped = await kms.unwrapDataKey(key, encrypted);
  const same = Buffer.compare(plaintext, unwrapped) === 0;
  plaintext.fill(0);
  unwrapped.fill(0);
  assert(same, "A data key unwraps to other bytes.");
  return "wrapped a data key under the public key; the private key unwraps it";
}

async function signSample({ kms, documents }: Scene, key: KeyHandle): Promise<string> {
  const { bytes, document } = sampleOf(documents);
  const signature = await kms.sign(key, bytes);
  assert(await kms.verify(key, bytes, signature), `The signature over ${document.name} does not hold.`);
  return `signed and verified, ${signature.bytes.length} bytes`;
}

async function agree({ kms, backend }: Scene, key: KeyHandle): Promise<string> {
  const { algorithm } = key;
  const peer = await kms.generateKey(backend.name, { algorithm, name: "demo-agreement-peer", labels: { app: "demo" } });
  const derivation = { info: new TextEncoder().encode("demo"), lengthBytes: 32 };
  const ours = await kms.deriveSharedSecret(key, (await kms.getPublicKey(peer)).spki, derivation);
  const theirs = await kms.deriveSharedSecret(peer, (await kms.getPublicKey(key)).spki, derivation);
  const same = Buffer.compare(ours, theirs) === 0;
  ours.fill(0);
  theirs.fill(0);
  assert(same, "Two sides of a key agreement derived different secrets.");
  return "two keys derive the same 32 bytes from one another's public keys";
}

async function wrapMaterial({ kms, backend }: Scene, key: KeyHandle): Promise<string> {
  const material = await kms.generateRandom(backend.name, 32);
  const wrapped = await kms.wrapKey(key, material);
  const unwrapped = await kms.unwrapKey(key, wrapped);
  const same = Buffer.compare(material, unwrapped) === 0;
  material.fill(0);
  unwrapped.fill(0);
  assert(same, "Key material unwraps to other bytes.");
  return `wrapped 32 bytes of key material in ${wrapped.length} bytes, and unwrapped them`;
}
