import { Buffer } from "node:buffer";
import type { Disk, LogFile } from "./disk.ts";
import type { NumberedFile } from "./file-names.ts";
import { maximumLineBytes } from "./line.ts";

/** One line of a log as it stands there, nothing proved. */
export interface RawLine {
  readonly file: NumberedFile;
  /** From 1. */
  readonly line: number;
  /** Without the line feed. Good until the next line is asked for. */
  readonly bytes: Buffer;
  /** Where the line begins and ends in its file; the end counts its line feed. */
  readonly start: number;
  readonly end: number;
  /** `torn`: the file ends before the line does, or has no line at all. `oversized`: longer than any line of a log. */
  readonly state: "whole" | "torn" | "oversized";
}

const lineFeed = 10;
// Doubled twice, it holds the longest line.
const firstBufferBytes = maximumLineBytes / 4;

/**
 * The lines of files one after another. At most one line, 256 KiB, is in memory; after a line that is longer nothing
 * more is read. An empty file is one torn line.
 */
export async function* readLines(disk: Disk, files: readonly NumberedFile[]): AsyncGenerator<RawLine, void, undefined> {
  for (const file of files) {
    for await (const line of readFile(disk, file)) {
      yield line;
      if (line.state === "oversized") return;
    }
  }
}

async function* readFile(disk: Disk, file: NumberedFile): AsyncGenerator<RawLine, void, undefined> {
  const opened = await disk.open(file.path, "read");
  try {
    const window = new Window(opened);
    for (let line = 1; ; line += 1) {
      const start = window.position;
      const length = await window.lineLength();
      if (length === undefined) {
        const bytes = window.rest();
        const state = bytes.length >= maximumLineBytes ? "oversized" : "torn";
        if (bytes.length > 0 || line === 1) yield { file, line, bytes, start, end: start + bytes.length, state };
        return;
      }
      yield { file, line, bytes: window.take(length), start, end: window.position, state: "whole" };
    }
  } finally {
    await opened.close();
  }
}

/** The part of a file that is in memory: from where the next line begins. */
class Window {
  readonly #file: LogFile;
  #buffer = Buffer.allocUnsafe(firstBufferBytes);
  #from = 0;
  #to = 0;
  /** Where in the file the next line begins. */
  position = 0;

  constructor(file: LogFile) {
    this.#file = file;
  }

  /** The length of the next line without its end; `undefined` where the file or a line's room ends first. */
  async lineLength(): Promise<number | undefined> {
    let searched = 0;
    for (;;) {
      const at = this.rest().indexOf(lineFeed, searched);
      if (at >= 0) return at;
      searched = this.#to - this.#from;
      if (searched >= maximumLineBytes || !(await this.#readMore())) return undefined;
    }
  }

  /** What is in memory. */
  rest(): Buffer {
    return this.#buffer.subarray(this.#from, this.#to);
  }

  take(length: number): Buffer {
    const line = this.#buffer.subarray(this.#from, this.#from + length);
    this.#from += length + 1;
    this.position += length + 1;
    return line;
  }

  async #readMore(): Promise<boolean> {
    this.#buffer.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
    if (this.#to === this.#buffer.length) {
      const larger = Buffer.allocUnsafe(this.#buffer.length * 2);
      this.#buffer.copy(larger);
      this.#buffer = larger;
    }
    const count = await this.#file.read(this.#buffer.subarray(this.#to), this.position + this.#to);
    this.#to += count;
    return count > 0;
  }
}
