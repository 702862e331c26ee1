import { createKms, hmacSealer, type Clock, type Kms, type KmsOptions, type Providers } from "@kms/core";
import type { AzureEmulatorOptions } from "@kms/emulators/azure";
import { azureKms, type AzureAlgorithm } from "../src/index.ts";
import type { KmsDriver } from "@kms/core/driver";
import { endWithTest, stand, type Stand } from "./setup.ts";

/** The driver under the guard: what an application holds. */
export type GuardedKms = Kms<{ azure: KmsDriver<AzureAlgorithm, never> }>;
/** A stand with a `Kms` over its client. */
export interface Guarded extends Stand {
  readonly kms: GuardedKms;
}

type Options = Omit<KmsOptions<Providers>, "providers" | "sealer">;

/** The sealer of every test, so that a handle passes from one `Kms` to another. */
const sealer = hmacSealer({ keys: [{ kid: "1", secret: new Uint8Array(32).fill(1) }] });

/** A `Kms` over a driver of its own for the clients of a stand; ends with the test. */
export function kmsOver({ client, tier }: Pick<Stand, "client" | "tier">, options: Options = {}): GuardedKms {
  const kms = createKms({ providers: { azure: azureKms({ client, tier }) }, sealer, ...options });
  endWithTest(() => kms.close());
  return kms;
}

/** A stand under the guard; everything ends with the test. */
export async function guarded(emulator: AzureEmulatorOptions = {}, clock?: Clock): Promise<Guarded> {
  const here = await stand(emulator);
  return { ...here, kms: kmsOver(here, { clock }) };
}
