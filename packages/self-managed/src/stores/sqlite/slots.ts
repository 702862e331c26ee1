import { KmsError } from "@kms/core/driver";
import type { Root, RootKind } from "../../roots/root.ts";
import { digestOfSlots, openSlot, sealSlot, type SlotRow } from "../../sealed/slots.ts";
import type { StoreIdentity } from "../../sealed/store-keys.ts";
import type { Database } from "./database.ts";
import { tamperedStore } from "./errors.ts";
import { deleteSlot, insertSlot, mostSlots, readSlots } from "./rows.ts";
import { slotsOf, type StoreFile } from "./store-file.ts";

/** A slot, as whoever looks after a store sees it. */
export interface SlotDescription {
  /** 64 random bits in lower-case hexadecimal: what `removeSlot` takes. */
  readonly id: string;
  readonly kind: RootKind;
}

/** The slots of an open store. */
export const describeSlots = (file: StoreFile): readonly SlotDescription[] => file.slots().rows.map(describe);

const describe = ({ id, kind }: SlotRow): SlotDescription => Object.freeze<SlotDescription>({ id, kind });

/** `INVALID_ARGUMENT` for what is no root. */
export function assertRoot(root: Root | undefined): void {
  if (typeof root?.slotKey === "function") return;
  throw new KmsError("INVALID_ARGUMENT", "A SQLite store needs a root, such as passphraseRoot or keyFileRoot makes.");
}

/**
 * The store key, from whichever slot a root opens: the caller's to erase. A passphrase costs one derivation for each slot
 * that is tried. `WRONG_ROOT_KEY` when it opens none, also when there is none of its kind; `TAMPERED`.
 */
export async function openAnySlot(root: Root, identity: StoreIdentity, slots: readonly SlotRow[]): Promise<Uint8Array> {
  for (const slot of slots.filter(({ kind }) => kind === root.kind)) {
    try {
      return await openSlot(root, identity, slot);
    } catch (error) {
      if (!KmsError.isInstance(error) || error.code !== "WRONG_ROOT_KEY") throw error;
    }
  }
  throw new KmsError(
    "WRONG_ROOT_KEY",
    `The root opens none of ${slots.length} slots. No record was read; give the passphrase or key of one of them.`,
  );
}

/** A slot for a root, proved: what was sealed has been opened again, from the bytes of the slot and the root alone. */
export async function provedSlot(root: Root, identity: StoreIdentity, storeKey: Uint8Array): Promise<SlotRow> {
  const slot = await sealSlot(root, identity, storeKey);
  (await openSlot(root, identity, slot)).fill(0);
  return slot;
}

/** `SqliteStore.addSlot`. All derivations come before the lock is taken. */
export async function addSlot(file: StoreFile, through: Root, root: Root): Promise<SlotDescription> {
  assertRoot(through);
  assertRoot(root);
  const { identity } = file.keys;
  const before = file.slots();
  if (before.rows.length >= mostSlots) {
    throw new KmsError("QUOTA_EXCEEDED", `Adding a slot: there are ${mostSlots} already. Remove one first.`);
  }
  const storeKey = await openAnySlot(through, identity, before.rows);
  try {
    const slot = await provedSlot(root, identity, storeKey);
    changeSlots(file, before.head.slots, (database) => insertSlot(database, slot), [...before.rows, slot]);
    return describe(slot);
  } finally {
    storeKey.fill(0);
  }
}

/** `SqliteStore.removeSlot`. */
export async function removeSlot(file: StoreFile, through: Root, slotId: string): Promise<void> {
  assertRoot(through);
  const before = file.slots();
  const others = before.rows.filter(({ id }) => id !== slotId);
  if (others.length === before.rows.length) {
    throw new KmsError("NOT_FOUND", "Removing a slot: the store has none of that id. List its slots.");
  }
  if (others.length === 0) {
    throw new KmsError(
      "INVALID_STATE",
      "Removing a slot: it is the last, and nothing would open the store. Add one first.",
    );
  }
  (await openAnySlot(through, file.keys.identity, others)).fill(0);
  changeSlots(file, before.head.slots, (database) => deleteSlot(database, slotId), others);
  file.erase();
}

/** Writes a change and reads back, before it is committed, that the slots in the file are exactly those expected. */
function changeSlots(
  file: StoreFile,
  digestBefore: string,
  change: (database: Database) => number,
  expected: readonly SlotRow[],
): void {
  file.write((head, database) => {
    slotsOf(head, database);
    if (head.slots !== digestBefore) {
      throw new KmsError(
        "CONFLICT",
        "The slots were changed by somebody else meanwhile. Nothing was written; try again.",
      );
    }
    change(database);
    const slots = digestOfSlots(readSlots(database));
    if (slots !== digestOfSlots(expected)) throw tamperedStore("slots do not read back as they were written");
    return { answer: undefined, head: { ...head, slots } };
  });
}
