import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Check } from "./check.ts";
import { readReasons } from "./json-file.ts";

interface Packaged {
  readonly os?: readonly string[] | undefined;
  readonly cpu?: readonly string[] | undefined;
  readonly libc?: readonly string[] | undefined;
}

interface Lockfile {
  readonly packages?: Readonly<Record<string, Packaged>> | undefined;
  readonly snapshots?:
    | Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> | undefined }>>
    | undefined;
}

const listName = "tooling/checks/lockfile-platforms.json";

/** What a developer's machine or a CI runner is. */
const platforms = ["darwin-arm64", "darwin-x64", "win32-x64", "linux-x64", "linux-arm64"];

const platformsOf = ({ os = [], cpu = [], libc = [] }: Packaged): string[] =>
  os.flatMap((system) =>
    cpu.flatMap((processor) => {
      const platform = `${system}-${processor}`;
      return libc.length === 0 ? [platform] : libc.map((library) => `${platform}-${library}`);
    }),
  );

/** Where one binary is made for glibc or musl alone, both are wanted. */
const wantedFrom = (present: ReadonlySet<string>): string[] => {
  const tellsLibraries = [...present].some((platform) => /-(glibc|musl)$/.test(platform));
  if (!tellsLibraries) return platforms;
  return platforms.flatMap((platform) =>
    platform.startsWith("linux") && !present.has(platform) ? [`${platform}-glibc`, `${platform}-musl`] : [platform],
  );
};

const familiesOf = ({ packages = {}, snapshots = {} }: Lockfile): { tool: string; present: Set<string> }[] =>
  Object.entries(snapshots).flatMap(([tool, { optionalDependencies = {} }]) => {
    const native = Object.entries(optionalDependencies)
      .map(([name, version]) => packages[`${name}@${version.replace(/\(.*$/, "")}`])
      .filter((packaged) => packaged?.os !== undefined && packaged.cpu !== undefined);
    const present = new Set(native.flatMap((packaged) => (packaged === undefined ? [] : platformsOf(packaged))));
    return native.length > 0 ? [{ tool: tool.replace(/\(.*$/, ""), present }] : [];
  });

/**
 * The lockfile holds each native tool's binaries for every platform: the installer leaves out, without a word, those
 * that it could not resolve when the lockfile was written, and a Mac then has no tool.
 */
export const lockfilePlatforms: Check = {
  name: "lockfile-platforms",
  run: (root) => {
    const reasons = readReasons(join(root, listName));
    const families = familiesOf(parse(readFileSync(join(root, "pnpm-lock.yaml"), "utf8")) as Lockfile);
    const missing = families.flatMap(({ tool, present }) =>
      wantedFrom(present)
        .filter((platform) => !present.has(platform))
        .map((platform) => ({ tool, platform, entry: `${tool.replace(/(.)@.*$/, "$1")} ${platform}` })),
    );
    const entries = new Set(missing.map(({ entry }) => entry));
    return {
      notes: [`${families.length} native tools: ${families.map(({ tool }) => tool).join(", ")}`],
      findings: [
        ...(families.length === 0 ? ["pnpm-lock.yaml names no native tool at all: has its format changed?"] : []),
        ...missing
          .filter(({ entry }) => !Object.hasOwn(reasons, entry))
          .map(
            ({ tool, platform }) => `${tool} has no binary for ${platform}: pin a version whose every binary resolves`,
          ),
        ...Object.keys(reasons)
          .filter((entry) => !entries.has(entry))
          .map((entry) => `"${entry}" is not missing any more: take it off ${listName}`),
      ],
    };
  },
};
