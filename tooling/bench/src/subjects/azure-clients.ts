import { randomBytes } from "node:crypto";
import { Agent } from "node:https";
import type { LookupFunction } from "node:net";
import { Worker } from "node:worker_threads";
import { CryptographyClient, KeyClient, type KeyClientOptions, type KeyVaultKey } from "@azure/keyvault-keys";
import { hostName } from "./azure-names.ts";

/** The official clients, led to a thread of this process that answers at once. */
export interface InstantClients {
  readonly keys: KeyClient;
  readonly cryptography: (key: KeyVaultKey) => CryptographyClient;
}

// The name is the service's, since the SDK checks it against the challenge's; the address is this machine's.
const loopback: LookupFunction = (_hostName, _options, answer) => answer(null, [{ address: "127.0.0.1", family: 4 }]);
const credential = { getToken: async () => ({ token: "bench", expiresOnTimestamp: Date.UTC(2100, 0, 1) }) };

/** Both clients as the adapter makes them, over the SDK's own HTTP client, whose connections are kept open. */
export async function instantClients(): Promise<InstantClients> {
  const secret = randomBytes(32);
  const server = new Worker(new URL("azure-server.js", import.meta.url), { workerData: secret });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("message", resolve);
    server.once("error", reject);
  });
  server.unref();
  const vaultUrl = `https://${hostName}:${port}`;
  const agent = new Agent({
    keepAlive: true, // as the agent that the SDK makes
    lookup: loopback,
    pskCallback: () => ({ psk: secret, identity: "bench" }),
    checkServerIdentity: () => undefined,
    ciphers: "PSK",
    maxVersion: "TLSv1.2",
  });
  // Options of its own for each: the SDK writes into them.
  const options = (): KeyClientOptions => ({ agent, retryOptions: { maxRetries: 0 } });
  return {
    keys: new KeyClient(vaultUrl, credential, options()),
    cryptography: (key) => new CryptographyClient(key, credential, options()),
  };
}
