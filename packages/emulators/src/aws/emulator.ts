import type { AwsConsistency } from "./consistency.ts";
import type { AwsFaults } from "./faults.ts";
import type { AwsPermissions } from "./permissions.ts";
import type { AwsRequests } from "./requests.ts";

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
  readonly consistency: AwsConsistency;
  readonly faults: AwsFaults;
  readonly permissions: AwsPermissions;
  readonly requests: AwsRequests;
  /** Ends every connection and frees the port. Calling it again does nothing. */
  close(): Promise<void>;
}
