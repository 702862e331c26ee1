import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { lockfilePlatforms } from "../src/lockfile-platforms.ts";
import { inWorkspace } from "./workspace.ts";

type Binary = readonly [os: string, cpu: string, libc?: string];
const plain: readonly Binary[] = [
  ["darwin", "arm64"],
  ["darwin", "x64"],
  ["win32", "x64"],
  ["linux", "x64"],
  ["linux", "arm64"],
];
const perLibrary: readonly Binary[] = plain.flatMap(([os, cpu]): Binary[] =>
  os === "linux"
    ? [
        [os, cpu, "glibc"],
        [os, cpu, "musl"],
      ]
    : [[os, cpu]],
);

const lockfile = (binaries: readonly Binary[]): string => {
  const named = binaries.map(([os, cpu, libc]) => ({
    name: `@tool/${[os, cpu, libc].join("-")}`,
    entry: { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) },
  }));
  return stringify({
    packages: Object.fromEntries(named.map(({ name, entry }) => [`${name}@1.0.0`, entry])),
    snapshots: {
      "tool@1.0.0": { optionalDependencies: Object.fromEntries(named.map(({ name }) => [name, "1.0.0"])) },
    },
  });
};

const findingsIn = (binaries: readonly Binary[], list = "{}"): Promise<readonly string[]> =>
  inWorkspace(
    { "pnpm-lock.yaml": lockfile(binaries), "tooling/checks/lockfile-platforms.json": list },
    async (root) => (await lockfilePlatforms.run(root)).findings,
  );

describe("the platforms of the lockfile", () => {
  it("a tool with a binary for every platform passes, told by C library or not", async () => {
    expect(await findingsIn(plain)).toEqual([]);
    expect(await findingsIn(perLibrary)).toEqual([]);
  });

  it.each(perLibrary.map((_, index) => index))("the binary that was left out is named (%i)", async (index) => {
    const findings = await findingsIn(perLibrary.filter((_, each) => each !== index));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain((perLibrary[index] ?? []).join("-"));
  });

  it("a tool of which one binary is left lacks all the others", async () => {
    expect(await findingsIn(plain.slice(0, 1))).toHaveLength(plain.length - 1);
  });

  it("a binary that was never made is listed with its reason, and a stale listing is refused", async () => {
    const list = JSON.stringify({ "tool win32-x64": "never made" });
    expect(
      await findingsIn(
        plain.filter(([os]) => os !== "win32"),
        list,
      ),
    ).toEqual([]);
    expect(await findingsIn(plain, list)).toHaveLength(1);
  });

  it("a lockfile in which no native tool is found is refused", async () => {
    expect(await findingsIn([])).toHaveLength(1);
  });
});
