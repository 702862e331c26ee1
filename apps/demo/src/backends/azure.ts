import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { azureKms, type AzureClients, type AzureTier } from "@kms/azure";
import { KmsError, type Algorithm, type Json } from "@kms/core";
import { startAzureEmulator } from "@kms/emulators/azure";
import { outageOf, type Backend } from "./backend.ts";
import { recordIn, textIn } from "./connection.ts";

const emulated = "official clients against an emulator";
// What stands in for keys that a vault does not have: of RSA, what is made quickly, for there are two of them and rotations.
const vaultEncryption: Algorithm = "RSA-OAEP-2048-SHA256";

/** A vault of the standard tier. It has no symmetric keys and no MACs: files are encrypted under RSA, as far as that goes, and signed. */
export const azureVault: Backend = {
  ...azureBackend("standard"),
  name: "azure",
  title: `Azure Key Vault, standard tier, ${emulated}`,
  instead: { encryption: vaultEncryption, spare: vaultEncryption, mac: undefined },
};

/** A Managed HSM. What its HMAC computes over is not established, and so it makes no MACs here. */
export const azureManagedHsm: Backend = {
  ...azureBackend("managed-hsm"),
  name: "azure-hsm",
  title: `Azure Managed HSM, ${emulated}`,
  instead: { mac: undefined },
};

/** Azure, reached by the official clients; the other end is an emulator on loopback, so that no account is needed. */
function azureBackend(tier: AzureTier): Pick<Backend, "open" | "connect"> {
  return {
    open: async (clock) => {
      // As long as the configurations ask for: Azure settles it for the whole vault.
      const emulator = await startAzureEmulator({ flavour: tier, retentionDays: 7 });
      const { vaultUrl, certificate, accessToken } = emulator;
      const connection = { tier, vaultUrl, certificate, accessToken };
      const client = clientsFor(connection);
      return {
        driver: async () => azureKms({ client, tier }),
        secondProcess: { connection },
        advance: (ms) => {
          emulator.clock.advance(ms);
          clock.advance(ms);
        },
        outage: outageOf(emulator.faults),
        close: () => emulator.close(),
      };
    },
    connect: async (connection) => {
      const emulator = readEmulatorConnection(connection);
      return azureKms({ client: clientsFor(emulator), tier: emulator.tier });
    },
  };
}

/** How another process reaches an emulator. */
export interface EmulatorConnection {
  readonly tier: AzureTier;
  readonly vaultUrl: string;
  /** The certificate that is to be trusted, PEM. */
  readonly certificate: string;
  readonly accessToken: string;
}

const tiers: readonly AzureTier[] = ["standard", "premium", "managed-hsm"];

/** Reads what `EmulatorConnection` was written as. `INVALID_ARGUMENT` where a part is missing. */
export function readEmulatorConnection(json: Json): EmulatorConnection {
  const { tier, vaultUrl, certificate, accessToken } = recordIn(json);
  return {
    tier: tierIn(tier),
    vaultUrl: textIn(vaultUrl),
    certificate: textIn(certificate),
    accessToken: textIn(accessToken),
  };
}

/** A tier out of such a connection. `INVALID_ARGUMENT` where it is none. */
function tierIn(json: Json | undefined): AzureTier {
  const tier = tiers.find((one) => one === json);
  if (tier !== undefined) return tier;
  throw new KmsError("INVALID_ARGUMENT", "The connection to Azure names no tier.");
}

/** The official clients for an emulator, which is no host of Azure's. */
export function clientsFor({ vaultUrl, certificate, accessToken }: EmulatorConnection): AzureClients {
  const credential = {
    getToken: async () => ({ token: accessToken, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  // Options of its own for each client: the SDK writes into them.
  const options = () => ({
    disableChallengeResourceVerification: true,
    tlsOptions: { ca: certificate },
    retryOptions: { maxRetries: 0 },
  });
  return {
    keys: new KeyClient(vaultUrl, credential, options()),
    cryptography: (key) => new CryptographyClient(key, credential, options()),
  };
}
