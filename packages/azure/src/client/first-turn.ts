/**
 * The first request of a client, which goes alone. It is the one that is answered by a challenge: it leaves without its body,
 * and the client remembers how to go on. `@azure/keyvault-common` 2.1.0 keeps one body for all that come meanwhile, so that a
 * second request arrives empty; with every release each of them would ask the credential for a token (`provider-facts` T7).
 */
export class FirstTurn {
  /** The first request has ended, however it did: nobody waits any more. */
  isOver = false;
  #over: Promise<void> | undefined;
  #tell: () => void = () => undefined;

  /** True for whoever comes first, who says by `end` that it is over; everybody else waits for `over`. */
  begin(): boolean {
    if (this.#over !== undefined) return false;
    this.#over = new Promise((resolve) => {
      this.#tell = resolve;
    });
    return true;
  }

  /** When the first request has ended. How long that takes is its own call's matter: the guard ends those who wait at their own deadline. */
  get over(): Promise<void> | undefined {
    return this.#over;
  }

  /** Lets all others go. */
  end(): void {
    this.isOver = true;
    this.#tell();
    this.#over = undefined;
  }
}
