import { KeyManagementServiceClient } from "@google-cloud/kms";
import { conformanceClock, type CreateHarness, type Fault } from "@kms/conformance";
import { startGcpEmulator, type GcpFault } from "@kms/emulators/gcp";
import { gcpKms, permissionsOf } from "@kms/gcp";

const faults: Readonly<Record<Fault, GcpFault>> = {
  throttle: "throttle",
  unavailable: "unavailable",
  "lost-answer": "answer-lost",
};
const usePermissions = permissionsOf([
  ...(["encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey"] as const),
  ...(["sign", "generateMac", "verifyMac"] as const),
]);

/** Google Cloud KMS as the emulator plays it, through the official client. */
export const createGcp: CreateHarness = async () => {
  const clock = conformanceClock();
  const emulator = await startGcpEmulator({ now: clock.now });
  const client = new KeyManagementServiceClient(emulator.clientConfiguration);
  const keyRing = `projects/${emulator.projectId}/locations/${emulator.location}/keyRings/conformance`;
  return {
    driver: gcpKms({ client, keyRing, createKeyRing: true }),
    clock,
    anotherDriver: () => gcpKms({ client, keyRing }),
    useOnlyDriver: () => {
      emulator.permissions.allowOnly(usePermissions);
      return gcpKms({ client, keyRing });
    },
    fault: (fault) => emulator.faults.next(faults[fault]),
    calls: () => emulator.requests.count(),
    close: async () => {
      await client.close();
      await emulator.close();
    },
  };
};
