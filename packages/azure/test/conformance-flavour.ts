import { conformanceClock, type CreateHarness, type Fault } from "@kms/conformance";
import { startAzureEmulator, type AzureEmulatorOptions, type AzureFault } from "@kms/emulators/azure";
import { azureKms, permissionsOf, type AzureTier } from "../src/index.ts";
import { clientsFor, harnessOver } from "./harness.ts";

const faults: Readonly<Record<Fault, readonly [AzureFault, operation?: string]>> = {
  throttle: ["throttle"],
  unavailable: ["unavailable"],
  // Of a creation whose answer is lost: what is read first changes nothing.
  "lost-answer": ["answer-lost", "CreateKey"],
};

/** What uses of keys ask for, and what the current version of a symmetric key is read by is not among it. */
const uses = [
  ...(["encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey"] as const),
  ...(["sign", "verify", "wrapKey", "unwrapKey"] as const),
];

/** An empty emulator of a tier, reached by the official clients. Deleted keys stay for the shortest time, so that a case moves the clock by months, not by years. */
export const createFlavour =
  (tier: AzureTier, options: AzureEmulatorOptions = {}): CreateHarness =>
  async () => {
    const clock = conformanceClock();
    const emulator = await startAzureEmulator({ flavour: tier, now: clock.now, retentionDays: 7, ...options });
    const client = clientsFor(emulator);
    return harnessOver({ client, tier }, clock, () => emulator.close(), {
      useOnlyDriver: () => {
        emulator.permissions.allowOnly(permissionsOf(uses, tier === "managed-hsm" ? "managed-hsm" : "rbac"));
        return azureKms({ client, tier });
      },
      fault: (fault) => emulator.faults.next(...faults[fault]),
      calls: () => emulator.requests.count(),
    });
  };
