/** One fenced block of a page. */
export interface Snippet {
  readonly language: "ts" | "js" | "sh";
  readonly code: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  /** Why it is not run, where the line before it says so: `<!-- not run: reason -->`. */
  readonly notRun?: string | undefined;
}

const languages: ReadonlyMap<string, Snippet["language"]> = new Map([
  ["ts", "ts"],
  ["typescript", "ts"],
  ["js", "js"],
  ["javascript", "js"],
  ["mjs", "js"],
  ["sh", "sh"],
  ["bash", "sh"],
  ["shell", "sh"],
]);

const markBefore = (lines: readonly string[], fence: number): string | undefined => {
  const before = lines.slice(0, fence).findLast((line) => line.trim() !== "");
  return before === undefined ? undefined : /^<!--\s*not run:\s*(\S.*?)\s*-->$/.exec(before.trim())?.[1];
};

/** The blocks of a Markdown page that are code of ours; other languages are passed over. */
export const snippetsOf = (page: string): Snippet[] => {
  const lines = page.split("\n");
  const found: Snippet[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const opening = /^(`{3,})\s*(\w*)/.exec(lines[index] ?? "");
    if (opening === null) continue;
    const [, fence = "```", word = ""] = opening;
    const rest = lines.slice(index + 1);
    const closing = rest.findIndex((line) => line.trimEnd() === fence);
    const code = rest.slice(0, closing === -1 ? rest.length : closing).join("\n");
    const language = languages.get(word.toLowerCase());
    if (language !== undefined) found.push({ language, code, line: index + 1, notRun: markBefore(lines, index) });
    index += 1 + (closing === -1 ? rest.length : closing);
  }
  return found;
};
