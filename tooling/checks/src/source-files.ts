import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const passedOver = new Set(["node_modules", "dist", "coverage", ".turbo", ".snippets", "fixtures"]);

/** The files below `folders` of `root` whose names end as `ending` says, as sorted paths with `/` from `root`. */
export const sourceFiles = (root: string, folders: readonly string[], ending: RegExp): string[] => {
  const found: string[] = [];
  const visit = (folder: string): void => {
    if (!existsSync(join(root, folder))) return;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !passedOver.has(entry.name)) visit(path);
      else if (entry.isFile() && ending.test(entry.name)) found.push(path);
    }
  };
  for (const folder of folders) visit(folder);
  return found.sort();
};

/** The number of lines of a text, whether or not its last line is ended. */
export const lineCount = (text: string): number => text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
