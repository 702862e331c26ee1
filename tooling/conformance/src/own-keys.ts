import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conformanceClock, type ConformanceClock, type CreateHarness } from "@kms/conformance";
import {
  createSqliteStore,
  keyRoot,
  memoryStore,
  newRootKey,
  openSqliteStore,
  selfManagedKms,
  type SqliteStore,
} from "@kms/self-managed";

/** Own keys over a memory store; a second driver over it is a second process. */
export const createSelfManaged: CreateHarness = async () => {
  const store = memoryStore();
  return {
    driver: await selfManagedKms({ store }),
    clock: conformanceClock(),
    anotherDriver: () => selfManagedKms({ store }),
    close: async () => undefined,
  };
};

/** What other connections change is seen after 10 ms of real time, which a clock of the suite's own does not make pass. */
function clockThatWaits(): ConformanceClock {
  const clock = conformanceClock();
  const cell = new Int32Array(new SharedArrayBuffer(4));
  return {
    ...clock,
    advance: (ms) => {
      Atomics.wait(cell, 0, 0, 12);
      clock.advance(ms);
    },
  };
}

/** Own keys in a SQLite file; a second driver has a connection of its own, as another process would. */
export const createSqlite: CreateHarness = async () => {
  const folder = await mkdtemp(join(tmpdir(), "kms-conformance-"));
  const path = join(folder, "keys.sqlite");
  const root = keyRoot(newRootKey());
  const first = await createSqliteStore(path, root);
  const others: SqliteStore[] = [];
  return {
    driver: await selfManagedKms({ store: first }),
    clock: clockThatWaits(),
    anotherDriver: async () => {
      const store = await openSqliteStore(path, root);
      others.push(store);
      return selfManagedKms({ store });
    },
    close: async () => {
      for (const store of [first, ...others]) store.close();
      await rm(folder, { recursive: true });
    },
  };
};
