import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "./json-file.ts";

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>> | undefined;
  readonly bin?: Readonly<Record<string, string>> | undefined;
}

const manifestsIn = (root: string): Manifest[] =>
  readdirSync(join(root, "packages")).map(
    (folder) => readJson(join(root, "packages", folder, "package.json")) as Manifest,
  );

/** A program that goes through every door of every package, and asks every program that comes with one for its help. */
export function everyDoor(root: string): string {
  const manifests = manifestsIn(root);
  const doors = manifests.flatMap(({ name, exports = {} }) =>
    Object.keys(exports)
      .filter((door) => door !== "./package.json")
      .map((door) => name + door.slice(1)),
  );
  const programs = manifests.flatMap(({ bin = {} }) => Object.keys(bin));
  return `import { execFileSync } from "node:child_process";
import { join } from "node:path";
for (const door of ${JSON.stringify(doors)}) {
  if (Object.keys(await import(door)).length === 0) throw new Error(\`\${door} exports nothing\`);
}
for (const program of ${JSON.stringify(programs)}) {
  const path = join("node_modules", ".bin", program);
  const help = execFileSync(path, ["--help"], { encoding: "utf8", shell: process.platform === "win32" });
  if (!help.includes(program)) throw new Error(\`\${program} --help does not say its name: \${help}\`);
}
`;
}
