import type { BenchRow } from "../bench-row.ts";

const packages = ["aws", "gcp", "azure", "envelope"] as const;

/** What loading a package costs a new process. */
export const importRows: readonly BenchRow[] = [
  {
    name: "import/core",
    work: "a new process importing @kms/core, over bare node",
    baseline: "jose, over bare node",
    goal: 1,
    stretch: 0.6,
    counts: "time",
    stores: ["none"],
  },
  ...packages.map((name): BenchRow => ({
    name: `import/${name}`,
    work: `what importing @kms/${name} adds to core, unused`,
    baseline: "what core adds to bare node",
    goal: 0.8,
    stretch: 0.5,
    counts: "time",
    stores: ["none"],
  })),
];
