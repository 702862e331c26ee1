import type { AuditEvent, AuditSink } from "../contract/options.ts";
import { KmsError } from "../errors.ts";

/** A sink that can be asked what it holds. */
export interface MemoryAuditSink extends AuditSink {
  /** What is held, oldest first. */
  readonly events: () => readonly AuditEvent[];
  /** How many older events were overwritten. */
  readonly overwritten: () => number;
}

/**
 * The newest events in memory, a bounded ring: for tests and for applications that show what happened lately. It is no
 * record: it ends with the process. `capacity`: 1 to 1,000,000 events, default 1,000: more would keep every event alive long enough to slow the collector. After `close` a write fails.
 */
export function memoryAuditSink(options: { readonly capacity?: number | undefined } = {}): MemoryAuditSink {
  const { capacity = 1_000 } = options;
  if (!Number.isSafeInteger(capacity) || capacity < 1 || capacity > 1_000_000) {
    throw new KmsError("INVALID_ARGUMENT", "The capacity of a memory audit sink is 1 to 1,000,000 events.");
  }
  const ring: (AuditEvent | undefined)[] = new Array<AuditEvent | undefined>(capacity).fill(undefined);
  let written = 0;
  let open = true;
  return Object.freeze({
    write: (event: AuditEvent): void => {
      if (!open) throw new KmsError("CLOSED", "The memory audit sink was closed.");
      ring[written % capacity] = event;
      written += 1;
    },
    events: () => {
      const start = written % capacity;
      const inOrder = written > capacity ? [...ring.slice(start), ...ring.slice(0, start)] : ring.slice(0, written);
      return inOrder.filter((event) => event !== undefined);
    },
    overwritten: () => Math.max(0, written - capacity),
    close: async () => {
      open = false;
    },
  });
}
