import type { Side } from "./rounds.ts";
import { assertDone } from "./subjects/work.ts";

// Each baseline answers something that shows that it worked, and is checked as ours is.

/** A side that answers how much it made, at once. */
export const counted = (once: () => number): Side => ({ kind: "sync", once: () => assertDone(once() > 0) });

/** A side that answers whether something holds, at once. */
export const judged = (once: () => boolean): Side => ({ kind: "sync", once: () => assertDone(once()) });

/** A side that answers later how much it made: more than `least`. So many operations are in flight. */
export const awaited = (once: () => Promise<number>, least = 0, inFlight?: number): Side => ({
  kind: "async",
  once: async () => assertDone((await once()) > least),
  inFlight,
});
