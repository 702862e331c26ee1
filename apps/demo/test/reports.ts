import type { BackendReport, StepReport } from "../src/story.ts";
import type { Summary } from "../src/summary.ts";
import type { Ended } from "./run-command.ts";

/** What the command prints with `--json`. */
export interface Report extends Summary {
  readonly announcement: readonly string[];
  readonly documents: readonly { readonly name: string; readonly bytes: number }[];
  readonly stories: readonly BackendReport[];
}

export const reportOf = ({ out }: Pick<Ended, "out">): Report => JSON.parse(out) as Report;

/** A step of a report that has one story. */
export const step = ({ stories }: Report, name: string): StepReport | undefined =>
  stories.flatMap(({ steps }) => steps).find((found) => found.name === name);

/** How often each name stands in a list. */
export const counts = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]));
