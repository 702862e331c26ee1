import type { AzureRecord, VersionShape } from "../records.ts";
import type { Ending } from "./endings.ts";

/** A key that is on its way into the deleted keys or out of them, and cannot be read meanwhile. */
export interface UnderWay {
  readonly record: AzureRecord;
  readonly to: "deleted" | "living";
  /** When it is purged, in milliseconds since the epoch; from then on nothing is on its way any more. */
  readonly purgeAtMs: number;
}

/**
 * What a driver remembers of keys, because Azure keeps it back for a while. It never stands in for an answer: it is asked
 * where the service refuses to show a disabled version, and where it shows a key under neither name.
 */
export interface Memory {
  /** The type of a version, which never changes; `key_ops` as they were. */
  readonly shapes: Bounded<VersionShape>;
  /** By key id in small letters. */
  readonly underWay: Bounded<UnderWay>;
  /** By key id in small letters. */
  readonly endings: Bounded<Ending>;
}

/** A map that forgets what came first when it is full. */
export interface Bounded<V> {
  readonly get: (key: string) => V | undefined;
  readonly set: (key: string, value: V) => void;
  readonly delete: (key: string) => void;
}

const maximumEntries = 1_000;

/** An empty memory. */
export const emptyMemory = (): Memory => ({ shapes: bounded(), underWay: bounded(), endings: bounded() });

function bounded<V>(): Bounded<V> {
  const entries = new Map<string, V>();
  return {
    get: (key) => entries.get(key),
    set: (key, value) => {
      entries.delete(key);
      entries.set(key, value);
      const [first] = entries.keys();
      if (first !== undefined && entries.size > maximumEntries) entries.delete(first);
    },
    delete: (key) => void entries.delete(key),
  };
}
