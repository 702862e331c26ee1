import { KeyManagementServiceClient } from "@google-cloud/kms";
import { conformanceClock, describeConformance, type Fault, type Harness } from "@kms/conformance";
import { startGcpEmulator, type GcpFault } from "@kms/emulators/gcp";
import { afterAll, describe, it } from "vitest";
import expected from "../conformance.expected.json" with { type: "json" };
import { gcpKms } from "../src/index.ts";
import { harnessOver } from "./harness.ts";
import { placeOf, usePermissions } from "./setup.ts";

const faults: Readonly<Record<Fault, GcpFault>> = {
  throttle: "throttle",
  unavailable: "unavailable",
  "lost-answer": "answer-lost",
};

/** An empty emulator, reached by the official client; the driver makes the key ring. */
async function create(): Promise<Harness> {
  const clock = conformanceClock();
  const emulator = await startGcpEmulator({ now: clock.now });
  const client = new KeyManagementServiceClient(emulator.clientConfiguration);
  const { keyRing } = placeOf(emulator);
  const end = async (): Promise<void> => {
    await client.close();
    await emulator.close();
  };
  return harnessOver({ client, keyRing }, clock, end, {
    useOnlyDriver: () => {
      emulator.permissions.allowOnly(usePermissions);
      return gcpKms({ client, keyRing });
    },
    fault: (fault) => emulator.faults.next(faults[fault]),
    calls: () => emulator.requests.count(),
  });
}

describeConformance({ describe, it, afterAll }, { name: "google-cloud-kms (emulator)", create, expected });
