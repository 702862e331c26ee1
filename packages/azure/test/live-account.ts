import { CryptographyClient, KeyClient, type KeyClientOptions } from "@azure/keyvault-keys";
import type { AzureClients, AzureCredential, AzureTier } from "../src/index.ts";

/** A real vault or Managed HSM for the time of a run. */
export interface LiveAccount {
  readonly client: AzureClients;
  readonly tier: AzureTier;
  /**
   * Deletes and purges the keys that this client made, by the names in its own answers, and no other: somebody else may be
   * making keys there. One whose answer was lost is left. Answers how many keys, and what failed.
   */
  readonly cleanUp: () => Promise<{ readonly keys: number; readonly failures: readonly string[] }>;
}

/** A token that was fetched before, such as by `az account get-access-token`: good for an hour or so. */
export const tokenCredential = (token: string): AzureCredential => ({
  getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
});

/** The vault at an address. `more` is for tests: what leads the clients elsewhere. */
export function liveAccount(
  {
    vaultUrl,
    tier,
    credential,
  }: { readonly vaultUrl: string; readonly tier: AzureTier; readonly credential: AzureCredential },
  more: KeyClientOptions = {},
): LiveAccount {
  const options = () => ({ ...more, retryOptions: { maxRetries: 0 } });
  const made = new Set<string>();
  const keys = new (class extends KeyClient {
    override async createKey(...given: Parameters<KeyClient["createKey"]>): ReturnType<KeyClient["createKey"]> {
      const key = await super.createKey(...given);
      made.add(key.name);
      return key;
    }
  })(vaultUrl, credential, options());
  const client: AzureClients = {
    keys,
    cryptography: (key) => new CryptographyClient(key, credential, options()),
  };
  return { client, tier, cleanUp: () => cleanUp(keys, made) };
}

async function namesOf(list: AsyncIterable<{ readonly name: string }>): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of list) names.push(name);
  return names;
}

async function cleanUp(client: KeyClient, own: ReadonlySet<string>): ReturnType<LiveAccount["cleanUp"]> {
  const failures: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      failures.push(`${what}: ${String(cause)}`);
    }
  };
  const made = (names: readonly string[]): readonly string[] => names.filter((name) => own.has(name));
  for (const name of made(await namesOf(client.listPropertiesOfKeys()))) {
    await attempt(name, async () => (await client.beginDeleteKey(name)).pollUntilDone());
  }
  const deleted = made(await namesOf(client.listDeletedKeys()));
  for (const name of deleted) await attempt(name, () => client.purgeDeletedKey(name));
  return { keys: deleted.length, failures };
}
