import { memoryStore, selfManagedKms } from "@kms/self-managed";
import type { Backend } from "./backend.ts";

/** Keys that the application manages itself, in a store in memory. */
export const ownKeys: Backend = {
  name: "own",
  title: "own keys, memory store",
  open: async (clock) => {
    const store = memoryStore();
    return {
      driver: () => selfManagedKms({ store }),
      secondProcess: { staysBecause: "keys of a memory store end with their process" },
      advance: clock.advance,
      close: async () => store.close(),
    };
  },
};
