import { KmsError, type KmsDriver } from "@kms/core";
import { audit } from "../steps/audit.ts";
import { encryptForAll, keysTogether, outages, tamperTogether } from "../steps/together.ts";
import type { Backend, Place } from "./backend.ts";

type Driven = readonly [name: string, place: Place];

/** Several back ends at once: each file is encrypted for all of them, and any one of them opens it. */
export const together = (name: string, title: string, members: readonly Backend[]): Backend => ({
  name,
  title,
  members,
  open: async (clock, { folder }) => {
    const places: Driven[] = [];
    const close = async (): Promise<void> => {
      const closed = await Promise.allSettled(places.map(([, place]) => place.close()));
      const failed = closed.find((each) => each.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    };
    try {
      for (const member of members) {
        places.push([member.name, await member.open(clock, { folder: folder.below(member.name) })]);
      }
    } catch (error) {
      await close();
      throw error;
    }
    return {
      driver: () =>
        Promise.reject(new KmsError("UNSUPPORTED", "Several back ends have several drivers: ask for those.")),
      drivers: () => driversOf(places),
      places: new Map(places),
      // There are others to be asked: nobody waits for one that is down.
      retries: 0,
      secondProcess: { staysBecause: "each back end's own story starts one" },
      close,
    };
  },
  steps: [keysTogether, encryptForAll, tamperTogether, outages, audit],
});

async function driversOf(places: readonly Driven[]): Promise<Readonly<Record<string, KmsDriver>>> {
  const drivers: Record<string, KmsDriver> = {};
  for (const [name, place] of places) drivers[name] = await place.driver();
  return drivers;
}
