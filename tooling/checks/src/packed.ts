import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJson } from "./json-file.ts";
import { runCommand } from "./run-command.ts";

/** A package as it would be published. */
export interface Tarball {
  readonly name: string;
  readonly path: string;
}

const packageNames = (root: string): string[] =>
  readdirSync(join(root, "packages")).map((folder) => {
    const manifest = readJson(join(root, "packages", folder, "package.json")) as { readonly name: string };
    return manifest.name;
  });

const packOne = (root: string, name: string, into: string): Tarball => {
  const before = new Set(readdirSync(into));
  const { ok, output } = runCommand("pnpm", ["--filter", name, "pack", "--pack-destination", into], root);
  const fresh = readdirSync(into).find((file) => !before.has(file));
  if (!ok || fresh === undefined) throw new Error(`${name} could not be packed:\n${output}`);
  return { name, path: join(into, fresh) };
};

/** Builds every package, packs each, hands the tarballs over and removes them afterwards. */
export const withTarballs = async <T>(
  root: string,
  use: (tarballs: readonly Tarball[], folder: string) => Promise<T>,
): Promise<T> => {
  const built = runCommand("turbo", ["run", "build", "--output-logs=errors-only"], root);
  if (!built.ok) throw new Error(`the packages do not build:\n${built.output}`);
  const folder = mkdtempSync(join(tmpdir(), "kms-packed-"));
  try {
    return await use(
      packageNames(root).map((name) => packOne(root, name, folder)),
      folder,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The bytes of a tarball, in a buffer of their own. */
export const bytesOf = ({ path }: Tarball): ArrayBuffer => {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
};
