/**
 * The slots of a store (`crypto-rules` 19): in each, the store key lies wrapped under what one root makes of the slot's
 * parameters, so that any of several roots opens the store, and one can go without the others.
 */
import { KmsError, type Json } from "@kms/core/driver";
import { sha256, secretOf } from "../primitives.ts";
import type { Root, RootKind } from "../roots/root.ts";
import { canonicalJson, parseJson } from "./canonical-json.ts";
import { malformed } from "./format.ts";
import { frame } from "./framing.ts";
import { labels } from "./labels.ts";
import { unwrapOnce, wrapOnce, wrapOverheadBytes } from "./one-use.ts";
import { randomHex, storeKeyBytes, type StoreIdentity } from "./store-keys.ts";

/** A slot as a store writes it. */
export interface SlotRow {
  /** 64 random bits in lower-case hexadecimal. */
  readonly id: string;
  readonly kind: RootKind;
  /** What the root needs beside its secret: canonical JSON, at most `maximumParameterBytes`. */
  readonly parameters: Uint8Array;
  /** The store key's wrap: 112 bytes. */
  readonly sealed: Uint8Array;
}

/** The longest parameters: 1 KiB. */
export const maximumParameterBytes = 1024;
/** Bytes of a wrapped store key. */
export const sealedSlotBytes: number = storeKeyBytes + wrapOverheadBytes;

/** Characters of a slot's id, all of them ASCII. */
export const slotIdLength = 16;
const slotId = /^[0-9a-f]{16}$/;
const kinds: Readonly<Record<RootKind, true>> = { passphrase: true, key: true };
/** Characters of the longest kind, all of them ASCII. */
export const longestSlotKind: number = Math.max(...Object.keys(kinds).map((kind) => kind.length));
const slotKeyBytes = 32;

/** A new slot for a root, under fresh parameters. The store key stays the caller's. `INVALID_ARGUMENT` for a root that is none. */
export async function sealSlot(root: Root, identity: StoreIdentity, storeKey: Uint8Array): Promise<SlotRow> {
  const parameters = root.newParameters();
  const unsealed = {
    id: randomHex(8),
    kind: root.kind,
    parameters: new TextEncoder().encode(canonicalJson(parameters)),
  };
  if (!Object.hasOwn(kinds, root.kind) || unsealed.parameters.length > maximumParameterBytes) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "Sealing a slot: the root is of no known kind. Use passphraseRoot or keyRoot.",
    );
  }
  return withSlotKey(root, parameters, (key) =>
    Object.freeze<SlotRow>({
      ...unsealed,
      sealed: wrapOnce(key, "slot", storeKey, associatedWith(identity, unsealed)),
    }),
  );
}

/**
 * The store key, in memory of its own, the caller's to erase. `WRONG_ROOT_KEY` when this root did not make the slot (or
 * the salt or commitment in it was altered: the two cannot be told apart). `TAMPERED` for a malformed slot, parameters
 * out of the range of rule 19 (nothing has run then), and a wrap or identity altered under the right root.
 */
export async function openSlot(root: Root, identity: StoreIdentity, row: SlotRow): Promise<Uint8Array> {
  const parameters = parametersOf(row);
  if (root.kind !== row.kind) throw wrongRoot();
  const opened = await withSlotKey(root, parameters, (key) =>
    unwrapOnce(key, "slot", row.sealed, associatedWith(identity, row)),
  );
  if (opened === "other-key") throw wrongRoot();
  if (opened === "altered") throw malformed(`Slot ${row.id}`, "was altered, or is another store's");
  return opened;
}

/** SHA-256 over all slots, whatever their order, in lower-case hexadecimal. */
export function digestOfSlots(rows: readonly SlotRow[]): string {
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  const parts = sorted.flatMap(({ id, kind, parameters, sealed }) => [id, kind, parameters, sealed]);
  return Buffer.from(sha256(frame([labels.slots, sorted.length, ...parts]))).toString("hex");
}

/** The parameters of a well-formed slot; whether a root would run with them is the root's to say. */
function parametersOf({ id, kind, parameters, sealed }: SlotRow): Json {
  if (!slotId.test(id)) throw malformed("A slot", "has an id that is none");
  const isWhole = sealed.length === sealedSlotBytes && parameters.length <= maximumParameterBytes;
  if (!isWhole || !Object.hasOwn(kinds, kind)) throw malformed(`Slot ${id}`, "is no slot of this format");
  const json = parseJson(parameters);
  if (json === undefined) throw malformed(`Slot ${id}`, "has parameters that are no JSON");
  // What else they say is checked by the root; that they are canonical, by the tag that covers their bytes.
  return json as Json;
}

/** What a slot's wrap is bound to: store id, slot id, kind, parameters and the store key's generation. */
const associatedWith = (
  { storeId, generation }: StoreIdentity,
  { id, kind, parameters }: Pick<SlotRow, "id" | "kind" | "parameters">,
): Uint8Array => frame([labels.slot, storeId, id, kind, parameters, generation]);

async function withSlotKey<R>(root: Root, parameters: Json, run: (key: ReturnType<typeof secretOf>) => R): Promise<R> {
  const bytes = await root.slotKey(parameters);
  try {
    if (bytes.length === slotKeyBytes) return run(secretOf(bytes));
    throw new KmsError("INVALID_ARGUMENT", "A root must make keys of 32 bytes; use passphraseRoot or keyRoot.");
  } finally {
    bytes.fill(0);
  }
}

const wrongRoot = (): KmsError =>
  new KmsError(
    "WRONG_ROOT_KEY",
    "Opening a slot: it was made with another passphrase or key. Nothing was read; give the root that the store was made with.",
  );
