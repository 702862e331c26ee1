import { describe, expect, it, vi } from "vitest";
import { startAzureEmulator } from "../../src/azure/index.ts";

vi.mock("node-forge", () => {
  throw new Error("Cannot find package");
});

describe("the optional peer", () => {
  it("is named when it is not installed, each time", async () => {
    await expect(startAzureEmulator()).rejects.toThrow("needs the package node-forge");
    await expect(startAzureEmulator()).rejects.toThrow("needs the package node-forge");
  });
});
