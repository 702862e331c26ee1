import {
  createKms,
  memoryAuditSink,
  type AuditEvent,
  type Capabilities,
  type CapabilityRow,
  type KeyConf,
  type KeyHandle,
  type Kms,
  type KmsDriver,
  type KmsOptions,
  type Operation,
  type Providers,
} from "@kms/core";
import type { ExpectedClaims } from "./claims.ts";
import { watch, type Door } from "./door.ts";
import type { Harness } from "./harness.ts";
import { provider, type Session, type SharedKey } from "./session.ts";

/** Options of a further instance over the same back end. */
export type InstanceOptions = Partial<Omit<KmsOptions<Providers>, "providers" | "clock">>;

/** What a case works with: an instance of its own over a back end that it may share. */
export interface Context {
  readonly harness: Harness;
  readonly kms: Kms;
  readonly door: Door;
  readonly manifest: Capabilities;
  readonly expected: ExpectedClaims;
  /** What the case's own instance has audited so far. */
  readonly events: () => readonly AuditEvent[];
  /** Rows of keys that can be made here and claim all of these operations. */
  readonly rows: (...operations: readonly Operation[]) => readonly CapabilityRow[];
  /** A key that cases share: used only, never changed. */
  readonly key: (row: CapabilityRow, which?: SharedKey) => Promise<KeyHandle>;
  /** A key of the case's own. */
  readonly freshKey: (row: CapabilityRow, conf?: Partial<Omit<KeyConf, "algorithm" | "options">>) => Promise<KeyHandle>;
  /** Another instance over the same driver, with the same sealer unless told otherwise. */
  readonly instance: (options?: InstanceOptions) => Kms;
  /** Another instance, over a driver of the case's own making. */
  readonly instanceOver: (driver: KmsDriver) => Kms;
  /** An instance over the driver of another process. */
  readonly elsewhere: () => Promise<Kms>;
  /** The same key as a handle of another instance. */
  readonly carry: (key: KeyHandle, to: Kms) => Promise<KeyHandle>;
  /** Notes that the case showed something working, or being refused because it is not claimed. */
  readonly note: (what: "claimed" | "refused") => void;
}

/** What the runner needs beside the context itself. */
export interface RunningCase {
  readonly context: Context;
  /** `refused` when nothing that was shown is claimed. */
  readonly verdict: () => "passed" | "refused";
  readonly close: () => Promise<void>;
}

/** An instance, audit and bookkeeping for one case. */
export function startCase(session: Session, expected: ExpectedClaims): RunningCase {
  const { harness, door, sealer } = session;
  const audit = memoryAuditSink();
  const notes = new Set<"claimed" | "refused">();
  const opened: Kms[] = [];
  const over = (driver: KmsDriver, options: InstanceOptions): Kms => {
    const kms: Kms = createKms({ sealer, ...options, providers: { [provider]: driver }, clock: harness.clock });
    opened.push(kms);
    return kms;
  };
  const kms = over(door.driver, { audit });
  const manifest = harness.driver.capabilities;
  const context: Context = {
    harness,
    kms,
    door,
    manifest,
    expected,
    events: () => audit.events(),
    rows: (...operations) =>
      manifest.rows.filter((row) => isMade(row) && operations.every((name) => name in row.operations)),
    key: async (row, which = "first") => kms.openHandle(await session.tokenOf(row, which)),
    freshKey: (row, conf = {}) =>
      kms.generateKey(provider, { protection: row.protection, ...conf, algorithm: row.algorithm }),
    instance: (options = {}) => over(door.driver, options),
    instanceOver: (driver) => over(watch(driver, true).driver, {}),
    elsewhere: async () => over(watch((await harness.anotherDriver?.()) ?? harness.driver, true).driver, {}),
    carry: async (key, to) => to.openHandle(await kms.sealHandle(key)),
    note: (what) => void notes.add(what),
  };
  return {
    context,
    verdict: () => (notes.has("refused") && !notes.has("claimed") ? "refused" : "passed"),
    close: async () => {
      door.intervene(undefined);
      await Promise.all(opened.map((instance) => instance.close()));
    },
  };
}

const isMade = (row: CapabilityRow): boolean => row.origin === "generated" && "generateKey" in row.operations;
