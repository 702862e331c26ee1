import type { Algorithm, KmsDriver } from "@kms/core";
import type { Backend } from "../backends/backend.ts";
import { audit } from "../steps/audit.ts";
import { protect } from "../steps/protect.ts";
import { secondProcess } from "../steps/second-process.ts";
import { tampering } from "../steps/tampering.ts";
import { adoption } from "./adoption.ts";
import type { LiveReach } from "./live-provider.ts";

type DescribeKey = KmsDriver["describeKey"];

/**
 * The story on a key that somebody else made: it is read once and used, and no step makes, changes or destroys anything.
 * Time is not moved, and what is written is in the work folder alone.
 */
export function liveBackend({ name, title, request, facts, driver, connection }: LiveReach): Backend {
  let record: Awaited<ReturnType<DescribeKey>> | undefined;
  // What the key can be is known once it was read, and an algorithm must be named to adopt it: the one answer serves both.
  const readOnce =
    (describeKey: DescribeKey): DescribeKey =>
    async (reference, call) =>
      (record ??= await describeKey(reference, call));
  const readAlgorithms = (): readonly Algorithm[] => record?.algorithms ?? [];
  return {
    name,
    title,
    open: async () => ({
      facts,
      driver: async () => {
        const whole = await driver();
        return { ...whole, describeKey: readOnce(whole.describeKey) };
      },
      secondProcess: { connection },
      close: async () => undefined,
    }),
    steps: [adoption(request, readAlgorithms), protect, secondProcess, tampering, audit],
  };
}
