import { createKms, hmacSealer, type CapabilityRow, type Kms, type Sealer } from "@kms/core";
import { random } from "./bytes.ts";
import { watch, type Door } from "./door.ts";
import type { CreateHarness, Harness } from "./harness.ts";

/** The name under which the suite registers the driver. */
export const provider = "tested";

/** Two keys of each type are shared by all cases that only use them. */
export type SharedKey = "first" | "second";

/** One back end, and what the cases that share it have in common. */
export interface Session {
  readonly harness: Harness;
  readonly door: Door;
  readonly sealer: Sealer;
  /** The sealed handle of a shared key, made when it is first asked for. */
  readonly tokenOf: (row: CapabilityRow, which: SharedKey) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Opens a back end. Its shared keys are made by an instance of their own and reach the cases as sealed handles. */
export async function openSession(create: CreateHarness): Promise<Session> {
  const harness = await create();
  const door = watch(harness.driver, true);
  const sealer = hmacSealer({ keys: [{ kid: "conformance", secret: random(32) }] });
  const home: Kms = createKms({ providers: { [provider]: door.driver }, sealer, clock: harness.clock });
  const tokens = new Map<string, Promise<string>>();
  const make = async (row: CapabilityRow): Promise<string> =>
    home.sealHandle(await home.generateKey(provider, { algorithm: row.algorithm, protection: row.protection }));
  return {
    harness,
    door,
    sealer,
    tokenOf: (row, which) => {
      const name = `${row.algorithm} ${row.protection} ${which}`;
      const token = tokens.get(name) ?? make(row);
      tokens.set(name, token);
      return token;
    },
    close: async () => {
      await home.close();
      await harness.close();
    },
  };
}
