import type { KeyManagementServiceClient } from "@google-cloud/kms";
import type { ConformanceClock, Harness } from "@kms/conformance";
import { gcpKms } from "../src/index.ts";

/** What only an emulator can do to its back end. */
export type Switches = Pick<Harness, "useOnlyDriver" | "fault" | "calls">;

/** The driver over a ready client, as the suite takes it: emulated or real, whatever the client leads to. */
export const harnessOver = (
  { client, keyRing }: { readonly client: KeyManagementServiceClient; readonly keyRing: string },
  clock: ConformanceClock,
  end: () => Promise<void>,
  switches: Switches = {},
): Harness => ({
  driver: gcpKms({ client, keyRing, createKeyRing: true }),
  clock,
  anotherDriver: () => gcpKms({ client, keyRing }),
  ...switches,
  close: end,
});
