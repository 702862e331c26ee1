import { describe, expect, it } from "vitest";
import { withMatrix } from "../src/readme.ts";

const page = (inside: string): string =>
  `# Title\n\n<!-- conformance matrix -->\n\n${inside}\n\n<!-- /conformance matrix -->\n\nMore.\n`;

describe("withMatrix", () => {
  it("puts the matrix between the markers and leaves the rest", () => {
    expect(withMatrix(page("| old |"), "| new |")).toBe(page("| new |"));
  });

  it("changes nothing when the matrix is the same", () => {
    expect(withMatrix(page("| same |"), "| same |")).toBe(page("| same |"));
  });

  it("answers nothing for a page without both markers in order", () => {
    expect(withMatrix("# Title", "| new |")).toBeUndefined();
    expect(withMatrix("<!-- /conformance matrix -->\n<!-- conformance matrix -->", "| new |")).toBeUndefined();
  });
});
