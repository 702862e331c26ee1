import type { Stage } from "./stage.ts";
import type { MadeUse } from "./uses.ts";

/** When a process kills itself: before or after a write, counted from 1. */
export interface KillPoint {
  readonly write: number;
  readonly when: "before" | "after";
}

/** What a child is told to do; plain JSON. */
export type Job =
  | { readonly job: "play"; readonly scenario: string; readonly stage: Stage; readonly kill: KillPoint }
  /** Makes the store of the stage, whose path is free. */
  | { readonly job: "create store"; readonly stage: Stage; readonly kill: KillPoint }
  /** Makes and rotates keys until it is killed. */
  | { readonly job: "keep changing"; readonly stage: Stage }
  /** Makes and rotates keys until the store refuses, and says how. */
  | { readonly job: "fill"; readonly stage: Stage }
  /** Makes one store after another, at the stage's path with a number behind it, until it is killed. */
  | { readonly job: "keep creating"; readonly stage: Stage }
  | FlipJob
  /** Works with known key bytes and fails in every way, loudly. */
  | { readonly job: "canary"; readonly directory: string }
  /** Opens a file that may only be read, without the superuser's rights, and tries to write. */
  | { readonly job: "read only"; readonly stage: Stage };

/** Flips the bytes numbered `from`, `from + step`, … of the rows or of the file, each in a copy. */
export interface FlipJob {
  readonly job: "flip";
  readonly of: "rows" | "file";
  readonly stage: Stage;
  /** For the copies. */
  readonly directory: string;
  readonly from: number;
  readonly step: number;
}

/** What a child says, a line each. */
export type Said =
  /** A change is acknowledged; `path` where a store was made. */
  | {
      readonly said: "acknowledged";
      readonly keyId?: string | undefined;
      readonly use?: MadeUse | undefined;
      readonly path?: string;
    }
  /** A byte was flipped and the store was asked. */
  | { readonly said: "flipped"; readonly at: number; readonly place: string; readonly outcome: FlipOutcome }
  /** A refusal, by its code. */
  | { readonly said: "refused"; readonly attempt: string; readonly code: string }
  | { readonly said: "done" };

/** What came of a flip. `told`: the codes, or the questions that were answered otherwise. */
export interface FlipOutcome {
  readonly kind: "refused" | "inert" | "missed" | "untyped";
  readonly told: string;
  /** `get` answered that there is no such key before anything refused. */
  readonly absent: boolean;
}
