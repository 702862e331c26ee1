import { KmsError } from "@kms/core";
import { waitWithin, type Deadline } from "../options.ts";

/** Work under way that several callers wait for, by name: it is done once. */
export class Flights<T> {
  readonly #flights = new Map<string, Promise<T>>();

  /** Settles when what is under way under that name does; then the caller looks again. The time of whoever began it may have been shorter. */
  get(name: string, deadline: Deadline): Promise<void> | undefined {
    const flight = this.#flights.get(name);
    if (flight === undefined) return undefined;
    const settled = flight.then(
      () => undefined,
      (error: unknown) => {
        if (!KmsError.isInstance(error) || error.code !== "DEADLINE_EXCEEDED") throw error;
      },
    );
    return waitWithin(settled, deadline);
  }

  /** Has others wait for work that begins. A caller who leaves does not end it for them. */
  wait(name: string, begun: Promise<T>, deadline: Deadline): Promise<T> {
    const flight = begun.finally(() => this.#flights.delete(name));
    this.#flights.set(name, flight);
    return waitWithin(flight, deadline);
  }
}
