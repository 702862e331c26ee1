import { checkSince, readApiVersion } from "../api-version.ts";
import { notImplemented } from "../errors.ts";
import { Input, type JsonObject } from "../input.ts";
import { checkNames, checkQuery, type Route } from "../route.ts";
import { OPERATIONS } from "./index.ts";
import type { OperationRow, Vault } from "./row.ts";

/** One request that may be worked on: where it goes, and what it carries. */
export interface Asked {
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  /** `https://` and the `Host` header as received. */
  readonly base: string;
}

/**
 * Runs one operation: reads the names, asks the policy, does the work. Rejects with an `AzureError` for every refusal.
 * The policy is asked before anything is looked up.
 */
export async function perform({ route, query, body, base }: Asked, vault: Vault): Promise<JsonObject | undefined> {
  const row = OPERATIONS.get(route.operation);
  if (row === undefined) throw notImplemented(`the operation ${route.operation}`);
  checkQuery(query, row.parameters ?? []);
  checkVersion(row, route, query, vault);
  if (row.flavours !== undefined && !row.flavours.includes(vault.flavour)) {
    throw notImplemented(`${route.operation} on ${vault.flavour}`);
  }
  checkNames(route);
  const { name, version } = route;
  const permission = row.needs[vault.scheme];
  if (permission !== undefined) vault.permissions.check(permission, name === "" ? "/keys" : `/keys/${name}`);
  await vault.others.comeFirst(route.operation);
  const { flavour, retentionDays, purgeProtection } = vault;
  const view = { base, flavour, retentionDays, purgeProtection };
  const input = new Input(body, row.fields);
  const answer = await row.run({ input, query, name, version, nowMs: vault.clock.now(), vault, view });
  return answer === undefined ? undefined : vault.others.rename(route.operation, answer);
}

// A Managed HSM begins with 7.2: learn.microsoft.com/dotnet/api/azure.security.keyvault.administration.
// keyvaultadministrationclientoptions.serviceversion; Azure/azure-rest-api-specs, data-plane, stable/7.2.
function checkVersion({ since }: OperationRow, { operation }: Route, query: URLSearchParams, vault: Vault): void {
  const version = readApiVersion(query);
  if (since !== undefined) checkSince(version, since, operation);
  if (vault.flavour === "managed-hsm") checkSince(version, "7.2", "a Managed HSM");
}
