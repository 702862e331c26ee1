import type { KeyHandle, Kms } from "@kms/core";
import { anyOf, type Recipient, type RecipientReport } from "@kms/envelope";
import { refusal, type Refusal } from "../attempt.ts";
import type { Outage } from "../backends/backend.ts";
import { encryptDocument, numberOf, openDocument, recipientOf } from "../messages.ts";
import { encryption } from "../roles.ts";
import { assert, type Scene, type Step } from "../scene.ts";
import { counted, shown } from "../wording.ts";
import { tamperedMessages } from "./tampered-messages.ts";

/** Makes a key at each of several back ends: AES where it has that, what stands in for it elsewhere. */
export const keysTogether: Step = {
  name: "keys",
  run: async (scene) => {
    const { kms, backend, keys } = scene;
    const facts: string[] = [];
    for (const { name, instead } of backend.members ?? []) {
      scene.progress(`making a key at ${name}`);
      const algorithm = instead?.[encryption.role] ?? encryption.algorithm;
      const key: KeyHandle = await kms.generateKey(name, { algorithm, name: "demo-together" });
      keys.set({ role: name, algorithm }, key);
      facts.push(`${name.padEnd(5)} ${key.algorithm.padEnd(20)} ${shown(key.keyId)}`);
    }
    return { facts, counts: { keys: keys.size } };
  },
};

/** Encrypts every file once, for all of the keys. */
export const encryptForAll: Step = {
  name: "encrypt for all",
  run: async (scene) => {
    const { documents, folder } = scene;
    for (const [index, document] of documents.entries()) {
      await encryptDocument(everyone(scene), folder, document, numberOf(index));
    }
    return {
      facts: [`${counted(documents.length, "file")} encrypted once each, for ${counted(scene.keys.size, "key")}`],
      counts: { encrypted: documents.length },
    };
  },
};

/** Tampers with messages for all of the keys while every back end answers: each must be refused. */
export const tamperTogether: Step = {
  name: "tampering",
  run: async (scene) => {
    const refusals = await tamperedMessages(scene, everyone(scene), undefined);
    const refused = refusals.filter(({ ok }) => ok).length;
    return { facts: [`${refused} of ${refusals.length} tampered messages refused as they must be`], refusals };
  },
};

/** Takes down all back ends but one, for each of them in turn: every file opens, and the report names those that are down. */
export const outages: Step = {
  name: "outages",
  run: async (scene) => {
    const facts: string[] = [];
    let opened = 0;
    // Who stays down once it is answers first; it is down for all the others.
    const survivors = [...outagesOf(scene)].toSorted(([, a], [, b]) => Number(canEnd(a)) - Number(canEnd(b)));
    for (const [survivor] of survivors) {
      scene.progress(`opening while ${survivor} alone answers`);
      const others = survivors.filter(([name]) => name !== survivor);
      for (const [, outage] of others) await outage.begin();
      const { down, files } = await openAll(scene, survivor);
      for (const [, outage] of others) await outage.end?.();
      facts.push(`down: ${down.join(", ")}; ${survivor} opened ${counted(files, "file")} to the same bytes`);
      opened += files;
    }
    for (const [, outage] of survivors) await outage.begin();
    const nobody = await nobodyLeft(scene);
    for (const [, outage] of survivors) await outage.end?.();
    return { facts, refusals: [nobody], counts: { decrypted: opened } };
  },
};

const canEnd = ({ end }: Outage): boolean => end !== undefined;

function outagesOf({ place, keys }: Scene): ReadonlyMap<string, Outage> {
  const found = new Map<string, Outage>();
  for (const { role } of keys.keys()) {
    const outage = place.places?.get(role)?.outage;
    assert(outage !== undefined, `The back end "${role}" cannot be taken down, and so the story proves nothing.`);
    found.set(role, outage);
  }
  return found;
}

/** Opens every file while one back end alone answers. What its report says of each must be so. */
async function openAll(
  scene: Scene,
  survivor: string,
): Promise<{ readonly down: readonly string[]; readonly files: number }> {
  const { documents, folder } = scene;
  const down = new Set<string>();
  for (const [index, document] of documents.entries()) {
    const { recipients } = await openDocument(everyone(scene, survivor), folder, { ...document, at: numberOf(index) });
    checkReport(scene, recipients, survivor).forEach((name) => down.add(name));
  }
  return { down: [...down], files: documents.length };
}

/** The names of those that a report says are unreachable. They must be all but the one that answers, which opened it. */
function checkReport({ keys }: Scene, { of = [] }: RecipientReport, survivor: string): readonly string[] {
  const expected = [...keys.keys()].map(({ role }) => role).filter((role) => role !== survivor);
  const down = of.filter(({ outcome }) => outcome === "unreachable").map(({ recipient }) => nameOf(recipient));
  const told = of.map(({ recipient, outcome }) => `${nameOf(recipient)} ${outcome}`).join(", ");
  assert(down.join() === expected.join(), `Down are ${expected.join(", ")}, and the report says ${told}.`);
  return down;
}

// A provider's key is called by the name of the provider and its id.
const nameOf = (recipient: string): string => recipient.split(" ")[0] ?? "";

function nobodyLeft(scene: Scene): Promise<Refusal> {
  const [document] = scene.documents;
  assert(document !== undefined, "There is no file to open.");
  return refusal("opening while nobody answers", "UNAVAILABLE", () =>
    openDocument(everyone(scene), scene.folder, { ...document, at: numberOf(0) }),
  );
}

/** Any of all the keys; whoever is named is asked last. */
function everyone({ kms, keys }: { readonly kms: Kms; readonly keys: Scene["keys"] }, last?: string): Recipient {
  const inOrder = [...keys].toSorted(([a], [b]) => Number(a.role === last) - Number(b.role === last));
  return anyOf(inOrder.map(([, key]) => recipientOf(kms, key)));
}
