import { randomBytes } from "node:crypto";
import { createKms, hmacSealer, systemClock, type AuditSink, type Kms } from "@kms/core";
import {
  openSqliteStore,
  selfManagedKms,
  type Root,
  type SelfManagedDriver,
  type SqliteOptions,
  type SqliteStore,
} from "@kms/self-managed";
import { findDatabase } from "./port.ts";

/** The moment that everything starts at; the same in every run, so that records can be compared whole. */
export const start: number = Date.UTC(2030, 0, 1);
/** Milliseconds of a day. */
export const dayMs = 86_400_000;

/** An application's view of own keys. */
export type OwnKms = Kms<{ readonly own: SelfManagedDriver }>;

/** A store that is open, and the `Kms` over it. */
export interface Session {
  readonly store: SqliteStore;
  readonly kms: OwnKms;
  /** Moves the clock, which stands still otherwise, to a moment in milliseconds. */
  readonly setTime: (at: number) => void;
  /** Closes both. */
  readonly close: () => Promise<void>;
}

/** What differs from session to session. */
export interface SessionOptions extends SqliteOptions {
  /** Where the clock stands, in milliseconds; at `start` unless said. */
  readonly at?: number | undefined;
  readonly audit?: AuditSink | undefined;
}

/** Opens the store at a path through a root. Fails as `openSqliteStore` does. */
export async function openSession(path: string, root: Root, options: SessionOptions = {}): Promise<Session> {
  const { at, audit, cacheBytes, database = await findDatabase() } = options;
  return sessionOver(await openSqliteStore(path, root, { cacheBytes, database }), { at, audit });
}

/** `Kms` over an open store; closing the session closes the store too. */
export async function sessionOver(store: SqliteStore, { at = start, audit }: SessionOptions = {}): Promise<Session> {
  let now = at;
  const kms = createKms({
    providers: { own: await selfManagedKms({ store }) },
    sealer: hmacSealer({ keys: [{ kid: "reliability", secret: randomBytes(32) }] }),
    actor: "reliability",
    audit,
    clock: { now: () => now, sleep: systemClock().sleep },
  });
  const close = async (): Promise<void> => {
    await kms.close();
    store.close();
  };
  return { store, kms, setTime: (moment) => void (now = moment), close };
}
