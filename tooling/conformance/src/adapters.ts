import { KMSClient } from "@aws-sdk/client-kms";
import { memoryKms } from "@kms-examples/minimal-driver";
import { actionsOf, awsKms } from "@kms/aws";
import { conformanceClock, type CreateHarness, type Fault } from "@kms/conformance";
import { startAwsEmulator, type AwsFault } from "@kms/emulators/aws";
import { createAzure } from "./azure.ts";
import { createGcp } from "./gcp.ts";
import { createSelfManaged, createSqlite } from "./own-keys.ts";

/** One adapter, or flavour of one, as it is run and reported. */
export interface AdapterUnderTest {
  /** The kind and flavour. */
  readonly name: string;
  readonly create: CreateHarness;
  /** The file of what it claims, from the root. */
  readonly expected: string;
  /** The states that `accept` opens for reading, for `--write-expected`. */
  readonly accept: readonly string[];
}

const awsFaults: Readonly<Record<Fault, AwsFault>> = {
  throttle: "throttle",
  unavailable: "unavailable",
  "lost-answer": "answer-lost",
};
const useActions = actionsOf([
  ...(["encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey"] as const),
  ...(["sign", "verify", "generateMac", "verifyMac", "deriveSharedSecret"] as const),
]);

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
    expected: "packages/self-managed/conformance.expected.json",
    accept: ["suspended", "compromised"],
  },
  {
    name: "self-managed (SQLite store)",
    create: createSqlite,
    expected: "packages/self-managed/conformance-sqlite.expected.json",
    accept: ["suspended", "compromised"],
  },
  { name: "aws-kms (emulator)", create: createAws, expected: "packages/aws/conformance.expected.json", accept: [] },
  {
    name: "google-cloud-kms (emulator)",
    create: createGcp,
    expected: "packages/gcp/conformance.expected.json",
    accept: [],
  },
  {
    name: "azure-key-vault (standard, emulator)",
    create: createAzure("standard"),
    expected: "packages/azure/conformance-standard.expected.json",
    accept: [],
  },
  {
    name: "azure-key-vault (premium, emulator)",
    create: createAzure("premium"),
    expected: "packages/azure/conformance-premium.expected.json",
    accept: [],
  },
  {
    name: "azure-managed-hsm (emulator)",
    create: createAzure("managed-hsm"),
    expected: "packages/azure/conformance-managed-hsm.expected.json",
    accept: [],
  },
  {
    name: "memory (minimal driver)",
    create: createMinimal,
    expected: "examples/minimal-driver/conformance.expected.json",
    accept: [],
  },
];
