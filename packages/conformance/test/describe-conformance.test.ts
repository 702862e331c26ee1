import { capabilities } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import { allCases, claimsOf, describeConformance, type CreateHarness } from "../src/index.ts";

/** Registers with a runner that keeps what it is given. */
function registered(create: CreateHarness): {
  readonly titles: readonly string[];
  readonly bodies: readonly (() => Promise<void>)[];
} {
  const titles: string[] = [];
  const bodies: (() => Promise<void>)[] = [];
  const expected = claimsOf(capabilities({ kind: "x", rows: [] }), []);
  describeConformance(
    {
      describe: (_, body) => body(),
      it: (title, body) => {
        titles.push(title);
        bodies.push(body);
      },
    },
    { name: "x", create, expected },
  );
  return { titles, bodies };
}

describe("describeConformance", () => {
  it("registers every case under its id and title, and opens nothing before one runs", () => {
    let opened = 0;
    const { titles } = registered(() => {
      opened += 1;
      return Promise.reject(new Error("no back end"));
    });
    expect(titles).toEqual(allCases.map(({ id, title }) => `${id}: ${title}`));
    expect(opened).toBe(0);
  });

  it("fails every case when the back end cannot be opened", async () => {
    const reason = new Error("no back end");
    const { bodies } = registered(() => Promise.reject(reason));
    for (const body of bodies) await expect(body()).rejects.toBe(reason);
  });
});
