import type { KMSClient } from "@aws-sdk/client-kms";
import type { ConformanceClock, Harness } from "@kms/conformance";
import { awsKms } from "../src/index.ts";

/** What only an emulator can do to its back end. */
export type Switches = Pick<Harness, "useOnlyDriver" | "fault" | "calls">;

/** The driver over a ready client, as the suite takes it: emulated or real, whatever the client leads to. */
export const harnessOver = (
  client: KMSClient,
  clock: ConformanceClock,
  end: () => Promise<void>,
  switches: Switches = {},
): Harness => ({
  driver: awsKms({ client }),
  clock,
  anotherDriver: () => awsKms({ client }),
  ...switches,
  close: end,
});
