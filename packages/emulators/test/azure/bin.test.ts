import { KeyClient } from "@azure/keyvault-keys";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { startAzureEmulator } from "../../src/azure/index.ts";
import { readCommand } from "../../src/bin/command.ts";
import { guideAzure } from "../../src/bin/guide-azure.ts";
import { runScript } from "../gcp/run-script.ts";

const BIN = new URL("../../src/bin.ts", import.meta.url);
const TSX = createRequire(new URL("../../../../package.json", import.meta.url)).resolve("tsx");

let child: ChildProcess | undefined;
afterEach(() => child?.kill("SIGKILL"));

const valueOf = (text: string, name: string): string => new RegExp(`^${name} +(\\S+)`, "m").exec(text)?.[1] ?? "";

/** Starts the program and gives what it printed once it is up. */
const run = (...args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const command = ["--import", pathToFileURL(TSX).href, fileURLToPath(BIN), ...args];
    const running = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
    child = running;
    let output = "";
    running.stdout.on("data", (chunk: unknown) => {
      output += String(chunk);
      if (output.includes("Ctrl+C ends it.")) resolve(output);
    });
    running.once("close", () => reject(new Error(`it ended and had printed ${output}`)));
  });

describe("kms-emulators azure", () => {
  it("is read with port, flavour and certificate", () => {
    expect(readCommand(["azure"])).toEqual({ kind: "azure", options: {}, certificatePath: undefined });
    const args = ["azure", "--port", "4700", "--flavour", "managed-hsm", "--certificate", "ca.pem"];
    expect(readCommand(args)).toEqual({
      kind: "azure",
      options: { port: 4700, flavour: "managed-hsm" },
      certificatePath: "ca.pem",
    });
  });

  it("prints where it is and how clients reach it, with the certificate unless that was written", async () => {
    const emulator = await startAzureEmulator({ flavour: "managed-hsm" });
    const [printed, written] = [guideAzure(emulator, undefined), guideAzure(emulator, "/tmp/ca.pem")];
    await emulator.close();
    for (const part of [emulator.vaultUrl, emulator.accessToken, emulator.resource, "NOT FOR PRODUCTION"]) {
      expect(printed).toContain(part);
      expect(written).toContain(part);
    }
    expect(printed).toContain(emulator.certificate.trim());
    expect(written).not.toContain("BEGIN CERTIFICATE");
    expect(written).toContain("--cacert /tmp/ca.pem");
  });

  it("serves the official client with what it printed and wrote", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kms-emulators-"));
    const path = join(folder, "ca.pem");
    const text = await run("azure", "--flavour", "premium", "--certificate", path);
    const credential = {
      getToken: async () => ({
        token: valueOf(text, "access token"),
        expiresOnTimestamp: Date.now() + 3_600_000,
      }),
    };
    const tlsOptions = { ca: await readFile(path, "utf8") };
    const options = { disableChallengeResourceVerification: true, tlsOptions };
    const client = new KeyClient(valueOf(text, "vault url"), credential, options);
    const key = await client.createKey("orders", "EC-HSM", { curve: "P-256", keyOps: ["sign"] });
    expect(key.keyType).toBe("EC-HSM");
    await rm(folder, { recursive: true });
  });

  it("says why it did not start when the certificate cannot be written", async () => {
    const { code, output } = await runScript(BIN, ["azure", "--certificate", "/nowhere/ca.pem"]);
    expect(code).toBe(1);
    expect(output).toContain("did not start");
  });

  it("leaves nothing open when it is closed", async () => {
    const { code, output } = await runScript(new URL("start-and-close.ts", import.meta.url));
    expect({ code, output }).toEqual({ code: 0, output: "closed" });
  });
});
