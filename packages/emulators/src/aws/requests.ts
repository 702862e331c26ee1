/** One request as it arrived, whether or not it was then refused. */
export interface AwsRequest {
  /** The operation's name, such as `Encrypt`. */
  readonly operation: string;
  /** `KeyId`, `TargetKeyId` or `DestinationKeyId` as the client wrote it. */
  readonly keyId: string | undefined;
}

/** The record of requests, so that a test can assert that no call was made. */
export interface AwsRequests {
  /** The requests since the last `clear`, oldest first; the newest 10,000 of them. */
  list(): readonly AwsRequest[];
  /** How many requests there were since the last `clear`, of one operation or of all; not bounded. */
  count(operation?: string): number;
  /** Forgets them. */
  clear(): void;
}

const CAPACITY = 10_000;

/** A bounded record. */
export class RequestLog implements AwsRequests {
  readonly #entries: AwsRequest[] = [];
  readonly #counts = new Map<string, number>();

  list(): readonly AwsRequest[] {
    return [...this.#entries];
  }

  count(operation?: string): number {
    if (operation !== undefined) return this.#counts.get(operation) ?? 0;
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  clear(): void {
    this.#entries.length = 0;
    this.#counts.clear();
  }

  /** Adds a request; the oldest leaves when there are too many. */
  add(request: AwsRequest): void {
    this.#entries.push(Object.freeze(request));
    if (this.#entries.length > CAPACITY) this.#entries.shift();
    this.#counts.set(request.operation, this.count(request.operation) + 1);
  }
}
