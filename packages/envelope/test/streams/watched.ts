/** A source that tells how much was asked of it, and whether it was ended. */
export class Watched implements AsyncIterable<Uint8Array> {
  asked = 0;
  ended = false;
  readonly #chunks: readonly Uint8Array[];
  readonly #hangsAfter: number;

  constructor(chunks: readonly Uint8Array[], hangsAfter: number = Infinity) {
    this.#chunks = chunks;
    this.#hangsAfter = hangsAfter;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: async () => {
        this.asked += 1;
        if (this.asked > this.#hangsAfter) return new Promise(() => {});
        const value = this.#chunks[this.asked - 1];
        return value === undefined ? { done: true, value } : { done: false, value };
      },
      return: async () => {
        this.ended = true;
        return { done: true, value: undefined };
      },
    };
  }
}
