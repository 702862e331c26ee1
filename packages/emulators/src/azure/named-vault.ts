import type { LookupFunction } from "node:net";
import type { AzureFlavour } from "./algorithms.ts";

/** An emulator under a name of the service: its address, and what leads a client there. */
export interface NamedVault {
  /** `https://<name>.vault.azure.net:<port>`, or `.managedhsm.azure.net`. */
  readonly vaultUrl: string;
  /**
   * What goes last into the official clients: the certificate, and a look-up that answers every name with loopback. The
   * check that the challenge belongs to the host stays on.
   */
  readonly clientOptions: { readonly tlsOptions: { readonly ca: string; readonly lookup: LookupFunction } };
}

const loopback: LookupFunction = (_name, options, found) => {
  if (options.all === true) found(null, [{ address: "127.0.0.1", family: 4 }]);
  else found(null, "127.0.0.1", 4);
};

/**
 * The emulator at `port` under a name of the service. A `RangeError` for a name that no vault can have. Source:
 * learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates, DNS suffixes for the base URL, vault name.
 */
export function nameVault(name: string, flavour: AzureFlavour, port: number, ca: string): NamedVault {
  if (!/^[a-zA-Z](?:-?[a-zA-Z0-9]){2,23}$/.test(name) || name.length > 24) {
    throw new RangeError("a vault has a name of 3 to 24 letters, digits and single hyphens, a letter first");
  }
  const domain = flavour === "managed-hsm" ? "managedhsm.azure.net" : "vault.azure.net";
  // Not frozen: the official client writes into the options that it is given.
  return { vaultUrl: `https://${name}.${domain}:${port}`, clientOptions: { tlsOptions: { ca, lookup: loopback } } };
}
