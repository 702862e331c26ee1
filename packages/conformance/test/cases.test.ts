import { describe, expect, it } from "vitest";
import { allCases } from "../src/index.ts";

describe("the cases", () => {
  it("are at least sixty, each with an id of its own", () => {
    expect(allCases.length).toBeGreaterThanOrEqual(60);
    expect(new Set(allCases.map(({ id }) => id)).size).toBe(allCases.length);
  });

  it.each(allCases)("$id has a stable id, a sentence and a source", ({ id, title, shows }) => {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*\/[a-z]+(-[a-z]+)*$/);
    expect(title.length).toBeGreaterThan(20);
    expect(shows).toMatch(/design\.md|crypto-rules\.md|requirements|provider-bugs\.md|contract|style\.md|RFC/);
  });
});
