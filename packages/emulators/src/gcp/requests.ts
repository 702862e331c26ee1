/** One request as it arrived, whether or not it was then refused. */
export interface GcpRequest {
  /** The method's name, such as `Encrypt`. */
  readonly method: string;
  /** The resource that it names, as the client wrote it: `name`, `parent`, `location` or `resource`. */
  readonly name: string | undefined;
}

/** The record of requests, so that a test can assert that no call was made. Methods that are not here leave no trace. */
export interface GcpRequests {
  /** The requests since the last `clear`, oldest first; the newest 10,000 of them. */
  list(): readonly GcpRequest[];
  /** How many requests there were since the last `clear`, of one method or of all; not bounded. */
  count(method?: string): number;
  /** How many of these, of one method or of all, the client gave up before they were answered: cancelled, out of time, or cut off. */
  cancelled(method?: string): number;
  /** Forgets them. */
  clear(): void;
}

const CAPACITY = 10_000;

/** A bounded record. */
export class RequestLog implements GcpRequests {
  readonly #entries: GcpRequest[] = [];
  readonly #counts = new Map<string, number>();
  readonly #cancelled = new Map<string, number>();

  list(): readonly GcpRequest[] {
    return [...this.#entries];
  }

  count(method?: string): number {
    return countIn(this.#counts, method);
  }

  cancelled(method?: string): number {
    return countIn(this.#cancelled, method);
  }

  clear(): void {
    this.#entries.length = 0;
    this.#counts.clear();
    this.#cancelled.clear();
  }

  /** Adds a request; the oldest leaves when there are too many. */
  add(request: GcpRequest): void {
    this.#entries.push(Object.freeze(request));
    if (this.#entries.length > CAPACITY) this.#entries.shift();
    this.#counts.set(request.method, this.count(request.method) + 1);
  }

  /** Notes that the client gave up a request to this method. */
  cancel(method: string): void {
    this.#cancelled.set(method, this.cancelled(method) + 1);
  }
}

const countIn = (counts: ReadonlyMap<string, number>, method: string | undefined): number =>
  method === undefined ? [...counts.values()].reduce((sum, count) => sum + count, 0) : (counts.get(method) ?? 0);
