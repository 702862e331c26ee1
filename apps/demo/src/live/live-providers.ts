import { liveAws } from "./aws.ts";
import { liveAzure } from "./azure.ts";
import { liveGcp } from "./gcp.ts";
import type { LiveProvider } from "./live-provider.ts";

/** What `--live` takes. A provider joins by one row. */
export const liveProviders: Readonly<Record<string, LiveProvider>> = {
  aws: liveAws,
  gcp: liveGcp,
  azure: liveAzure,
};
