import { KmsError, type KmsErrorCode } from "@kms/core";
import type { StoredKey } from "@kms/self-managed";
import { openSession, type Session } from "./session.ts";
import { rootOf, type Stage, type StagedKey } from "./stage.ts";
import { protects, reads } from "./uses.ts";

/** What a question to a store was answered: a value as text, a refusal by its code, or an error that is none of ours. */
export type Answer = { readonly value: string } | { readonly refused: KmsErrorCode } | { readonly untyped: string };

/** Every question with its answer. */
export type Answers = ReadonlyMap<string, Answer>;

/**
 * Asks an open store for everything that it can tell: the list, every key of the stage by its id, every use of each of
 * its versions and a new one, the slots, the latest time. What a key's material is shows only in what it opens.
 */
export async function answersOf(session: Session, stage: Pick<Stage, "keys">): Promise<Answers> {
  const { store } = session;
  const answers = new Map<string, Answer>();
  const ask = async (question: string, action: () => unknown): Promise<void> => {
    answers.set(question, await answerOf(action));
  };
  await ask("list", () => [...store.list()].map(plain).toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  await ask("slots", () => store.slots());
  for (const key of stage.keys) await askKey(session, key, ask);
  await ask("latest time", () => store.latestTime());
  return answers;
}

type Ask = (question: string, action: () => unknown) => Promise<void>;

async function askKey({ store, kms }: Session, key: StagedKey, ask: Ask): Promise<void> {
  await ask(`get ${key.name}`, () => {
    const record = store.get(key.id);
    return record === undefined ? absent : plain(record);
  });
  // Found once: a refusal is then the answer to every use.
  const handle = kms.getKey("own", key.id, { algorithm: key.algorithm });
  handle.catch(() => undefined);
  for (const use of key.uses) {
    await ask(`read ${key.name} ${use.version}`, async () => reads(kms, await handle, use));
  }
  await ask(`protect ${key.name}`, async () => protects(kms, await handle));
}

/** What `get` answers where there is no such key. */
export const absent = "absent";

/** The answer of one action. */
export async function answerOf(action: () => unknown): Promise<Answer> {
  try {
    return { value: JSON.stringify(await action()) };
  } catch (error) {
    if (KmsError.isInstance(error)) return { refused: error.code };
    return { untyped: String(error) };
  }
}

/** Opens a store by its first root, asks it everything and closes it; whatever of that is refused is the one answer where nothing else was answered. */
export async function askAll(stage: Stage, at: number): Promise<Answers> {
  const asked = new Map<string, Answer>();
  const opened = await answerOf(async () => {
    const session = await openSession(stage.path, rootOf(stage, "first"), { at });
    try {
      for (const [question, answer] of await answersOf(session, stage)) asked.set(question, answer);
    } finally {
      await session.close();
    }
    return "opened and closed";
  });
  return asked.set("open", opened);
}

/** A record without its material. */
const plain = (record: StoredKey): StoredKey => ({
  ...record,
  versions: record.versions.map((version) => ({ ...version, material: undefined })),
});
