import { randomBytes } from "node:crypto";
import { KmsError, type Clock } from "@kms/core";
import { rawAesRecipient, type CachedUse, type Recipient } from "../../src/index.ts";

/** A recipient that counts how often it is asked, keeps what it answered, and can be made to wait. */
export class CountingRecipient implements Recipient {
  readonly name = "counting";
  readonly #inner: Recipient = rawAesRecipient("space", "key", randomBytes(32));
  generated = 0;
  unwrapped = 0;
  readonly dataKeys: Uint8Array[] = [];
  readonly reused: CachedUse[] = [];
  /** The data key of the last use that was asked for. */
  reusedKey: Uint8Array | undefined;
  /** What is waited for before each answer. */
  gate: Promise<unknown> | undefined;
  /** Thrown when a use of a cached data key is asked for. */
  refusal: Error | undefined;

  readonly generate: NonNullable<Recipient["generate"]> = (lengthBytes, request) => {
    this.generated += 1;
    const dataKey = new Uint8Array(randomBytes(lengthBytes));
    this.dataKeys.push(dataKey);
    const answer = async () => {
      if (request.signal?.aborted === true) throw new KmsError("CANCELLED", "the caller left");
      return { dataKey, encrypted: await this.#inner.wrap(dataKey, request) };
    };
    return this.gate === undefined ? answer() : this.gate.then(answer);
  };
  readonly wrap: Recipient["wrap"] = (dataKey, request) => this.#inner.wrap(dataKey, request);
  readonly reuse: NonNullable<Recipient["reuse"]> = (use, dataKey) => {
    this.reused.push(use);
    this.reusedKey = dataKey;
    return this.leave();
  };
  /** How leave to use a cached data key is given or refused: later, unless a test says otherwise. */
  leave: () => void | Promise<void> = async () => {
    if (this.refusal !== undefined) throw this.refusal;
  };
  readonly unwrap: Recipient["unwrap"] = async (encrypted, lengthBytes, request) => {
    this.unwrapped += 1;
    await this.gate;
    const answer = await this.#inner.unwrap(encrypted, lengthBytes, request);
    if (answer.dataKey !== undefined) this.dataKeys.push(answer.dataKey);
    return answer;
  };
}

/** A clock that stands until it is moved. */
export class StandingClock implements Clock {
  at = 1_000_000;
  readonly now = (): number => this.at;
  readonly sleep = (): Promise<void> => Promise.resolve();
}
