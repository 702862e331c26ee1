import { CiphertextFormat } from "./ciphertext.ts";
import { EmulatorClock } from "./clock.ts";
import { type AwsFaults, FaultSwitch } from "./faults.ts";
import { partitionOf } from "./key-id.ts";
import { KeyStore } from "./key-store.ts";
import { ACTIONS, OPERATIONS } from "./operations/index.ts";
import { perform } from "./operations/perform.ts";
import type { Account } from "./operations/row.ts";
import { type AwsEmulatorOptions, resolveOptions } from "./options.ts";
import { type AwsPermissions, PermissionPolicy } from "./permissions.ts";
import { type AwsRequests, RequestLog } from "./requests.ts";
import { listen } from "./server.ts";
import { verifySignature } from "./signature.ts";

export type { AwsErrorName } from "./errors.ts";
export type { AwsFault, AwsFaults } from "./faults.ts";
export type { AwsEmulatorOptions } from "./options.ts";
export type { AwsPermissions } from "./permissions.ts";
export type { AwsRequest, AwsRequests } from "./requests.ts";

/** What `new KMSClient(…)` takes to reach the emulator: plain data, spread it. */
export interface AwsClientConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A running emulator of AWS KMS. Its keys live in this process's memory and end with it. */
export interface AwsEmulator {
  /** `http://127.0.0.1:` and the port. */
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  readonly clientConfiguration: AwsClientConfiguration;
  /** The emulator's own time. Signatures are checked against real time, whatever it says. */
  readonly clock: {
    /** Moves time forward, 0 to 100 years in milliseconds: deletion windows end, rotations appear. */
    advance(ms: number): void;
  };
  readonly faults: AwsFaults;
  readonly permissions: AwsPermissions;
  readonly requests: AwsRequests;
  /** Ends every connection and frees the port. Calling it again does nothing. */
  close(): Promise<void>;
}

/**
 * Starts an AWS KMS emulator on 127.0.0.1, which the official SDK reaches unmodified. For tests; not for production:
 * whoever can open a connection to it and knows the credentials can use its keys.
 *
 * Rejects with a `TypeError` or `RangeError` for malformed options, and with the system's error when the port is taken.
 */
export async function startAwsEmulator(options: AwsEmulatorOptions = {}): Promise<AwsEmulator> {
  const { region, accountId, credentials, now, rotationDelayMs, port } = resolveOptions(options);
  const scope = { partition: partitionOf(region), region, accountId };
  const clock = new EmulatorClock(now);
  const principal = `arn:${scope.partition}:iam::${accountId}:user/emulator`;
  const permissions = new PermissionPolicy(principal, ACTIONS);
  const store = new KeyStore(scope, clock);
  const account: Account = { store, clock, permissions, rotationDelayMs, ciphertexts: new CiphertextFormat() };
  const faults = new FaultSwitch(new Set(OPERATIONS.keys()));
  const requests = new RequestLog();
  const server = await listen(
    {
      faults,
      requests,
      verify: (request) => verifySignature(request, { credentials, region, service: "kms", nowMs: Date.now() }),
      perform: (operation, json) => perform(operation, json, account),
    },
    port,
  );
  const endpoint = `http://127.0.0.1:${server.port}`;
  return Object.freeze({
    endpoint,
    region,
    accountId,
    clientConfiguration: {
      endpoint,
      region,
      // A fresh object each time: the SDK writes into the credentials that it is given.
      get credentials() {
        return { ...credentials };
      },
    },
    clock,
    faults,
    permissions,
    requests,
    close: () => server.close(),
  });
}
