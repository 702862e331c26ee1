import { spawn } from "node:child_process";
import { join } from "node:path";

/** Where `npm run` starts it. */
export const root: string = join(import.meta.dirname, "../../..");
/** What Node needs to run the sources. */
export const flags: readonly string[] = ["--import", "tsx", "--conditions=@kms/source"];
/** The command's own entry. */
export const main: string = join(import.meta.dirname, "../src/main.ts");

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** As `npm run demo` starts it, without the installer in front. `environment` is added to this process's own. */
export const runCommand = (
  argv: readonly string[],
  entry: string = main,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(process.execPath, [...flags, entry, ...argv], { cwd: root, env });
    const said = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...said }));
  });
