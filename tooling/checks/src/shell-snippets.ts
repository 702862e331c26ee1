import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Manifest {
  readonly name?: string | undefined;
  readonly scripts?: Readonly<Record<string, string>> | undefined;
  readonly peerDependencies?: Readonly<Record<string, string>> | undefined;
}

/** What a shell block may name: the root's scripts, our packages and their peers. */
export interface ShellNames {
  readonly scripts: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
}

const manifestAt = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

/** Reads what may be named out of the workspace at `root`, whose packages stand in `folders`. */
export const shellNames = (root: string, folders: readonly string[]): ShellNames => {
  const manifests = folders.map((folder) => manifestAt(join(root, folder)));
  const names = manifests.flatMap(({ name, peerDependencies = {} }) => [name, ...Object.keys(peerDependencies)]);
  return {
    scripts: new Set(Object.keys(manifestAt(root).scripts ?? {})),
    packages: new Set(names.filter((name) => name !== undefined)),
  };
};

const scriptOf = (words: readonly string[]): string | undefined => {
  const [first, ...rest] = words.filter((word) => word !== "-s" && word !== "--silent");
  return first === "run" ? rest[0] : first === "test" || first === "start" ? first : undefined;
};

const faultOf = (line: string, { scripts, packages }: ShellNames): string | undefined => {
  const [command = "", ...words] = line.split(/\s+/);
  const unverifiable = `\`${line}\` is not verified here: say before the block why it is not run`;
  if (command === "cd" || line.startsWith("git clone ")) return undefined;
  if (command !== "npm") return unverifiable;
  const [verb = "", ...names] = words.filter((word) => !word.startsWith("-"));
  if (verb === "install" || verb === "i") {
    const strange = names.filter((name) => !packages.has(name.replace(/(.)@.*$/, "$1")));
    return strange.length === 0 ? undefined : `\`${line}\` installs ${strange.join(", ")}, no package or peer of ours`;
  }
  const script = scriptOf(words);
  if (script === undefined) return unverifiable;
  return scripts.has(script) ? undefined : `\`${line}\` names a script that the root does not have`;
};

/** What is wrong with a shell block: its commands are looked up, not run, for most would run this check again. */
export const shellFaults = (code: string, names: ShellNames): string[] =>
  code
    .split("\n")
    .map((line) =>
      line
        .replace(/^\$ /, "")
        .replace(/\s+#.*$/, "")
        .trim(),
    )
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => faultOf(line, names) ?? []);
