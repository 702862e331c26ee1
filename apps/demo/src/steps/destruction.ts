import { refusal, type Refusal } from "../attempt.ts";
import { dayMs } from "../demo-clock.ts";
import { encryption, spare } from "../roles.ts";
import { assert, keyOf, type Scene, type Step } from "../scene.ts";
import { encryptsHere, sampleFor } from "../uses.ts";

const windowDays = 7;

/** A ciphertext that the destroyed key made, in the work folder. */
export const destroyedFile = "destroyed.ciphertext";

/** Schedules a destruction and cancels it; lets another key's fall due, where time can be moved, and shows the receipt. */
export const destruction: Step = {
  name: "destruction",
  run: async (scene) => {
    const cancelled = await cancelInTime(scene);
    const ended = await letItEnd(scene);
    return { facts: [...cancelled.facts, ...ended.facts], refusals: [...cancelled.refusals, ...ended.refusals] };
  },
};

/** Named with the call, unless the provider fixed it when the key was made: the configurations name the same days. */
const windowOf = ({ kms, backend }: Scene): { readonly windowDays?: number } =>
  kms.capabilities(backend.name).destructionWindow.chosen === "per-call" ? { windowDays } : {};

interface Part {
  readonly facts: readonly string[];
  readonly refusals: readonly Refusal[];
}

async function cancelInTime(scene: Scene): Promise<Part> {
  const { kms } = scene;
  const key = keyOf(scene, encryption);
  const { bytes, entries } = sampleFor(scene, key);
  const ciphertext = await kms.encrypt(key, bytes, entries);
  // A public key encrypts on without asking anybody; its private half is what can refuse.
  const [using, use] = encryptsHere(kms, key)
    ? (["decrypting", () => kms.decrypt(key, ciphertext, entries)] as const)
    : (["encrypting", () => kms.encrypt(key, bytes, entries)] as const);
  const scheduled = await kms.scheduleDestruction(key, windowOf(scene));
  assert(scheduled.destroyAt !== undefined, "A scheduled destruction has no date.");
  const refused = await refusal(`${using} under a key whose destruction is scheduled`, "INVALID_STATE", use);
  const cancelled = await kms.cancelDestruction(key);
  assert(cancelled.state === "suspended", `Cancelling a destruction led to ${cancelled.state}.`);
  const still = await refusal(`${using} before the key is enabled again`, "INVALID_STATE", use);
  await kms.enableKey(key);
  const opened = await kms.decrypt(key, ciphertext, entries);
  assert(
    Buffer.compare(opened, bytes) === 0,
    "A ciphertext opened to other bytes after the destruction was cancelled.",
  );
  const date = scheduled.destroyAt.toISOString().slice(0, 10);
  return {
    facts: [`scheduled for ${date}, cancelled: suspended; enabled: its ciphertexts open again`],
    refusals: [refused, still],
  };
}

async function letItEnd(scene: Scene): Promise<Part> {
  const { kms, place, seals, folder } = scene;
  const key = keyOf(scene, spare);
  const { bytes, entries } = sampleFor(scene, key);
  const ciphertext = await kms.encrypt(key, bytes, entries);
  await folder.write(destroyedFile, ciphertext);
  await kms.scheduleDestruction(key, windowOf(scene));
  const early = await refusal("asking for a receipt before the key is gone", "NOT_READY", () =>
    kms.getDestructionReceipt(key),
  );
  if (place.advance === undefined) {
    return { facts: [`a second key is destroyed in ${windowDays} days; its receipt comes then`], refusals: [early] };
  }
  place.advance((windowDays + 1) * dayMs);
  const { level, token, mayRemain } = await kms.getDestructionReceipt(key);
  await seals.application.open("destruction-receipt", token);
  const late = await refusal("decrypting under a destroyed key", ["INVALID_STATE", "NOT_FOUND"], () =>
    kms.decrypt(key, ciphertext, entries),
  );
  return {
    facts: [
      `clock moved ${windowDays + 1} days: a second key is destroyed, and a sealed receipt says ${level}`,
      ...mayRemain.map((what) => `may remain: ${what}`),
    ],
    refusals: [early, late],
  };
}
