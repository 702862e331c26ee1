import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conformanceClock, describeConformance, type ConformanceClock, type Harness } from "@kms/conformance";
import { afterAll, describe, it } from "vitest";
import expected from "../conformance-sqlite.expected.json" with { type: "json" };
import {
  createSqliteStore,
  keyRoot,
  newRootKey,
  openSqliteStore,
  selfManagedKms,
  type SqliteStore,
} from "../src/index.ts";

/** What other connections change is seen after 10 ms of real time, which a clock of the test's own does not make pass. */
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

/** A new SQLite file for each; a second driver has a connection of its own, as another process would. */
async function create(): Promise<Harness> {
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
}

describeConformance({ describe, it, afterAll }, { name: "self-managed (SQLite store)", create, expected });
