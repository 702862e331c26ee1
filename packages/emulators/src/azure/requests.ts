import { NewestEntries } from "../newest-entries.ts";

/** One request as it arrived, whether or not it was then refused. */
export interface AzureRequest {
  /** The operation's name in the REST reference, such as `GetKey` or `Sign`; `undefined` for a path that is none. */
  readonly operation: string | undefined;
  /** `GET`, `POST`, … */
  readonly method: string;
  /** Path and query as they arrived. */
  readonly target: string;
  /** The key that the path names. */
  readonly name: string | undefined;
  /** The version that the path names; `undefined` for the latest one. */
  readonly version: string | undefined;
  /** False for the first request of a client, which has neither token nor body and asks for the challenge. */
  readonly isAuthorized: boolean;
}

/** The record of requests, so that a test can assert that no call was made. */
export interface AzureRequests {
  /**
   * The requests since the last `clear`, oldest first, those that asked for the challenge too: the newest 10,000, or
   * fewer when these have more than 4,194,304 characters (8 MiB).
   */
  list(): readonly AzureRequest[];
  /** How many requests with a token there were since the last `clear`, of one operation or of all; not bounded. */
  count(operation?: string): number;
  /** How many requests without a token there were since the last `clear`. */
  challenges(): number;
  /** How many of those with a token, of one operation or of all, the client gave up before they were answered. */
  cancelled(operation?: string): number;
  /** Forgets them. */
  clear(): void;
}

/** A bounded record. */
export class RequestLog implements AzureRequests {
  readonly #entries = new NewestEntries<AzureRequest>();
  readonly #counts = new Map<string, number>();
  readonly #cancelled = new Map<string, number>();
  #challenges = 0;

  list(): readonly AzureRequest[] {
    return this.#entries.list();
  }

  count(operation?: string): number {
    return countIn(this.#counts, operation);
  }

  cancelled(operation?: string): number {
    return countIn(this.#cancelled, operation);
  }

  challenges(): number {
    return this.#challenges;
  }

  clear(): void {
    this.#entries.clear();
    this.#counts.clear();
    this.#cancelled.clear();
    this.#challenges = 0;
  }

  /** Adds a request; the oldest leave when there is too much. */
  add(request: AzureRequest): void {
    this.#entries.add(request);
    if (!request.isAuthorized) this.#challenges += 1;
    else this.#counts.set(request.operation ?? "", this.count(request.operation ?? "") + 1);
  }

  /** Notes that the client gave up a request. */
  cancel({ operation = "", isAuthorized }: AzureRequest): void {
    if (isAuthorized) this.#cancelled.set(operation, this.cancelled(operation) + 1);
  }
}

const countIn = (counts: ReadonlyMap<string, number>, operation: string | undefined): number =>
  operation === undefined ? [...counts.values()].reduce((sum, count) => sum + count, 0) : (counts.get(operation) ?? 0);
