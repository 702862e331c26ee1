import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import type { ConformanceClock, Harness } from "@kms/conformance";
import type { AzureEmulator } from "@kms/emulators/azure";
import { azureKms, type AzureClients, type AzureTier } from "../src/index.ts";

/** What only an emulator can do to its back end. */
export type Switches = Pick<Harness, "useOnlyDriver" | "fault" | "calls">;

/** The official clients for an emulator. */
export function clientsFor({ vaultUrl, credential, clientOptions }: AzureEmulator): AzureClients {
  // Each client is given options of its own: the SDK writes into them.
  const options = () => ({ ...clientOptions, retryOptions: { maxRetries: 0 } });
  return {
    keys: new KeyClient(vaultUrl, credential, options()),
    cryptography: (key) => new CryptographyClient(key, credential, options()),
  };
}

/** The driver over ready clients, as the suite takes it: emulated or real, whatever the clients lead to. */
export const harnessOver = (
  { client, tier }: { readonly client: AzureClients; readonly tier: AzureTier },
  clock: ConformanceClock,
  end: () => Promise<void>,
  switches: Switches = {},
): Harness => ({
  driver: azureKms({ client, tier }),
  clock,
  anotherDriver: () => azureKms({ client, tier }),
  ...switches,
  close: end,
});
