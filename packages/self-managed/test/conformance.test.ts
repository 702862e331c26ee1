import { conformanceClock, describeConformance, type Harness } from "@kms/conformance";
import { afterAll, describe, it } from "vitest";
import expected from "../conformance.expected.json" with { type: "json" };
import { memoryStore, selfManagedKms } from "../src/index.ts";

/** An empty memory store; a second driver over it is a second process. */
async function create(): Promise<Harness> {
  const store = memoryStore();
  const driver = (): ReturnType<typeof selfManagedKms> => selfManagedKms({ store });
  return { driver: await driver(), clock: conformanceClock(), anotherDriver: driver, close: async () => undefined };
}

describeConformance({ describe, it, afterAll }, { name: "self-managed (memory store)", create, expected });
