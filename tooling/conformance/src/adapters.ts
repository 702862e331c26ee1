import { KMSClient } from "@aws-sdk/client-kms";
import { memoryKms } from "@kms-examples/minimal-driver";
import { awsKms, permissions } from "@kms/aws";
import { conformanceClock, type CreateHarness, type Fault } from "@kms/conformance";
import { startAwsEmulator, type AwsFault } from "@kms/emulators/aws";
import { memoryStore, selfManagedKms } from "@kms/self-managed";

/** One adapter, or flavour of one, as it is run and reported. */
export interface AdapterUnderTest {
  /** The kind and flavour. */
  readonly name: string;
  readonly create: CreateHarness;
  /** Where its `conformance.expected.json` is, from the root. */
  readonly folder: string;
  /** The states that `accept` opens for reading, for `--write-expected`. */
  readonly accept: readonly string[];
}

const awsFaults: Readonly<Record<Fault, AwsFault>> = {
  throttle: "throttle",
  unavailable: "unavailable",
  "lost-answer": "answer-lost",
};
const useActions = (["encrypt", "decrypt", "generateDataKey", "sign", "generateMac", "verifyMac"] as const).flatMap(
  (operation) => permissions[operation]?.always ?? [],
);

/** Own keys over a memory store; a second driver over it is a second process. */
export const createSelfManaged: CreateHarness = async () => {
  const store = memoryStore();
  return {
    driver: await selfManagedKms({ store }),
    clock: conformanceClock(),
    anotherDriver: () => selfManagedKms({ store }),
    close: async () => undefined,
  };
};

/** The example that authors copy. */
export const createMinimal: CreateHarness = async () => ({
  driver: memoryKms(),
  clock: conformanceClock(),
  close: async () => undefined,
});

/** AWS KMS as the emulator plays it, through the official client. */
export const createAws: CreateHarness = async () => {
  const clock = conformanceClock();
  const emulator = await startAwsEmulator({ now: clock.now });
  const client = new KMSClient({ ...emulator.clientConfiguration, maxAttempts: 1 });
  return {
    driver: awsKms({ client }),
    clock,
    anotherDriver: () => awsKms({ client }),
    useOnlyDriver: () => {
      emulator.permissions.allowOnly(useActions);
      return awsKms({ client });
    },
    fault: (fault) => emulator.faults.next(awsFaults[fault]),
    calls: () => emulator.requests.count(),
    close: async () => {
      client.destroy();
      await emulator.close();
    },
  };
};

/** Every adapter of this repository. A new one joins by adding its row. */
export const adapters: readonly AdapterUnderTest[] = [
  {
    name: "self-managed (memory store)",
    create: createSelfManaged,
    folder: "packages/self-managed",
    accept: ["suspended", "compromised"],
  },
  { name: "aws-kms (emulator)", create: createAws, folder: "packages/aws", accept: [] },
  { name: "memory (minimal driver)", create: createMinimal, folder: "examples/minimal-driver", accept: [] },
];
