/** A process of its own: `child.ts <job as JSON>`. What it says are lines of JSON, each written before it goes on. */
import { writeSync } from "node:fs";
import type { Job, Said } from "./jobs.ts";

const say = (said: Said): void => void writeSync(1, `${JSON.stringify(said)}\n`);

// Each job's own modules are loaded for it alone: there are many children, and most of their time is their start.
async function run(job: Job): Promise<void> {
  switch (job.job) {
    case "play":
      return (await import("./kills/mortal.ts")).playAndDie(job, say);
    case "create store":
      return (await import("./kills/mortal.ts")).createAndDie(job, say);
    case "keep changing":
      return (await import("./kills/endless.ts")).keepChanging(job.stage, say);
    case "fill":
      return (await import("./kills/endless.ts")).fill(job.stage, say);
    case "keep creating":
      return (await import("./kills/endless.ts")).keepCreating(job.stage, say);
    case "flip":
      return (await import("./flips/flipping.ts")).flip(job, say);
    case "canary":
      return (await import("./canary/leaking.ts")).runCanary(job.directory, say);
    case "read only":
      return (await import("./faults/read-only.ts")).tryReadOnly(job.stage, say);
  }
}

await run(JSON.parse(process.argv[2] ?? "") as Job);
say({ said: "done" });
