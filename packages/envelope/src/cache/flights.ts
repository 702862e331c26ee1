import { waitWithin, type Deadline } from "../options.ts";

/** Work under way that several callers wait for, by name: it is done once. */
export class Flights<T> {
  readonly #flights = new Map<string, Promise<T>>();

  /** What is under way under that name. */
  get(name: string, deadline: Deadline): Promise<T> | undefined {
    const flight = this.#flights.get(name);
    return flight === undefined ? undefined : waitWithin(flight, deadline);
  }

  /** Has others wait for work that begins. A caller who leaves does not end it for them. */
  wait(name: string, begun: Promise<T>, deadline: Deadline): Promise<T> {
    const flight = begun.finally(() => this.#flights.delete(name));
    this.#flights.set(name, flight);
    return waitWithin(flight, deadline);
  }
}
