import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { METHODS } from "../../../src/gcp/operations/index.ts";
import { DEFINITIONS } from "../../../src/gcp/protocol/definitions.ts";
import { definitionsOfOfficialClient } from "./source.ts";
import { DEFINITIONS_FILE, DEFINITIONS_HEADER } from "./write-definitions.ts";

const { google } = DEFINITIONS.nested ?? {};
const keyManagement = google?.nested?.["cloud"]?.nested?.["kms"]?.nested?.["v1"]?.nested?.["KeyManagementService"];
const iamPolicy = google?.nested?.["iam"]?.nested?.["v1"]?.nested?.["IAMPolicy"];

describe("the protocol definitions", () => {
  it("are those that the official client ships, trimmed", () => {
    expect(DEFINITIONS).toEqual(definitionsOfOfficialClient());
  });

  it("name their source and its licence", () => {
    expect(readFileSync(DEFINITIONS_FILE, "utf8").startsWith(DEFINITIONS_HEADER)).toBe(true);
  });

  it("have exactly the methods that the emulator has", () => {
    const defined = [...Object.keys(keyManagement?.methods ?? {}), ...Object.keys(iamPolicy?.methods ?? {})];
    expect(defined.toSorted()).toEqual([...METHODS.keys()].toSorted());
  });
});
