import type { Algorithm, Operation } from "../contract/words.ts";
import type { CallerEntries } from "../encoding/associated-data.ts";
import type { BoundKey } from "./bound-key.ts";
import { GuardCall } from "./call.ts";
import type { CallSettings } from "./arguments.ts";
import type { KmsError } from "../errors.ts";
import { diagnosticOf, toKmsError } from "./failure.ts";
import type { Caller, Instance } from "./instance.ts";
import type { Provider } from "./provider.ts";

/** One call on its way through the pipeline, and what the audit will say of it. */
export class Task {
  readonly instance: Instance;
  readonly actor: string | undefined;
  readonly operation: Operation;
  readonly provider: Provider;
  readonly call: GuardCall;
  reason: string | undefined;
  readonly correlation: string;
  /** The instance's count of changes when the call, or its last change, was made. */
  begunAt: number;
  /** The caller's associated data, copied. */
  entries: CallerEntries | undefined;
  keyId: string | undefined;
  algorithm: Algorithm | undefined;
  /** The version meant, once it is known; then what the answer named. */
  version: string | undefined;
  diagnostic: string | undefined;
  /** What is still to be recorded of a call that ended while its intent was being written; the call is disposed of after it. */
  late: Promise<void> | undefined;
  /** The date of the intent. */
  began: Date | undefined;

  constructor({ instance, actor }: Caller, operation: Operation, provider: Provider, settings: CallSettings) {
    this.instance = instance;
    this.actor = actor;
    this.operation = operation;
    this.provider = provider;
    this.call = new GuardCall(instance, settings);
    this.call.actor = actor;
    this.reason = settings.reason;
    this.correlation = instance.nextCorrelation();
    this.begunAt = instance.changes;
    this.entries = undefined;
    this.keyId = undefined;
    this.algorithm = undefined;
    this.version = undefined;
    this.diagnostic = undefined;
    this.late = undefined;
    this.began = undefined;
  }

  /**
   * Effective time, in milliseconds since the epoch: the call's, or what the store of the provider's keys has on record,
   * whichever is later. Ages and dates are judged by it. What is recorded, or cannot be undone, goes by the call's.
   */
  get now(): number {
    const { now } = this.call;
    const { driver } = this.provider;
    if (driver.latestTime === undefined) return now;
    try {
      const latest = driver.latestTime();
      return latest > now ? latest : now;
    } catch {
      return now; // the operation itself meets, and tells, what is wrong with the store
    }
  }

  /** Gives back what the call held, once all of it is on the record. */
  end(): void {
    const dispose = (): void => this.call.dispose();
    if (this.late === undefined) dispose();
    else this.late.then(dispose, dispose); // what the sink cannot write has nobody left to hear of it
  }

  /** What was thrown, in the contract's words. What lay under an opaque failure is kept for the audit outcome alone; the first counts. */
  failureOf(cause: unknown, mutates: boolean): KmsError {
    const { operation, provider, keyId } = this;
    const failure = toKmsError(cause, { operation, provider, keyId, mutates });
    if (failure.code === "DECRYPTION_FAILED") this.diagnostic ??= diagnosticOf(cause);
    return failure;
  }
}

/** One use of a key: a task whose key is known. */
export class KeyTask extends Task {
  readonly key: BoundKey;

  constructor(caller: Caller, operation: Operation, key: BoundKey, settings: CallSettings) {
    super(caller, operation, key.provider, settings);
    this.key = key;
    this.keyId = key.claims.keyId;
    this.algorithm = key.claims.algorithm;
  }
}
