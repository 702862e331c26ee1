import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import type { Check } from "./check.ts";
import { bytesOf, withTarballs, type Tarball } from "./packed.ts";
import { runCommand } from "./run-command.ts";

const attw = fileURLToPath(import.meta.resolve("@arethetypeswrong/cli/package.json")).replace(
  /package\.json$/,
  "dist/index.js",
);

const publintFindings = async (tarball: Tarball): Promise<string[]> => {
  const { messages, pkg } = await publint({ pack: { tarball: bytesOf(tarball) }, level: "warning", strict: true });
  return messages.map(
    (message) => `${tarball.name}: publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`,
  );
};

const typeFindings = ({ name, path }: Tarball, folder: string): string[] => {
  const values = [attw, path, "--profile", "esm-only", "--no-emoji", "--no-color", "--format", "ascii"];
  const { ok, output } = runCommand(process.execPath, values, folder);
  return ok ? [] : [`${name}: are the types wrong:\n${output}`];
};

/** What publint and "are the types wrong" say of tarballs; `folder` is where the latter may work. */
export const examine = async (tarballs: readonly Tarball[], folder: string): Promise<string[]> => {
  const lint = await Promise.all(tarballs.map(publintFindings));
  return [...lint.flat(), ...tarballs.flatMap((tarball) => typeFindings(tarball, folder))];
};

/** Each package, packed as it would be published, satisfies publint and has types that resolve (ESM only). */
export const publishedPackages: Check = {
  name: "published-packages",
  run: (root) => withTarballs(root, async (tarballs, folder) => ({ findings: await examine(tarballs, folder) })),
};
