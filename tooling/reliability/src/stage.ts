import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createSqliteStore, keyRoot, type Root } from "@kms/self-managed";
import { dayMs, sessionOver, start, type OwnKms, type Session } from "./session.ts";
import { made, type MadeUse, type UsableAlgorithm } from "./uses.ts";

/** A key of the stage, and what it was used for before anything happened. */
export interface StagedKey {
  readonly name: string;
  readonly id: string;
  readonly algorithm: UsableAlgorithm;
  readonly uses: readonly MadeUse[];
}

/** What everything starts from: a store, what is known of its keys, and its roots as hexadecimal bytes. Plain JSON. */
export interface Stage {
  readonly path: string;
  readonly keys: readonly StagedKey[];
  /** "first" and "second" open it; "third" does not yet. */
  readonly roots: Readonly<Record<RootName, string>>;
  /** The id of the slot that "second" opens; undefined where there is none. */
  readonly secondSlot?: string | undefined;
}
/** The roots that play a part. */
export type RootName = "first" | "second" | "third";

/** The root of a name. */
export const rootOf = (stage: Pick<Stage, "roots">, name: RootName): Root =>
  keyRoot(Buffer.from(stage.roots[name], "hex"));

/** Makes the keys of a stage. */
export type Cast = (session: Session) => Promise<readonly StagedKey[]>;

/** New roots of random bytes. */
export const newRoots = (): Stage["roots"] => ({ first: newRoot(), second: newRoot(), third: newRoot() });
const newRoot = (): string => randomBytes(32).toString("hex");

/** A store in the directory with two slots and the keys of the cast. `left`: a copy taken while it was open, its newest writes in the write-ahead log alone. */
export async function makeStage(
  directory: string,
  cast: Cast,
): Promise<{ readonly plain: Stage; readonly left: Stage }> {
  const path = join(directory, "store.db");
  const roots = newRoots();
  const store = await createSqliteStore(path, rootOf({ roots }, "first"));
  const session = await sessionOver(store);
  const { id: secondSlot } = await store.addSlot(rootOf({ roots }, "first"), rootOf({ roots }, "second"));
  const keys = await cast(session);
  const left = copyStage({ path, keys, roots, secondSlot }, join(directory, "left"));
  await session.close();
  return { plain: { path, keys, roots, secondSlot }, left };
}

/** A copy of a stage's files in a directory of its own, which is made. */
export function copyStage(stage: Stage, directory: string): Stage {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "store.db");
  copyFileSync(stage.path, path);
  if (existsSync(`${stage.path}-wal`)) copyFileSync(`${stage.path}-wal`, `${path}-wal`);
  return { ...stage, path };
}

/** One of each that a scenario needs, and others that must stay as they are. */
export async function castOfKills({ kms }: Session): Promise<readonly StagedKey[]> {
  const kept = await staged(kms, "kept", "AES-256-GCM", 2);
  const subject = await staged(kms, "subject", "AES-256-GCM");
  const disabled = await staged(kms, "disabled", "AES-256-GCM");
  await kms.disableKey(await kms.getKey("own", disabled.id, { algorithm: "AES-256-GCM" }));
  const scheduled = await staged(kms, "scheduled", "AES-256-GCM");
  await kms.scheduleDestruction(await kms.getKey("own", scheduled.id, { algorithm: "AES-256-GCM" }));
  const pair = await staged(kms, "pair", "ECDSA-P256-SHA256");
  const mac = await staged(kms, "mac", "HMAC-SHA256");
  return [kept, subject, disabled, scheduled, pair, mac];
}

/** A small store: an AES key of two versions, a P-256 key, an HMAC key whose first version is gone. */
export async function castOfFlips({ kms, setTime }: Session): Promise<readonly StagedKey[]> {
  const aes = await staged(kms, "aes", "AES-256-GCM", 2);
  const pair = await staged(kms, "pair", "ECDSA-P256-SHA256");
  const mac = await staged(kms, "mac", "HMAC-SHA256", 2);
  const handle = await kms.getKey("own", mac.id, { algorithm: "HMAC-SHA256" });
  await kms.scheduleDestruction(handle, { keyVersion: "1" });
  setTime(start + 40 * dayMs);
  await kms.getDestructionReceipt(handle, { keyVersion: "1" });
  return [aes, pair, mac];
}

async function staged(kms: OwnKms, name: string, algorithm: UsableAlgorithm, versions = 1): Promise<StagedKey> {
  let key = await kms.generateKey("own", { algorithm, name });
  const uses = [await made(kms, key)];
  for (let version = 2; version <= versions; version += 1) {
    key = await kms.rotateKey(key);
    uses.push(await made(kms, key));
  }
  return { name, id: key.keyId, algorithm, uses };
}
