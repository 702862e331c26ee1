const opening = "<!-- conformance matrix -->";
const closing = "<!-- /conformance matrix -->";

/** The README with the matrix between its markers; `undefined` when it has no markers. */
export function withMatrix(readme: string, matrix: string): string | undefined {
  const start = readme.indexOf(opening);
  const end = readme.indexOf(closing);
  if (start < 0 || end < start) return undefined;
  return `${readme.slice(0, start + opening.length)}\n\n${matrix}\n\n${readme.slice(end)}`;
}
