import { aws } from "./backends/aws.ts";
import { azureManagedHsm, azureVault } from "./backends/azure.ts";
import type { Backend } from "./backends/backend.ts";
import { gcp } from "./backends/gcp.ts";
import { ownKeys } from "./backends/own-keys.ts";
import { together } from "./backends/together.ts";

/** Every back end that the demo tells its story with, and then four of them at once. A provider joins by one row. */
export const backends: readonly Backend[] = [
  ownKeys,
  aws,
  gcp,
  azureVault,
  azureManagedHsm,
  together("together", "AWS, Azure, Google and own keys at once: whatever is for all of them opens at any", [
    aws,
    azureVault,
    gcp,
    ownKeys,
  ]),
];
