import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { azureKms, permissionsOf, type AzureClients, type AzureTier } from "@kms/azure";
import { conformanceClock, type CreateHarness, type Fault } from "@kms/conformance";
import { startAzureEmulator, type AzureEmulator, type AzureFault } from "@kms/emulators/azure";

const faults: Readonly<Record<Fault, readonly [AzureFault, operation?: string]>> = {
  throttle: ["throttle"],
  unavailable: ["unavailable"],
  // Of the creation: a name is looked for before, and that changes nothing.
  "lost-answer": ["answer-lost", "CreateKey"],
};
const useOperations = [
  ...(["encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey"] as const),
  ...(["sign", "verify", "wrapKey", "unwrapKey"] as const),
];

/** A vault or a Managed HSM as the emulator plays it, through the official clients. */
export const createAzure =
  (tier: AzureTier): CreateHarness =>
  async () => {
    const clock = conformanceClock();
    // Deleted keys stay for the shortest time that there is: a case waits for their end.
    const emulator = await startAzureEmulator({ flavour: tier, now: clock.now, retentionDays: 7 });
    const client = clientsFor(emulator);
    return {
      driver: azureKms({ client, tier }),
      clock,
      anotherDriver: () => azureKms({ client, tier }),
      useOnlyDriver: () => {
        emulator.permissions.allowOnly(permissionsOf(useOperations, tier === "managed-hsm" ? tier : "rbac"));
        return azureKms({ client, tier });
      },
      fault: (fault) => emulator.faults.next(...faults[fault]),
      calls: () => emulator.requests.count(),
      close: () => emulator.close(),
    };
  };

function clientsFor({ vaultUrl, credential, clientOptions }: AzureEmulator): AzureClients {
  // Options of its own for each client: the SDK writes into them.
  const options = () => ({ ...clientOptions, retryOptions: { maxRetries: 0 } });
  return {
    keys: new KeyClient(vaultUrl, credential, options()),
    cryptography: (key) => new CryptographyClient(key, credential, options()),
  };
}
