/** One fenced block of a page. */
export interface Snippet {
  readonly language: "ts" | "js" | "sh" | "unknown";
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

// What is shown and is no code.
const shownAlone: ReadonlySet<string> = new Set(["json", "text"]);

const markBefore = (lines: readonly string[], fence: number): string | undefined => {
  const before = lines.slice(0, fence).findLast((line) => line.trim() !== "");
  return before === undefined ? undefined : /^<!--\s*not run:\s*(\S.*?)\s*-->$/.exec(before.trim())?.[1];
};

/** The blocks of a Markdown page but for JSON and plain text: code of ours, and what says of itself nothing that is known. */
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
    const language = languages.get(word.toLowerCase()) ?? "unknown";
    if (!shownAlone.has(word.toLowerCase())) {
      found.push({ language, code, line: index + 1, notRun: markBefore(lines, index) });
    }
    index += 1 + (closing === -1 ? rest.length : closing);
  }
  return found;
};

/** What a snippet says that it prints: `console.log(x); // like this`, in order. */
export const saidToPrint = (code: string): string[] =>
  code.split("\n").flatMap((line) => /^\s*console\.log\(.*\);\s*\/\/\s*(\S.*)$/.exec(line)?.[1] ?? []);

/** The first of these that is not printed after those before it; quotes and white space are as the page likes them. */
export function notPrinted(said: readonly string[], output: string): string | undefined {
  let rest = plain(output);
  return said.find((text) => {
    const at = rest.indexOf(plain(text));
    rest = rest.slice(at + plain(text).length);
    return at === -1;
  });
}

const plain = (text: string): string => text.replaceAll('"', "'").replaceAll(/\s+/g, "");
