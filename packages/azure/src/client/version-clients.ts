import type { CryptographyClient } from "@azure/keyvault-keys";
import { FirstTurn } from "./first-turn.ts";

// As many versions in use at once keep their client; the one that was made first goes first.
const keptClients = 1_000;

/** The client of one version, and whether its first request is over. */
export interface VersionClient {
  readonly client: CryptographyClient;
  readonly turn: FirstTurn;
}

/** The client of each version in use, by the version's identifier, made once. */
export interface VersionClients {
  readonly of: (id: string, make: () => CryptographyClient) => VersionClient;
  readonly clear: () => void;
}

/** No clients yet. */
export function versionClients(): VersionClients {
  const clients = new Map<string, VersionClient>();
  return {
    of: (id, make) => {
      const known = clients.get(id);
      if (known !== undefined) return known;
      const [oldest] = clients.keys();
      if (oldest !== undefined && clients.size >= keptClients) clients.delete(oldest);
      const made = { client: make(), turn: new FirstTurn() };
      clients.set(id, made);
      return made;
    },
    clear: () => clients.clear(),
  };
}
