import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

// From the root of the repository, which has the TypeScript loader.
const TSX = createRequire(new URL("../../../../package.json", import.meta.url)).resolve("tsx");

/** How a script of this package ends within 30 seconds: its code, and what it printed; both streams. */
export const runScript = (
  script: URL,
  args: readonly string[] = [],
): Promise<{ readonly code: number; readonly output: string }> =>
  new Promise((resolve) => {
    const command = ["--import", pathToFileURL(TSX).href, fileURLToPath(script), ...args];
    const child = execFile(process.execPath, command, { timeout: 30_000 }, (_, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output: (output + errors).trim() }),
    );
  });
