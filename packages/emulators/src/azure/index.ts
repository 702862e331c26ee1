import { EmulatorClock } from "../clock.ts";
import { PermissionPolicy } from "../permission-policy.ts";
import { checkTenant } from "./bearer.ts";
import { processCertificate } from "./certificate.ts";
import type { AzureClientOptions, AzureCredential, AzureEmulator } from "./emulator.ts";
import { faultSwitch } from "./faults.ts";
import { KeyStore } from "./key-store.ts";
import { LIMITS } from "./limits.ts";
import { nameVault } from "./named-vault.ts";
import { OPERATIONS, permissionsOf } from "./operations/index.ts";
import { type Asked, perform } from "./operations/perform.ts";
import { type AzureEmulatorOptions, resolveOptions, type ResolvedOptions } from "./options.ts";
import { OtherHands } from "./others.ts";
import { DENIALS } from "./permissions.ts";
import { RequestLog } from "./requests.ts";
import { listen } from "./server.ts";
import { mintToken } from "./token.ts";

export type { AzureFlavour } from "./algorithms.ts";
export type { AzureClientOptions, AzureCredential, AzureEmulator } from "./emulator.ts";
export type { AzureFault, AzureFaults } from "./faults.ts";
export type { AzureEmulatorOptions } from "./options.ts";
export type { AzureOthers, OtherVersion } from "./others.ts";
export type { NamedVault } from "./named-vault.ts";
export type { AzurePermissions } from "./permissions.ts";
export type { AzureRequest, AzureRequests } from "./requests.ts";

const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS;

/**
 * Starts an emulator of Azure Key Vault or Managed HSM on 127.0.0.1, over HTTPS, which the official clients reach
 * unmodified. For tests; not for production: whoever can open a connection to it can mint a token and use its keys.
 *
 * Needs the optional peer `node-forge`: an error names it when it is missing. The first start of a process makes the
 * certificate (an RSA key of 2048 bits), later ones use it again. Rejects with a `TypeError` or `RangeError` for
 * malformed options, and with the system's error when the port is taken.
 */
export async function startAzureEmulator(options: AzureEmulatorOptions = {}): Promise<AzureEmulator> {
  const resolved = resolveOptions(options);
  const certificate = await processCertificate();
  const audience = { tenantId: resolved.tenantId, resource: resourceOf(resolved) };
  const parts = assemble(resolved);
  let challengedTenant: string | undefined;
  const challenged = () => ({ ...audience, tenantId: challengedTenant ?? audience.tenantId });
  const { faults, requests } = parts;
  const server = await listen(
    { faults, requests, audience, challenged, perform: parts.perform },
    certificate,
    resolved.port,
  );
  return Object.freeze({
    flavour: resolved.flavour,
    vaultUrl: `https://127.0.0.1:${server.port}`,
    certificate: certificate.cert,
    ...audience,
    accessToken: mintToken({ ...audience, expiresAtMs: Date.now() + TEN_YEARS_MS }),
    credential: credentialOf(audience.tenantId, false),
    // Anew each time, and not frozen: the official client writes into the options that it is given.
    get clientOptions(): AzureClientOptions {
      return { disableChallengeResourceVerification: true, tlsOptions: { ca: certificate.cert } };
    },
    named: (name: string) => nameVault(name, resolved.flavour, server.port, certificate.cert),
    credentialOf: (tenantId: string) => credentialOf(tenantId, true),
    challengeWith: (tenantId: string | undefined) => {
      challengedTenant = tenantId === undefined ? undefined : checkTenant(tenantId);
    },
    clock: parts.clock,
    faults,
    permissions: parts.permissions,
    requests,
    others: parts.others,
    close: () => server.close(),
  });
}

/** Source: provider facts §8.2, Authentication dance. */
const resourceOf = ({ flavour }: ResolvedOptions): string =>
  flavour === "managed-hsm" ? "https://managedhsm.azure.net" : "https://vault.azure.net";

function assemble(resolved: ResolvedOptions) {
  const { flavour, scheme, retentionDays, purgeProtection, hmacInput, disabledGet } = resolved;
  const known = new Set(OPERATIONS.keys());
  const clock = new EmulatorClock(resolved.now);
  const permissions = new PermissionPolicy(permissionsOf(scheme), DENIALS[scheme]);
  const maximumVersions = flavour === "managed-hsm" ? LIMITS.hsmVersions.maximum : Number.MAX_SAFE_INTEGER;
  const store = new KeyStore(clock, { ...resolved, maximumVersions });
  const others = new OtherHands(store, clock, known);
  const { disabledPublicUse, dateRefusal } = resolved;
  const open = { hmacInput, disabledGet, disabledPublicUse, dateRefusal };
  const vault = { flavour, scheme, retentionDays, purgeProtection, store, clock, permissions, others, open };
  return {
    clock,
    permissions,
    others,
    faults: faultSwitch(known),
    requests: new RequestLog(),
    perform: (asked: Asked) => perform(asked, vault),
  };
}

// `<resource>/.default` is the scope of a resource (provider facts §8.2).
const credentialOf = (tenantId: string, isStubborn: boolean): AzureCredential => ({
  getToken: async (scopes, options) => {
    const [scope = ""] = typeof scopes === "string" ? [scopes] : scopes;
    const expiresOnTimestamp = Date.now() + HOUR_MS;
    const tenant = isStubborn ? tenantId : (options?.tenantId ?? tenantId);
    const token = mintToken({
      resource: scope.replace(/\/\.default$/, ""),
      tenantId: tenant,
      expiresAtMs: expiresOnTimestamp,
    });
    return { token, expiresOnTimestamp };
  },
});
