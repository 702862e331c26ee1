import { conformanceClock, describeConformance } from "@kms/conformance";
import { afterAll, describe, it } from "vitest";
import expected from "../conformance.expected.json" with { type: "json" };
import { memoryKms } from "../src/index.ts";

describeConformance(
  { describe, it, afterAll },
  {
    name: "minimal-driver",
    expected,
    create: async () => ({ driver: memoryKms(), clock: conformanceClock(), close: async () => undefined }),
  },
);
