import type { AuditEvent } from "@kms/core";
import { describe, expect, it } from "vitest";
import { leakedFiles, windowBytes } from "../src/leaks.ts";

const bytes = Uint8Array.from({ length: 300 }, (_, index) => (index * 131 + 89) % 251);
const text = new TextEncoder().encode("Tensile strength at least 600 MPa, proof stress at least 250 MPa.");
const document = (content: Uint8Array, name = "a.bin") => ({ name, type: "text/plain", path: "", bytes: content });
const event = (diagnostic: string): AuditEvent => ({
  at: new Date(0),
  phase: "outcome",
  operation: "decrypt",
  provider: "own",
  correlation: "1",
  diagnostic,
});

describe("leakedFiles", () => {
  it("finds nothing where nothing is", () => {
    expect(leakedFiles([event("a tag did not fit")], [document(bytes), document(text)])).toEqual([]);
  });

  it("finds a file in clear text", () => {
    expect(leakedFiles([event(`opened: ${new TextDecoder().decode(text)}`)], [document(text)])).toEqual(["a.bin"]);
  });

  it.each(["hex", "base64", "base64url"] as const)("finds the end of a file in %s", (encoding) => {
    const end = Buffer.from(bytes.subarray(-windowBytes - 2)).toString(encoding);
    expect(leakedFiles([event(`found ${end}`)], [document(bytes)])).toEqual(["a.bin"]);
  });

  it.each([0, 1, 2])("finds a file in base64 that begins %i bytes before it", (before) => {
    const said = Buffer.concat([Buffer.alloc(before, 7), bytes]).toString("base64");
    expect(leakedFiles([event(said)], [document(bytes)])).toEqual(["a.bin"]);
  });

  it("takes a file's name for no content, also where the file begins with it", () => {
    const name = "inspection-procedure-QP-17-issue-6.txt";
    expect(leakedFiles([event(name)], [document(new TextEncoder().encode(name), name)])).toEqual([]);
  });
});
