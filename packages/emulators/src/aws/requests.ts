import { NewestEntries } from "../newest-entries.ts";

/** One request as it arrived, whether or not it was then refused. */
export interface AwsRequest {
  /** The operation's name, such as `Encrypt`. */
  readonly operation: string;
  /** `KeyId`, `TargetKeyId` or `DestinationKeyId` as the client wrote it. */
  readonly keyId: string | undefined;
}

/** The record of requests, so that a test can assert that no call was made. */
export interface AwsRequests {
  /**
   * The requests since the last `clear`, oldest first: the newest 10,000, or fewer when these have more than 4,194,304
   * characters (8 MiB).
   */
  list(): readonly AwsRequest[];
  /** How many requests there were since the last `clear`, of one operation or of all; not bounded. */
  count(operation?: string): number;
  /** Forgets them. */
  clear(): void;
}

/** A bounded record. */
export class RequestLog implements AwsRequests {
  readonly #entries = new NewestEntries<AwsRequest>();
  readonly #counts = new Map<string, number>();

  list(): readonly AwsRequest[] {
    return this.#entries.list();
  }

  count(operation?: string): number {
    if (operation !== undefined) return this.#counts.get(operation) ?? 0;
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  clear(): void {
    this.#entries.clear();
    this.#counts.clear();
  }

  /** Adds a request; the oldest leave when there is too much. */
  add(request: AwsRequest): void {
    this.#entries.add(request);
    this.#counts.set(request.operation, this.count(request.operation) + 1);
  }
}
