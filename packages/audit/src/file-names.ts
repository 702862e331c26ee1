/** The greatest number of a file. */
export const maximumFileNumber = 99_999_999;

/** A file of a log: its number in the chain of files, the name that reports give it, and where it is. */
export interface NumberedFile {
  readonly number: number;
  readonly name: string;
  readonly path: string;
}

/** `audit-00000001.jsonl` and so on. */
export const fileName = (number: number): string => `audit-${String(number).padStart(8, "0")}.jsonl`;

/** The file with a number in a directory. */
export const fileIn = (directory: string, number: number): NumberedFile => ({
  number,
  name: fileName(number),
  path: `${directory}/${fileName(number)}`,
});

/** The numbers that names of files bear, in order; other names are passed over. */
export const fileNumbers = (names: readonly string[]): number[] =>
  names
    .map((name) => /^audit-(\d{8})\.jsonl$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
