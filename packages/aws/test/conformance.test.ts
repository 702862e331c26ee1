import { KMSClient } from "@aws-sdk/client-kms";
import { conformanceClock, describeConformance, type Fault, type Harness } from "@kms/conformance";
import { startAwsEmulator, type AwsFault } from "@kms/emulators/aws";
import { afterAll, describe, it } from "vitest";
import expected from "../conformance.expected.json" with { type: "json" };
import { awsKms } from "../src/index.ts";
import { harnessOver } from "./harness.ts";
import { useActions } from "./setup.ts";

const faults: Readonly<Record<Fault, AwsFault>> = {
  throttle: "throttle",
  unavailable: "unavailable",
  "lost-answer": "answer-lost",
};

/** An empty emulator, reached by the official client. */
async function create(): Promise<Harness> {
  const clock = conformanceClock();
  const emulator = await startAwsEmulator({ now: clock.now });
  const client = new KMSClient({ ...emulator.clientConfiguration, maxAttempts: 1 });
  const end = async (): Promise<void> => {
    client.destroy();
    await emulator.close();
  };
  return harnessOver(client, clock, end, {
    useOnlyDriver: () => {
      emulator.permissions.allowOnly(useActions);
      return awsKms({ client });
    },
    fault: (fault) => emulator.faults.next(faults[fault]),
    calls: () => emulator.requests.count(),
  });
}

describeConformance({ describe, it, afterAll }, { name: "aws-kms (emulator)", create, expected });
