import { KeyManagementServiceClient } from "@google-cloud/kms";

/** A real project for the time of a run. */
export interface LiveAccount {
  readonly client: KeyManagementServiceClient;
  /** The run's own key ring; the first key makes it. */
  readonly keyRing: string;
  /** Stops rotation and schedules the destruction of every version of every key in the run's ring. Answers how many keys, and what failed. */
  readonly cleanUp: () => Promise<{ readonly keys: number; readonly failures: readonly string[] }>;
}

/** The project that the client leads to, by default that of the SDK's own chain, at a location such as `projects/some-project/locations/europe-west1`. */
export function liveAccount(
  location: string,
  run: string,
  client: KeyManagementServiceClient = new KeyManagementServiceClient(),
): LiveAccount {
  const keyRing = `${location}/keyRings/kms-live-${run}`;
  return { client, keyRing, cleanUp: () => cleanUp(client, keyRing) };
}

// google/rpc/code.proto: what is scheduled already, and a ring that no case made.
const failedPrecondition = 9;
const notFound = 5;
const codeOf = (cause: unknown): unknown => (cause instanceof Error && "code" in cause ? cause.code : undefined);

async function cleanUp(client: KeyManagementServiceClient, parent: string): ReturnType<LiveAccount["cleanUp"]> {
  const failures: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      if (codeOf(cause) !== failedPrecondition) failures.push(`${what}: ${String(cause)}`);
    }
  };
  let keys = 0;
  try {
    const [found] = await client.listCryptoKeys({ parent });
    for (const { name, rotationPeriod } of found) {
      if (typeof name !== "string") continue;
      keys += 1;
      const updateMask = { paths: ["rotation_period", "next_rotation_time"] };
      if (rotationPeriod) await attempt(name, () => client.updateCryptoKey({ cryptoKey: { name }, updateMask }));
      const [versions] = await client.listCryptoKeyVersions({ parent: name });
      for (const { name: version, state } of versions) {
        if (state === "PENDING_GENERATION") failures.push(`${version}: still being generated; destroy it later.`);
        if (typeof version !== "string" || (state !== "ENABLED" && state !== "DISABLED")) continue;
        await attempt(version, () => client.destroyCryptoKeyVersion({ name: version }));
      }
    }
  } catch (cause) {
    if (codeOf(cause) !== notFound) failures.push(String(cause));
  }
  await client.close();
  return { keys, failures };
}
