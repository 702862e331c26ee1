import type { KeyHandle, ProcessOptions } from "../contract/key.ts";
import type { Awaitable, StringMap } from "../contract/words.ts";
import { callerEntries, type CallerEntries } from "../encoding/associated-data.ts";
import { KmsError } from "../errors.ts";
import { processOptions } from "./arguments.ts";
import type { Caller } from "./instance.ts";
import { beginNow, onKey } from "./methods/caller.ts";
import { checkEntries, claimed, questionOf } from "./operations/use.ts";
import type { Row } from "./pipeline.ts";
import type { KeyTask } from "./task.ts";
import { checkProtectAge } from "./versions.ts";

/** What a data key out of a cache is used for: as what generated, wrapped or unwrapped it. */
export type DataKeyUse = "generateDataKey" | "wrapDataKey" | "unwrapDataKey";

/** The use of a data key that its holder kept. */
export interface CachedDataKey {
  readonly key: KeyHandle;
  readonly use: DataKeyUse;
  readonly associatedData: StringMap | undefined;
}

/** Everything that the guard does around the operation, and no call of the provider; what the door `useCachedDataKey` says. */
export const useAgain = (
  caller: Caller,
  { key, use, associatedData }: CachedDataKey,
  options: ProcessOptions | undefined,
): Awaitable<void> =>
  beginNow(caller, use, () => {
    const entries = use === "unwrapDataKey" ? callerEntries(associatedData, "data-key") : readKept(associatedData);
    const row = rows[use];
    const extra = use === "unwrapDataKey" ? processOptions : undefined;
    return onKey(caller, row, { key, input: entries, options, extra, entries });
  });

// Data keys kept for encryption come with the same associated data again and again; what a message stores is read out of it anew.
const readBefore = new WeakMap<StringMap, CallerEntries>();

/** The entries of a kept data key. A map that nobody can change is read once. */
function readKept(map: StringMap | undefined): CallerEntries {
  const known = map === undefined ? undefined : readBefore.get(map);
  if (known !== undefined) return known;
  const isKept = map !== undefined && isConstant(map); // asked first: what is read then stays
  const entries = callerEntries(map, "data-key");
  if (isKept) readBefore.set(map, entries);
  return entries;
}

/** Frozen, and no getter among its members: not even a proxy can answer otherwise later (ECMA-262 §10.5). */
const isConstant = (map: StringMap): boolean =>
  Object.isFrozen(map) && Object.values(Object.getOwnPropertyDescriptors(map)).every((member) => "value" in member);

const again = (use: DataKeyUse, effect: "protect" | "process"): Row<KeyTask, CallerEntries, void> => ({
  operation: use,
  effect,
  mutates: false,
  check: (task, entries) => {
    claimed(task, use);
    checkEntries(task, entries, 0, false);
    if (task.provider.driver.capabilities.disableVisibleWithinMs === undefined) return;
    throw new KmsError(
      "UNSUPPORTED",
      "The provider judges the state of its keys at every use, in this process: its data keys are not to be cached. Ask it each time.",
    );
  },
  question: (task) => questionOf(task, effect),
  work: (task) => {
    if (effect !== "protect") return;
    const { claims, memory, row } = task.key;
    // Which version wrapped it is not known: at the latest, the one that protects as far as is known here.
    checkProtectAge(task, row.version === "provider" ? undefined : (memory.currentVersion ?? claims.signingVersion));
  },
});

const rows: Readonly<Record<DataKeyUse, Row<KeyTask, CallerEntries, void>>> = {
  generateDataKey: again("generateDataKey", "protect"),
  wrapDataKey: again("wrapDataKey", "protect"),
  unwrapDataKey: again("unwrapDataKey", "process"),
};
