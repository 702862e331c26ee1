import type { BenchRow } from "../bench-row.ts";

/** Own keys among many. */
export const lookupRows: readonly BenchRow[] = [
  {
    name: "lookup/read",
    work: "get and unwrap one of 100,000 AES keys in a SQLite file, any of them, cache of 64 MiB",
    baseline: "the same of 100 keys",
    goal: 1.3,
    stretch: 1.15,
    counts: "time",
    stores: ["sqlite"],
  },
  {
    name: "lookup/create",
    work: "createKey of the driver, AES-256-GCM, on the disk when it answers",
    baseline: "bare synchronous SQLite commit of the same bytes",
    goal: 0.5,
    stretch: undefined,
    counts: "times as fast",
    stores: ["sqlite"],
  },
];
