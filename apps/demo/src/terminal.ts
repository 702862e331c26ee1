import type { Writable } from "node:stream";

/** Where the report and the progress go, and whether somebody watches. */
export interface Terminal {
  readonly out: Writable & { readonly isTTY?: boolean | undefined };
  readonly err: Writable & { readonly isTTY?: boolean | undefined };
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Four plain colours; all do nothing where stdout is no terminal or `NO_COLOR` is set (no-color.org). */
export interface Palette {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly quiet: (text: string) => string;
}

export function paletteOf({ out, environment }: Terminal): Palette {
  const colours = out.isTTY === true && !environment["NO_COLOR"];
  const paint = (start: number, end: number) => (text: string) =>
    colours ? `\u001B[${start}m${text}\u001B[${end}m` : text;
  return { good: paint(32, 39), bad: paint(31, 39), strong: paint(1, 22), quiet: paint(2, 22) };
}

/** One line on stderr that is written over: what takes long, on a terminal alone. */
export function progressOn({ err }: Terminal): { readonly show: (text: string) => void; readonly clear: () => void } {
  const write = (text: string): void => void (err.isTTY === true && err.write(text));
  return { show: (text) => write(`\r\u001B[K${text} ...`), clear: () => write("\r\u001B[K") };
}
