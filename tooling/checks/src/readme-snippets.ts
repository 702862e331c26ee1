import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Check } from "./check.ts";
import { runCommand } from "./run-command.ts";
import { shellFaults, shellNames } from "./shell-snippets.ts";
import { notPrinted, saidToPrint, snippetsOf, type Snippet } from "./snippets.ts";

interface Placed extends Snippet {
  readonly page: string;
  readonly file: string;
}

// Below this package, whose dependencies are what a snippet may import.
const workplaces = fileURLToPath(new URL("../.snippets", import.meta.url));
const tsx = import.meta.resolve("tsx");

const settings = {
  extends: "../../../typescript-config/base.json",
  compilerOptions: {
    noEmit: true,
    allowJs: true,
    checkJs: true,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: ["*.ts", "*.mjs"],
};

const packageFolders = (root: string): string[] =>
  ["packages", "examples"].flatMap((folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder))
          .map((name) => `${folder}/${name}`)
          .filter((path) => existsSync(join(root, path, "package.json")))
      : [],
  );

const placed = (page: string, snippet: Snippet): Placed => {
  const slug = page.replaceAll(/[^a-z0-9]+/gi, "-");
  return { ...snippet, page, file: `${slug}-${snippet.line}.${snippet.language === "ts" ? "ts" : "mjs"}` };
};

const runnable = ({ language, notRun }: Snippet): boolean =>
  (language === "ts" || language === "js") && notRun === undefined;
const where = ({ page, line }: Placed): string => `${page}:${line}`;

const compile = (workplace: string, snippets: readonly Placed[]): string[] => {
  const tsc = fileURLToPath(import.meta.resolve("typescript/package.json")).replace(/package\.json$/, "bin/tsc");
  const { ok, output } = runCommand(process.execPath, [tsc, "-p", workplace, "--pretty", "false"], workplace);
  if (ok) return [];
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const named = snippets.flatMap((snippet) =>
    lines.filter((line) => line.startsWith(snippet.file)).map((line) => `${where(snippet)} does not compile: ${line}`),
  );
  return named.length > 0 ? named : lines;
};

const execute = (workplace: string, snippet: Placed): string[] => {
  const flags = ["--import", tsx, "--conditions=@kms/source"];
  const { ok, output } = runCommand(process.execPath, [...flags, join(workplace, snippet.file)], workplace);
  if (!ok) return [`${where(snippet)} fails when run:\n${output}`];
  const missing = notPrinted(saidToPrint(snippet.code), output);
  return missing === undefined ? [] : [`${where(snippet)} does not print ${missing}, but:\n${output}`];
};

const compileAndRun = (snippets: readonly Placed[]): string[] => {
  if (snippets.length === 0) return [];
  mkdirSync(workplaces, { recursive: true });
  const workplace = mkdtempSync(join(workplaces, "run-"));
  try {
    writeFileSync(join(workplace, "tsconfig.json"), JSON.stringify(settings));
    for (const { file, code } of snippets) writeFileSync(join(workplace, file), `${code}\nexport {};\n`);
    return [...compile(workplace, snippets), ...snippets.flatMap((snippet) => execute(workplace, snippet))];
  } finally {
    rmSync(workplace, { recursive: true, force: true });
  }
};

/**
 * Every README and the page for contributors: TypeScript and JavaScript blocks compile, run and print what they say that
 * they print (`console.log(x); // this`), shell blocks name commands that exist. A block that cannot run says why: `<!-- not run: reason -->`.
 */
export const readmeSnippets: Check = {
  name: "readme-snippets",
  run: (root) => {
    const folders = packageFolders(root);
    const readmes = folders.map((folder) => `${folder}/README.md`);
    const wanted = ["README.md", ...readmes.filter((page) => page.startsWith("packages/"))];
    const pages = ["README.md", ".github/CONTRIBUTING.md", ...readmes].filter((page) => existsSync(join(root, page)));
    const snippets = pages.flatMap((page) =>
      snippetsOf(readFileSync(join(root, page), "utf8")).map((snippet) => placed(page, snippet)),
    );
    const names = shellNames(root, folders);
    const shell = snippets.filter(({ language, notRun }) => language === "sh" && notRun === undefined);
    return {
      notes: snippets.flatMap((each) =>
        each.notRun === undefined ? [] : [`${where(each)} is not run: ${each.notRun}`],
      ),
      findings: [
        ...wanted.filter((page) => !pages.includes(page)).map((page) => `${page} is missing`),
        ...snippets
          .filter(({ language, notRun }) => language === "unknown" && notRun === undefined)
          .map((each) => `${where(each)} is a block in no language that is checked: use ts, js, sh, json or text`),
        ...shell.flatMap((each) => shellFaults(each.code, names).map((fault) => `${where(each)}: ${fault}`)),
        ...compileAndRun(snippets.filter(runnable)),
      ],
    };
  },
};
