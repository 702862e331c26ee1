import type { Document } from "./documents.ts";

/** How many bytes of a file in a row count as its content. */
export const windowBytes = 24;
// Windows of a file that are looked for, spread over it: its beginning, its end, and those between.
const windows = 16;

/**
 * The names of files of which audit events, or lines of a log of them, hold `windowBytes` bytes in a row: in clear, in hexadecimal or in base64.
 * Looked for are the file's beginning, its end and windows between them. Names and types stand in the associated data and
 * are no content.
 */
export function leakedFiles(events: readonly object[], documents: readonly Document[]): readonly string[] {
  const record = textsOf(events);
  return documents.filter((document) => leaks(record, document)).map(({ name }) => name);
}

/** Every text in the events, once each: most are the same in many events. */
function textsOf(events: readonly object[]): string {
  const texts = new Set<string>();
  const collect = (_name: string, value: unknown): unknown => {
    if (typeof value === "string") texts.add(value);
    return value;
  };
  for (const event of events) JSON.stringify(event, collect);
  return [...texts].join("\n");
}

function leaks(record: string, { bytes, name, type }: Document): boolean {
  if (bytes.length < windowBytes) return false;
  const last = bytes.length - windowBytes;
  const step = Math.max(1, Math.ceil(last / (windows - 1)));
  for (let at = 0; ; at = Math.min(last, at + step)) {
    const window = Buffer.from(bytes.subarray(at, at + windowBytes));
    const text = window.toString("utf8");
    const said = name.includes(text) || type.includes(text);
    if (!said && record.includes(text)) return true;
    if (record.includes(window.toString("hex")) || spellings(window).some((part) => record.includes(part))) return true;
    if (at === last) return false;
  }
}

/** Base64 and base64url of a window, wherever in the text its first byte falls: without the characters that its neighbours share. */
function spellings(window: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), window]);
    const whole = shifted.subarray(0, shifted.length - (shifted.length % 3));
    const skipped = before === 0 ? 0 : 4;
    return [whole.toString("base64").slice(skipped), whole.toString("base64url").slice(skipped)];
  });
}
