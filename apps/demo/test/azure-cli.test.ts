import { chmodSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { azureCliCredential } from "../src/live/azure-cli.ts";
import { temporaryFolder } from "./temporary-folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

const scope = "https://vault.azure.net/.default";

/** Puts a command `az` in front of every other, which prints this and ends so; answers what it was called with. */
function az(prints: string, code = 0): () => string {
  const folder = temporaryFolder({
    az: `#!/bin/sh\necho "$@" > "$0.called"\ncat "$0.prints"\nexit ${code}\n`,
    "az.prints": prints,
  });
  chmodSync(join(folder, "az"), 0o700);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"]}`);
  return () => readFileSync(join(folder, "az.called"), "utf8").trim();
}

describe("the credential of the Azure CLI", () => {
  it("asks for a token of the scope and tenant that the vault's challenge names", async () => {
    const called = az('{"accessToken":"a.b.c","expires_on":1795683600,"expiresOn":"2026-11-26 09:00:00.000000"}');
    const options = { tenantId: "72f988bf-86f1-41af-91ab-2d7cd011db47" };
    expect(await azureCliCredential.getToken(scope, options)).toEqual({
      token: "a.b.c",
      expiresOnTimestamp: 1_795_683_600_000,
    });
    expect(called()).toBe(
      `account get-access-token --output json --scope ${scope} --tenant 72f988bf-86f1-41af-91ab-2d7cd011db47`,
    );
  });

  it("reads the local time of older releases", async () => {
    az('{"accessToken":"a.b.c","expiresOn":"2026-11-26 09:00:00.000000"}');
    const answer = await azureCliCredential.getToken([scope]);
    expect(answer?.expiresOnTimestamp).toBe(new Date(2026, 10, 26, 9).getTime());
  });

  it.each([
    ["ends with an error", '{"accessToken":"SECRET-TOKEN","expires_on":1}', 1],
    ["prints no JSON", "SECRET-TOKEN", 0],
    ["prints no token", '{"expires_on":1795683600}', 0],
    ["prints no date", '{"accessToken":"SECRET-TOKEN"}', 0],
  ])("is denied where the command %s, and repeats none of it", async (_, prints, code) => {
    az(prints, code);
    const error: unknown = await azureCliCredential.getToken(scope).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "PERMISSION_DENIED" });
    expect(error instanceof Error ? `${error.stack} ${JSON.stringify(error)}` : "").not.toContain("SECRET-TOKEN");
  });

  it("is denied where there is no such command", async () => {
    vi.stubEnv("PATH", temporaryFolder());
    await expect(azureCliCredential.getToken(scope)).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });

  it.each([
    ["a scope", "https://vault.azure.net/.default; rm -rf /", {}],
    ["a tenant", scope, { tenantId: "$(whoami)" }],
  ])("runs no command for %s that is none", async (_, asked, options) => {
    const called = az("{}");
    await expect(azureCliCredential.getToken(asked, options)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(called).toThrow("ENOENT");
  });
});
