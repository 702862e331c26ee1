import type { EmulatorClock } from "../../clock.ts";
import type { ApiVersion } from "../api-version.ts";
import type { AzureFlavour } from "../algorithms.ts";
import type { VaultView } from "../bundles.ts";
import type { Input, JsonObject } from "../input.ts";
import type { KeyStore } from "../key-store.ts";
import type { UseRules } from "../key-version.ts";
import type { OtherHands } from "../others.ts";
import type { PermissionPolicy } from "../../permission-policy.ts";
import type { AuthorizationScheme } from "../permissions.ts";

/** Questions that no document settles; each can be started both ways (contract-fit §1, Open). */
export interface OpenQuestions extends UseRules {
  readonly hmacInput: "message" | "digest" | undefined;
  readonly disabledGet: "served" | "refused";
}

/** The emulated vault: everything that an operation may touch. */
export interface Vault {
  readonly flavour: AzureFlavour;
  readonly scheme: AuthorizationScheme;
  readonly retentionDays: number;
  readonly purgeProtection: boolean;
  readonly store: KeyStore;
  readonly clock: EmulatorClock;
  readonly permissions: PermissionPolicy;
  readonly others: OtherHands;
  readonly open: OpenQuestions;
}

/** What an operation works with. */
export interface Call {
  readonly input: Input;
  readonly query: URLSearchParams;
  /** The key that the path names, well formed; whether it exists is not known yet. */
  readonly name: string;
  readonly version: string | undefined;
  readonly nowMs: number;
  readonly vault: Vault;
  readonly view: VaultView;
}

/** What an operation needs, under each scheme; `undefined` for none. */
export type Needed = Readonly<Record<AuthorizationScheme, string | undefined>>;

/** A row of the operations table. */
export interface OperationRow {
  readonly needs: Needed;
  /** Members of the body that the emulator understands; any other is refused as not implemented. */
  readonly fields: readonly string[];
  /** Query parameters beside `api-version`. */
  readonly parameters?: readonly string[] | undefined;
  /** The `api-version` that brought it; Azure/azure-rest-api-specs, data-plane, stable. Default: all have it. */
  readonly since?: ApiVersion | undefined;
  /** Where the operation exists. Default: everywhere. */
  readonly flavours?: readonly AzureFlavour[] | undefined;
  /** Document and section. */
  readonly source: string;
  /** `undefined` for an answer without a body, 204. */
  run(call: Call): JsonObject | undefined | Promise<JsonObject>;
}

/**
 * The names of one permission. Sources: learn.microsoft.com/azure/role-based-access-control/permissions/security,
 * Microsoft.KeyVault, data actions; learn.microsoft.com/azure/key-vault/managed-hsm/built-in-roles, Permitted operations;
 * learn.microsoft.com/azure/key-vault/keys/about-keys-details, Key access control.
 */
export const needs = (vault: string, verb: string, hsm: string | undefined): Needed => ({
  rbac: `Microsoft.KeyVault/vaults/${vault}`,
  "access-policy": verb,
  "local-rbac": hsm === undefined ? undefined : `Microsoft.KeyVault/managedHsm/${hsm}`,
});

/** The names of a permission to use keys. */
export const needsUse = (action: string, verb: string): Needed =>
  needs(`keys/${action}/action`, verb, `keys/${action}/action`);

/** Source of a row: the page of the REST reference. */
export const reference = (page: string): string => `learn.microsoft.com/rest/api/keyvault/keys/${page}`;
