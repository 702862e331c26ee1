// Runs a tool with everything installed, from npm or from pnpm: `node scripts/pm.mjs <tool> [arguments]`.
// The package manager's version stands in `packageManager` alone. The installer's chatter goes to stderr, so that a
// tool's stdout stays its own.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const marker = "--pnpm-is-on-the-path";
const root = fileURLToPath(new URL("..", import.meta.url));
const shell = process.platform === "win32";

const run = (command, values, options) => {
  const { error, status, signal, stdout, stderr } = spawnSync(command, values, { shell, ...options });
  if (error) console.error(`${command} did not start: ${error.message}`);
  if (signal) console.error(`${command} was ended by ${signal}.`);
  if (status !== 0 && stdout) console.error(`${stdout}${stderr}`);
  return status ?? 1;
};

const installAndRun = ([tool, ...values]) => {
  // Asked each time, so that a pulled lockfile is picked up: where nothing changed it takes some 50 ms and is not worth
  // a word. The first time, progress is.
  const first = !existsSync(join(root, "node_modules", ".modules.yaml"));
  const install = ["install", "--frozen-lockfile", "--prefer-offline"];
  const installed = run("pnpm", install, { cwd: root, encoding: "utf8", stdio: first ? ["ignore", 2, 2] : "pipe" });
  if (installed !== 0) return installed;
  const path = [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  return run(tool, values, { stdio: "inherit", env: { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: "1" } });
};

const throughNpx = (values) => {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const self = fileURLToPath(import.meta.url);
  return run("npx", ["--yes", `--package=${packageManager}`, "--", "node", self, marker, ...values], {
    stdio: "inherit",
    // npx overwrites INIT_CWD, which says where npm was called: relative paths given to a tool are meant from there.
    env: { ...process.env, KMS_CALLED_FROM: process.env.INIT_CWD ?? process.cwd() },
  });
};

const values = process.argv.slice(2);
if (values[0] === marker) process.exitCode = installAndRun(values.slice(1));
else if (process.env.npm_config_user_agent?.startsWith("pnpm/")) process.exitCode = installAndRun(values);
else process.exitCode = throughNpx(values);
