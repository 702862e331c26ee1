import { CiphertextFormat } from "./ciphertext.ts";
import { EmulatorClock } from "../clock.ts";
import { PermissionPolicy } from "../permission-policy.ts";
import { ConsistencySwitch } from "./consistency.ts";
import type { AwsClientConfiguration, AwsEmulator } from "./emulator.ts";
import { faultSwitch } from "./faults.ts";
import { partitionOf } from "./key-id.ts";
import { KeyStore } from "./key-store.ts";
import { ACTIONS, OPERATIONS } from "./operations/index.ts";
import { perform } from "./operations/perform.ts";
import type { Account } from "./operations/row.ts";
import { type AwsEmulatorOptions, type PrimarySource, type ResolvedOptions, resolveOptions } from "./options.ts";
import { denialIn } from "./permissions.ts";
import { RequestLog } from "./requests.ts";
import { listen, type ServerParts } from "./server.ts";
import { verifySignature } from "./signature.ts";

export type { AwsConsistency } from "./consistency.ts";
export type { AwsClientConfiguration, AwsEmulator } from "./emulator.ts";
export type { AwsErrorName } from "./errors.ts";
export type { AwsFault, AwsFaults } from "./faults.ts";
export type { AwsEmulatorOptions } from "./options.ts";
export type { AwsPermissions } from "./permissions.ts";
export type { AwsRequest, AwsRequests } from "./requests.ts";

/** What a running emulator shares with its replicas. */
interface Shared {
  readonly options: ResolvedOptions;
  readonly account: Account;
  readonly isReplica: boolean;
}

const running = new WeakMap<AwsEmulator, Shared>();

/**
 * Starts an AWS KMS emulator on 127.0.0.1, which the official SDK reaches unmodified. For tests; not for production:
 * whoever can open a connection to it and knows the credentials can use its keys.
 *
 * Rejects with a `TypeError` or `RangeError` for malformed options, and with the system's error when the port is taken.
 */
export async function startAwsEmulator(options: AwsEmulatorOptions = {}): Promise<AwsEmulator> {
  const primary = options.replicaOf === undefined ? undefined : running.get(options.replicaOf);
  const resolved = resolveOptions(options, primary === undefined ? undefined : sourceOf(primary));
  const { region, accountId, credentials, port } = resolved;
  const consistency = new ConsistencySwitch();
  const permissions = new PermissionPolicy(ACTIONS, denialIn(region, accountId));
  const account = openAccount(resolved, { consistency, permissions }, primary?.account);
  const faults = faultSwitch(new Set(OPERATIONS.keys()));
  const requests = new RequestLog();
  const parts: ServerParts = {
    faults,
    requests,
    verify: (request) => verifySignature(request, { credentials, region, service: "kms", nowMs: Date.now() }),
    perform: (operation, json) => perform(operation, json, account),
  };
  const server = await listen(parts, port).catch((cause: unknown) => {
    account.store.leave();
    throw cause;
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const emulator: AwsEmulator = Object.freeze({
    endpoint,
    region,
    accountId,
    clientConfiguration: clientConfiguration(resolved, endpoint),
    clock: account.clock,
    consistency,
    faults,
    permissions,
    requests,
    close: async () => {
      running.delete(emulator);
      account.store.leave();
      await server.close();
    },
  });
  running.set(emulator, { options: resolved, account, isReplica: primary !== undefined });
  return emulator;
}

const sourceOf = ({ options, isReplica, account }: Shared): PrimarySource => ({
  options,
  isReplica,
  replicaRegions: account.store.replicaRegions,
});

const clientConfiguration = ({ region, credentials }: ResolvedOptions, endpoint: string): AwsClientConfiguration => ({
  endpoint,
  region,
  // A fresh object each time: the SDK writes into the credentials that it is given.
  get credentials() {
    return { ...credentials };
  },
});

// A replica has its primary's time, and its ciphertexts: what one Region made, the other opens.
function openAccount(
  { region, accountId, now, rotationDelayMs }: ResolvedOptions,
  parts: { readonly consistency: ConsistencySwitch; readonly permissions: PermissionPolicy },
  primary: Account | undefined,
): Account {
  const { consistency, permissions } = parts;
  const scope = { partition: partitionOf(region), region, accountId };
  const clock = primary?.clock ?? new EmulatorClock(now);
  const store = new KeyStore({ scope, clock, consistency, primary: primary?.store });
  return { store, clock, permissions, rotationDelayMs, ciphertexts: primary?.ciphertexts ?? new CiphertextFormat() };
}
