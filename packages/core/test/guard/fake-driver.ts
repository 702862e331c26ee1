import {
  capabilities,
  capabilityRow,
  type Algorithm,
  type Answer,
  type Call,
  type KeyConf,
  type KeyRecord,
  type KmsDriver,
  type Operation,
} from "../../src/driver.ts";
import type { Clock } from "../../src/index.ts";

/** A clock that tests move; sleepers wake when their time has come. */
export class TestClock implements Clock {
  #now = Date.parse("2026-06-01T00:00:00Z");
  readonly #sleepers = new Set<() => void>();

  readonly now = (): number => this.#now;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const due = this.#now + ms;
      const wake = (): void => {
        if (signal?.aborted) {
          this.#sleepers.delete(wake);
          reject(signal.reason as Error);
        } else if (this.#now >= due) {
          this.#sleepers.delete(wake);
          resolve();
        }
      };
      this.#sleepers.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
      wake();
    });

  /** How many wait. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const wake of this.#sleepers) wake();
  }

  /** Moves time in steps until the promise settles: for code that sleeps more than once. */
  async drain<T>(promise: Promise<T>, stepMs = 250): Promise<T> {
    let settled = false;
    const done = promise.finally(() => {
      settled = true;
    });
    done.catch(() => undefined);
    for (let step = 0; step < 2_000 && !settled; step += 1) {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      this.advance(stepMs);
    }
    return done;
  }
}

const symmetricOperations: readonly Operation[] = [
  "encrypt",
  "decrypt",
  "generateDataKey",
  "wrapDataKey",
  "unwrapDataKey",
];

/** Overrides of a fake driver: any member, and what its record says. */
export interface FakeOptions {
  readonly kind?: string;
  readonly version?: "caller" | "provider";
  readonly operations?: readonly Operation[];
  readonly record?: Partial<KeyRecord<never>>;
  readonly driver?: Partial<KmsDriver<Algorithm, never>>;
}

/** A driver over no cryptography: its "ciphertext" is the plaintext with its associated data beside it. For tests of the guard alone. */
export function fakeDriver(options: FakeOptions = {}): KmsDriver<Algorithm, never> & { readonly calls: string[] } {
  const { kind = "fake", version = "caller", operations = symmetricOperations } = options;
  const calls: string[] = [];
  const record = (id: string): KeyRecord<never> => ({
    id,
    native: "fake",
    algorithms: ["AES-256-GCM"],
    protection: "software",
    origin: "generated",
    exportable: false,
    labels: {},
    state: "enabled",
    currentVersion: "1",
    versions: [{ version: "1", native: "enabled", createdAt: new Date("2026-06-01T00:00:00Z") }],
    versionsComplete: true,
    ...options.record,
  });
  const said = (id: string, bytes: Uint8Array, named: string | undefined): Answer => ({ bytes, id, version: named });
  return {
    specificationVersion: 1,
    capabilities: capabilities({
      kind,
      rows: [
        capabilityRow({
          algorithm: "AES-256-GCM",
          operations: [
            ...operations,
            "rotateKey",
            "disableKey",
            "enableKey",
            "scheduleDestruction",
            "cancelDestruction",
            "replaceKey",
            "listKeys",
            "generateRandom",
            "getDestructionReceipt",
          ],
          associatedData: "bytes",
          version,
        }),
      ],
      states: { suspended: "native" },
      destructionWindow: { chosen: "per-call", minimumDays: 7, maximumDays: 30, mayRemain: ["backups"] },
    }),
    algorithms: ["AES-256-GCM"],
    checkConf: (conf) => conf as KeyConf<Algorithm>,
    isVersion: (name) => /^[1-9]\d{0,3}$/.test(name),
    sameKey: (a, b) => a === b,
    scopeOf: (id) => id.split("/")[0] ?? "",
    classify: (cause) => {
      const { code, outcome = "unknown" } = cause as { readonly code?: never; readonly outcome?: never };
      return { code: code ?? "UNKNOWN", outcome };
    },
    createKey: async () => {
      calls.push("createKey");
      return record(`store/${calls.length}`);
    },
    describeKey: async (id) => {
      calls.push("describeKey");
      return record(id);
    },
    encrypt: (key, plaintext, { bytes }) => {
      calls.push("encrypt");
      return said(key.id, Uint8Array.of(plaintext.length, ...plaintext, ...bytes), key.version);
    },
    decrypt: (key, ciphertext) => {
      calls.push("decrypt");
      const [length = 0] = ciphertext;
      return said(key.id, ciphertext.slice(1, 1 + length), key.version);
    },
    generateRandom: (length) => new Uint8Array(length),
    close: async () => {
      calls.push("close");
    },
    ...options.driver,
    calls,
  };
}

/** A call's answer that never comes, until its signal is aborted. */
export const never = (call: Call): Promise<never> =>
  new Promise((_, reject) => {
    call.signal.addEventListener("abort", () => reject(new Error("aborted by signal")), { once: true });
  });
