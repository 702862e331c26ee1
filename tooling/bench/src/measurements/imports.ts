import type { Measurements } from "../measurements.ts";
import type { ImportRow } from "../row-name.ts";
import { importBeyondCore, importCore } from "../subjects/import-times.ts";

/** How loading is measured. */
export const measurements: Measurements<ImportRow> = {
  "import/core": async ({ rounds }) => importCore(rounds),
  "import/aws": async ({ rounds }) => importBeyondCore("aws", rounds),
  "import/gcp": async ({ rounds }) => importBeyondCore("gcp", rounds),
  "import/azure": async ({ rounds }) => importBeyondCore("azure", rounds),
  "import/envelope": async ({ rounds }) => importBeyondCore("envelope", rounds),
};
