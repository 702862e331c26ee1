/** The most entries, and the most characters in them: 8 MiB of text. */
const MAXIMUM = { entries: 10_000, characters: 4_194_304 };

const charactersOf = (entry: object): number =>
  Object.values(entry).reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : 0), 0);

/** A record that keeps what came last: 10,000 entries with 4,194,304 characters together, and the newest one always. */
export class NewestEntries<Entry extends object> {
  readonly #entries: Entry[] = [];
  #characters = 0;

  /** A copy, the oldest first. */
  list(): readonly Entry[] {
    return [...this.#entries];
  }

  /** Adds one, which is frozen; the oldest leave when there is too much. */
  add(entry: Entry): void {
    this.#entries.push(Object.freeze(entry));
    this.#characters += charactersOf(entry);
    while (this.#isOver() && this.#entries.length > 1) this.#characters -= charactersOf(this.#entries.shift() ?? {});
  }

  /** Forgets them. */
  clear(): void {
    this.#entries.length = 0;
    this.#characters = 0;
  }

  #isOver(): boolean {
    return this.#entries.length > MAXIMUM.entries || this.#characters > MAXIMUM.characters;
  }
}
