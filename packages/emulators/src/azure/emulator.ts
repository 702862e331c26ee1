import type { AzureFlavour } from "./algorithms.ts";
import type { AzureFaults } from "./faults.ts";
import type { AzureOthers } from "./others.ts";
import type { NamedVault } from "./named-vault.ts";
import type { AzurePermissions } from "./permissions.ts";
import type { AzureRequests } from "./requests.ts";

/** A credential as the official clients take it, `TokenCredential`. It calls nobody. */
export interface AzureCredential {
  /** A token for the scope and the tenant that a challenge named. */
  getToken(
    scopes: string | string[],
    options?: { readonly tenantId?: string },
  ): Promise<{ token: string; expiresOnTimestamp: number }>;
}

/**
 * What goes last into `new KeyClient(vaultUrl, credential, clientOptions)` and `new CryptographyClient(…)`: the
 * certificate that is to be trusted, and no check that the host lies in the service's domain.
 */
export interface AzureClientOptions {
  readonly disableChallengeResourceVerification: true;
  readonly tlsOptions: { readonly ca: string };
}

/** A running emulator of Azure Key Vault or Managed HSM. Its keys live in this process's memory and end with it. */
export interface AzureEmulator {
  readonly flavour: AzureFlavour;
  /** `https://127.0.0.1:` and the port. */
  readonly vaultUrl: string;
  /** The certificate, PEM: of this process, its own authority. */
  readonly certificate: string;
  readonly tenantId: string;
  /** What tokens are for: `https://vault.azure.net` or `https://managedhsm.azure.net`. */
  readonly resource: string;
  /** A good bearer token for ten years; what goes into `authorization` after `Bearer `. */
  readonly accessToken: string;
  /** Gives tokens of the tenant that the challenge names, for the resource that it names, good for an hour. */
  readonly credential: AzureCredential;
  /** A fresh object each time. */
  readonly clientOptions: AzureClientOptions;
  /**
   * The same emulator under a name of the service, such as `contoso`: clients reach it with their check of the
   * challenge on. Node alone: the look-up goes through the agent of `node:https`.
   */
  named(name: string): NamedVault;
  /** A credential whose tokens are always of that tenant, whatever the challenge names. */
  credentialOf(tenantId: string): AzureCredential;
  /**
   * Makes challenges name another tenant from now on, `undefined` for the true one. Whose tokens are good stays. A
   * `RangeError` for what is neither an id nor a domain name.
   */
  challengeWith(tenantId: string | undefined): void;
  /** The emulator's own time. */
  readonly clock: {
    /** Moves time forward, 0 to 100 years in milliseconds: keys expire, rotate, are deleted, recovered and purged. */
    advance(ms: number): void;
  };
  readonly faults: AzureFaults;
  readonly permissions: AzurePermissions;
  readonly requests: AzureRequests;
  readonly others: AzureOthers;
  /** Ends every connection and frees the port. Calling it again does nothing. */
  close(): Promise<void>;
}
