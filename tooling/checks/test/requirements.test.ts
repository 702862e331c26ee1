import { describe, expect, it } from "vitest";
import { requirements } from "../src/requirements.ts";
import { inWorkspace } from "./workspace.ts";

const all = (first: unknown): string =>
  JSON.stringify(
    Object.fromEntries(
      Array.from({ length: 80 }, (_, index) => [
        index + 1,
        index === 0 ? first : { requirement: "a", notPromised: "because" },
      ]),
    ),
  );

const findingsIn = (list: string): Promise<readonly string[]> =>
  inWorkspace(
    {
      "packages/core/docs/requirements.json": list,
      "packages/core/test/a.test.ts": `it("a key that says \\"no\\" is refused", () => {});`,
      "packages/conformance/src/cases.ts": `const title = "every byte is flipped";`,
    },
    async (root) => (await requirements.run(root)).findings,
  );

describe("the list of requirements", () => {
  it("titles of tests and of conformance cases, later work and non-promises pass", async () => {
    const tests = ['a key that says "no" is refused', "every byte is flipped"];
    expect(await findingsIn(all({ requirement: "a", tests }))).toEqual([]);
    expect(await findingsIn(all({ requirement: "a", later: "durable stores" }))).toEqual([]);
  });

  it.each([
    ["a title that does not exist", { requirement: "a", tests: ["every byte is flipped twice"] }],
    ["a part of a title", { requirement: "a", tests: ["every byte"] }],
    ["no answer", { requirement: "a" }],
    ["no tests", { requirement: "a", tests: [] }],
    ["an empty reason", { requirement: "a", notPromised: "" }],
    ["an unknown member", { requirement: "a", notPromised: "b", test: "c" }],
    ["no text", { notPromised: "b" }],
    ["nothing", undefined],
  ])("%s is refused", async (_, entry) => {
    expect(await findingsIn(all(entry))).toHaveLength(1);
  });

  it("a number beyond the list and a missing list are refused", async () => {
    const list = all({ requirement: "a", later: "b" }).replace(/\}$/, `,"81":{"requirement":"a","later":"b"}}`);
    expect(await findingsIn(list)).toHaveLength(1);
    expect(await inWorkspace({}, async (root) => (await requirements.run(root)).findings)).toHaveLength(1);
  });
});
