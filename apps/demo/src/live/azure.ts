import {
  azureKms,
  permissions,
  permissionsOf,
  type AzureOperation,
  type AzureOptions,
  type AzureScheme,
} from "@kms/azure";
import { KmsError, type KmsDriver } from "@kms/core";
import { recordIn, textIn } from "../backends/connection.ts";
import { azureCliCredential } from "./azure-cli.ts";
import { liveBackend } from "./live-backend.ts";
import { announce, type LiveProvider } from "./live-provider.ts";

const name = "azure-live";
const title = "Azure Key Vault or Managed HSM, your own key";
const keyIdentifier = /^(https:\/\/[^/]+)\/keys\/[^/]+(?:\/[^/]+)?$/;
const operations: readonly AzureOperation[] = [
  "getKey",
  "encrypt",
  "decrypt",
  "generateDataKey",
  "unwrapDataKey",
  "sign",
];

const wanted = "--key takes https://<vault>.vault.azure.net/keys/<key>, or the same at a Managed HSM";
const elsewhere = "--region is for --live aws: the identifier of a key of Azure's says where it is";

const vaultUrlOf = (key: string): string => keyIdentifier.exec(key)?.[1] ?? "";
// A vault's own tier is not asked for: as a premium one it may hold keys of either kind, and none is made.
const tierOf = (vaultUrl: string): "managed-hsm" | "premium" =>
  /\.managedhsm\.[^/]+$/.test(vaultUrl) ? "managed-hsm" : "premium";

/** The same as `liveAzure`, by clients of the caller's: for an emulator, whose address is none of Azure's own and says no tier. */
export function liveAzureWith({ client, tier }: Pick<AzureOptions, "client" | "tier">): LiveProvider {
  const driverFor = (vaultUrl: string): KmsDriver => {
    const reached = client === undefined ? { vaultUrl, credential: azureCliCredential } : { client };
    return azureKms({ ...reached, tier: tier ?? tierOf(vaultUrl) });
  };
  const schemeFor = (vaultUrl: string): AzureScheme =>
    (tier ?? tierOf(vaultUrl)) === "managed-hsm" ? "managed-hsm" : "rbac";
  return {
    problemOf: ({ key, region }) => {
      if (region !== undefined) return elsewhere;
      return keyIdentifier.test(key) ? refusalOf(() => driverFor(vaultUrlOf(key))) : wanted;
    },
    announcement: ({ key }, files) => [
      ...announce({
        title,
        key,
        files,
        permissions,
        // https://azure.microsoft.com/pricing/details/key-vault/
        highestRate: 0.15,
        rates: "Azure asks 0.03 USD for 10,000, and 0.15 USD under RSA-3072, RSA-4096 and elliptic curves",
      }),
      "A use can begin a month's charge for an HSM key of a premium vault, 1 to 5 USD; a Managed HSM costs by the hour alone.",
      `As data actions of a role: ${permissionsOf(operations, schemeFor(vaultUrlOf(key))).join(" ")}`,
    ],
    backend: (request) => {
      const vaultUrl = vaultUrlOf(request.key);
      const facts = ["as the account that the Azure CLI is signed in with"];
      return liveBackend({ name, title, request, facts, driver: () => driverFor(vaultUrl), connection: { vaultUrl } });
    },
    connect: async (connection) => driverFor(textIn(recordIn(connection)["vaultUrl"])),
  };
}

/** A key in the reader's own vault or Managed HSM, with the rights of whoever the Azure CLI is signed in as, in both processes. */
export const liveAzure: LiveProvider = liveAzureWith({});

/** Why there is no driver for an address: another than Azure's own is never sent a token. */
function refusalOf(make: () => KmsDriver): string | undefined {
  try {
    make();
    return undefined;
  } catch (error) {
    if (KmsError.isInstance(error)) return error.message;
    throw error;
  }
}
