import { describe, expect, it } from "vitest";
import { startGcpEmulator } from "../../src/gcp/index.ts";
import { readCommand } from "../../src/bin/command.ts";
import { guideGcp } from "../../src/bin/guide-gcp.ts";
import { runScript } from "./run-script.ts";

describe("kms-emulators gcp", () => {
  it("is read with port, project and location", () => {
    expect(readCommand(["gcp"])).toEqual({ kind: "gcp", options: {} });
    expect(readCommand(["gcp", "--port", "4600", "--project", "my-project", "--location", "global"])).toEqual({
      kind: "gcp",
      options: { port: 4600, projectId: "my-project", location: "global" },
    });
  });

  it("prints where it is and how clients reach it", async () => {
    const emulator = await startGcpEmulator({ location: "global" });
    const text = guideGcp(emulator);
    await emulator.close();
    for (const part of [
      `grpc.NewClient("${emulator.endpoint}"`,
      `grpc.insecure_channel("${emulator.endpoint}")`,
      `port: ${emulator.clientConfiguration.port}`,
      `projects/${emulator.projectId}/locations/global`,
      "NOT FOR PRODUCTION",
    ]) {
      expect(text).toContain(part);
    }
    expect(text.split(emulator.accessToken)).toHaveLength(6);
  });

  it("does not start for a project that cannot be, and says so", async () => {
    const { code, output } = await runScript(new URL("../../src/bin.ts", import.meta.url), ["gcp", "--project", "x"]);
    expect(code).toBe(1);
    expect(output).toContain("did not start");
  });
});
