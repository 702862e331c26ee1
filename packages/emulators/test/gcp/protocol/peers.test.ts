import { describe, expect, it, vi } from "vitest";
import { loadPeers } from "../../../src/gcp/protocol/peers.ts";

vi.mock("@grpc/proto-loader", () => {
  throw new Error("Cannot find package");
});

describe("the optional peers", () => {
  it("are named when they are not installed", async () => {
    await expect(loadPeers(undefined)).rejects.toThrow("needs the package @grpc/proto-loader");
  });
});
