import { describe, expect, it } from "vitest";
import { adapterRooms } from "../src/adapter-rooms.ts";
import { inWorkspace } from "./workspace.ts";

const filesOf = (adapter: string, rooms: readonly string[]): Record<string, string> =>
  Object.fromEntries(rooms.map((room) => [`packages/${adapter}/src/${room}.ts`, "export {};\n"]));
const shared = ["index", "driver", "options", "key-id", "algorithms", "capabilities", "errors", "keys"];
const aws = filesOf("aws", [...shared, "client", "permissions", "encryption"]);
const own = filesOf("self-managed", [...shared, "primitives", "records", "sealed", "roots", "stores/memory"]);
const findingsIn = (files: Record<string, string>): Promise<readonly string[]> =>
  inWorkspace(files, async (root) => (await adapterRooms.run(root)).findings);
const without = (files: Record<string, string>, path: string): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([file]) => file !== path));

describe("the rooms of an adapter", () => {
  it("pass where a cloud's adapter and own keys have theirs", async () => {
    expect(await findingsIn({ ...aws, ...own })).toEqual([]);
  });

  it.each([
    ["a room is missing", without(aws, "packages/aws/src/permissions.ts"), "permissions"],
    ["own keys have no records", without(own, "packages/self-managed/src/records.ts"), "records"],
    ["a new adapter's rooms are not known", { ...aws, "packages/vault/src/driver.ts": "" }, "packages/vault"],
    [
      "a room is empty",
      { ...without(aws, "packages/aws/src/permissions.ts"), "packages/aws/src/permissions/README.md": "" },
      "permissions",
    ],
    ["a file stands in no room", { ...aws, "packages/aws/src/utilities.ts": "" }, "utilities"],
    ["own keys have a client", { ...own, "packages/self-managed/src/client.ts": "" }, "client"],
    ["the driver has 80 lines", { ...aws, "packages/aws/src/driver.ts": "x;\n".repeat(80) }, "driver.ts"],
    [
      "nothing does anything",
      filesOf("gcp", [...shared.slice(0, -1), "client", "permissions"]),
      "no file of operations",
    ],
  ])("are refused where %s", async (_, files, word) => {
    const findings = await findingsIn(files);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(word);
  });

  it("may be more where each is listed with its reason, and a listing of what is gone is refused", async () => {
    const list = JSON.stringify({
      "aws/grants": "an operation that the contract does not have",
      "aws/gone": "was there",
    });
    const findings = await findingsIn({
      ...aws,
      "packages/aws/src/grants.ts": "",
      "tooling/checks/adapter-rooms.json": list,
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain("aws/gone");
  });
});
