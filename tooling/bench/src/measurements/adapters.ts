import type { Measurement, Measurements } from "../measurements.ts";
import type { AdapterRow } from "../row-name.ts";
import { interleave, type Comparison } from "../rounds.ts";

type Subject = (inFlight: number | undefined) => Promise<Comparison>;

// Loaded one at a time: each brings an SDK.
const atAws: Subject = async (inFlight) => (await import("../subjects/aws.ts")).encryptAtAws(inFlight);
const atGcp: Subject = async (inFlight) => (await import("../subjects/gcp.ts")).encryptAtGcp(inFlight);
const atAzure: Subject = async (inFlight) => (await import("../subjects/azure.ts")).signAtAzure(inFlight);

const measured =
  (subject: Subject, inFlight?: number): Measurement =>
  async (effort) =>
    interleave(await subject(inFlight), effort);

/** How adapters are measured. */
export const measurements: Measurements<AdapterRow> = {
  "adapter/aws/sequential": measured(atAws),
  "adapter/aws/concurrent-64": measured(atAws, 64),
  "adapter/gcp/sequential": measured(atGcp),
  "adapter/gcp/concurrent-64": measured(atGcp, 64),
  "adapter/azure/sequential": measured(atAzure),
  "adapter/azure/concurrent-64": measured(atAzure, 64),
};
