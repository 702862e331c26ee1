import { aws } from "./backends/aws.ts";
import { azureManagedHsm, azureVault } from "./backends/azure.ts";
import type { Backend } from "./backends/backend.ts";
import { gcp } from "./backends/gcp.ts";
import { ownKeys } from "./backends/own-keys.ts";

/** Every back end that the demo tells its story with. A provider joins by one row. */
export const backends: readonly Backend[] = [ownKeys, aws, gcp, azureVault, azureManagedHsm];
