import type { Stats } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  createKeyFile,
  createSqliteStore,
  keyFileRoot,
  openSqliteStore,
  selfManagedKms,
  type SqliteStore,
} from "@kms/self-managed";
import { restart } from "../steps/restart.ts";
import { rootSlots } from "../steps/root-slots.ts";
import { storeTampering } from "../steps/store-tampering.ts";
import { counted, shown } from "../wording.ts";
import { keyFileOf, type Backend, type Ground } from "./backend.ts";
import { recordIn, textIn } from "./connection.ts";

/** Keys that the application manages itself, in a SQLite file that opens through the root in a key file. */
export const ownKeys: Backend = {
  name: "own",
  title: "own keys, SQLite file",
  open: async (clock, ground) => {
    const { store, ...file } = await makeStore(ground);
    const letGo = async (): Promise<void> => store.close();
    return {
      facts: await factsOf(file),
      driver: () => selfManagedKms({ store }),
      secondProcess: { connection: { ...file } },
      advance: clock.advance,
      file: { ...file, letGo, open: openSqliteStore, create: createSqliteStore },
      // Nothing is left that could be asked: the file is closed.
      outage: { begin: letGo },
      close: letGo,
    };
  },
  connect: async (connection) => {
    const { path, keyFile } = recordIn(connection);
    const store = await openSqliteStore(textIn(path), keyFileRoot(textIn(keyFile)));
    const driver = await selfManagedKms({ store });
    const close = async (): Promise<void> => {
      await driver.close();
      store.close();
    };
    return { ...driver, close };
  },
  ownSteps: [restart, rootSlots, storeTampering],
};

async function factsOf({ path, keyFile }: Files): Promise<readonly string[]> {
  const [store, key] = [await stat(path), await stat(keyFile)];
  return [
    `keys in ${shown(path)}, mode ${modeOf(store)}`,
    `opened through the root in ${shown(keyFile)}, ${counted(key.size, "byte")}, mode ${modeOf(key)}`,
  ];
}

const modeOf = ({ mode }: Stats): string => (mode & 0o777).toString(8);

interface Files {
  readonly path: string;
  readonly keyFile: string;
}

async function makeStore({ folder, storeFile }: Ground): Promise<Files & { readonly store: SqliteStore }> {
  const path = storeFile ?? join(folder.path, "keys.sqlite");
  const keyFile = keyFileOf(path);
  await createKeyFile(keyFile);
  try {
    return { path, keyFile, store: await createSqliteStore(path, keyFileRoot(keyFile)) };
  } catch (error) {
    await rm(keyFile); // a key to nothing
    throw error;
  }
}
