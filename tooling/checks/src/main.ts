import { fileURLToPath } from "node:url";
import { adapterRooms } from "./adapter-rooms.ts";
import type { Check } from "./check.ts";
import { lockfilePlatforms } from "./lockfile-platforms.ts";
import { longFiles } from "./long-files.ts";
import { packedInstall } from "./packed-install.ts";
import { publishedPackages } from "./published-packages.ts";
import { readmeSnippets } from "./readme-snippets.ts";
import { requirements } from "./requirements.ts";
import { testedPackages } from "./tested-packages.ts";

const checks: readonly Check[] = [
  longFiles,
  adapterRooms,
  lockfilePlatforms,
  requirements,
  testedPackages,
  readmeSnippets,
  publishedPackages,
  packedInstall,
];

const root = fileURLToPath(new URL("../../..", import.meta.url));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`no check is called ${unknown.join(", ")}: there are ${checks.map(({ name }) => name).join(", ")}`);
  process.exit(1);
}

for (const check of checks.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const { findings, notes = [] } = await check.run(root);
  for (const note of notes) console.log(`${check.name}: ${note}`);
  for (const finding of findings) console.error(`${check.name}: ${finding}`);
  console.log(`${findings.length === 0 ? "ok" : "FAILED"}  ${check.name}`);
  if (findings.length > 0) process.exitCode = 1;
}
