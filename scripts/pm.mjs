// Runs a tool through the pinned pnpm, from npm or from pnpm: the version stands in `packageManager` alone.
// The installer's chatter goes to stderr, so that a tool's stdout stays its own.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const insidePnpm = process.env.npm_config_user_agent?.startsWith("pnpm/");
const [command, prefix] = insidePnpm ? ["pnpm", []] : ["npx", ["--yes", packageManager]];
const options = { shell: process.platform === "win32", env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" } };

const install = spawnSync(command, [...prefix, "install", "--frozen-lockfile", "--prefer-offline"], { ...options, stdio: ["ignore", 2, 2] });
if (install.status !== 0) process.exit(install.status ?? 1);
const tool = spawnSync(command, [...prefix, "exec", ...process.argv.slice(2)], { ...options, stdio: "inherit" });
process.exit(tool.status ?? 1);
