import { capabilities } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import { allCases, claimsOf, describeConformance, type CreateHarness } from "../src/index.ts";

/** Registers with a runner that keeps what it is given. */
function registered(create: CreateHarness): {
  readonly titles: readonly string[];
  readonly bodies: readonly ((...given: readonly unknown[]) => Promise<void>)[];
} {
  const titles: string[] = [];
  const bodies: ((...given: readonly unknown[]) => Promise<void>)[] = [];
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

  it("notes the verdict where vitest keeps what is known of a test, and asks no runner for a callback", async () => {
    const { bodies } = registered(() => Promise.reject(new Error("no back end")));
    expect(bodies.filter(({ length }) => length > 0)).toEqual([]);
    const meta = {};
    await expect(bodies[0]?.(Object.assign(() => undefined, { task: { meta } }))).rejects.toThrow("no back end"); // vitest's is a function
    expect(meta).toEqual({ conformance: "failed" });
    for (const given of [undefined, null, () => undefined, { task: 7 }]) {
      await expect(bodies[0]?.(given)).rejects.toThrow("no back end");
    }
  });
});
