import { NewestEntries } from "../newest-entries.ts";

/** One request as it arrived, whether or not it was then refused. */
export interface GcpRequest {
  /** The method's name, such as `Encrypt`. */
  readonly method: string;
  /** The resource that it names, as the client wrote it: `name`, `parent`, `location` or `resource`. */
  readonly name: string | undefined;
}

/** The record of requests, so that a test can assert that no call was made. Methods that are not here leave no trace. */
export interface GcpRequests {
  /**
   * The requests since the last `clear`, oldest first: the newest 10,000, or fewer when these have more than 4,194,304
   * characters (8 MiB).
   */
  list(): readonly GcpRequest[];
  /** How many requests there were since the last `clear`, of one method or of all; not bounded. */
  count(method?: string): number;
  /** How many of these, of one method or of all, the client gave up before they were answered: cancelled, out of time, or cut off. */
  cancelled(method?: string): number;
  /** Forgets them. */
  clear(): void;
}

/** A bounded record. */
export class RequestLog implements GcpRequests {
  readonly #entries = new NewestEntries<GcpRequest>();
  readonly #counts = new Map<string, number>();
  readonly #cancelled = new Map<string, number>();

  list(): readonly GcpRequest[] {
    return this.#entries.list();
  }

  count(method?: string): number {
    return countIn(this.#counts, method);
  }

  cancelled(method?: string): number {
    return countIn(this.#cancelled, method);
  }

  clear(): void {
    this.#entries.clear();
    this.#counts.clear();
    this.#cancelled.clear();
  }

  /** Adds a request; the oldest leave when there is too much. */
  add(request: GcpRequest): void {
    this.#entries.add(request);
    this.#counts.set(request.method, this.count(request.method) + 1);
  }

  /** Notes that the client gave up a request to this method. */
  cancel(method: string): void {
    this.#cancelled.set(method, this.cancelled(method) + 1);
  }
}

const countIn = (counts: ReadonlyMap<string, number>, method: string | undefined): number =>
  method === undefined ? [...counts.values()].reduce((sum, count) => sum + count, 0) : (counts.get(method) ?? 0);
