/** A name as it can be printed: control characters are written out, so that no name moves the cursor. */
export const shown = (name: string): string =>
  name.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );

/** A number with its noun: 1 file, 2 files, 1,000 files. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

/** The beginning of a long name. */
export const shortened = (name: string): string => (name.length > 16 ? `${name.slice(0, 12)}...` : name);
