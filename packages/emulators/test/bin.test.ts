import { CreateKeyCommand, KMSClient, ListKeysCommand } from "@aws-sdk/client-kms";
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { startAwsEmulator } from "../src/aws/index.ts";
import { readCommand } from "../src/bin/command.ts";
import { guide } from "../src/bin/guide.ts";
import { nameOf, start } from "./aws/setup.ts";

const BIN = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
// From the root of the repository, which has the TypeScript loader.
const TSX = createRequire(new URL("../../../package.json", import.meta.url)).resolve("tsx");

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has printed, once that holds `text`; both streams. */
  printed(text: string): Promise<string>;
}

function run(...args: readonly string[]): Running {
  const child = spawn(process.execPath, ["--import", pathToFileURL(TSX).href, BIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let output = "";
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const printed = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (chunk: unknown): void => {
        output += String(chunk);
        if (output.includes(text)) resolve(output);
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      void ended.then(() => reject(new Error(`it ended and had printed ${output}`)));
    });
  return { child, ended, printed };
}

const valueOf = (text: string, name: string): string => new RegExp(`^${name} +(\\S+)$`, "m").exec(text)?.[1] ?? "";

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return free;
}

describe("kms-emulators aws", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "prints where it is, serves the official client, and ends on %s with nothing left",
    async (signal) => {
      const { child, ended, printed } = run("aws", "--region", "us-east-1");
      const text = await printed("Ctrl+C ends it.");
      const [endpoint, region] = [valueOf(text, "endpoint"), valueOf(text, "region")];
      expect(region).toBe("us-east-1");
      expect(text).toContain("NOT FOR PRODUCTION");
      const credentials = {
        accessKeyId: valueOf(text, "access key id"),
        secretAccessKey: valueOf(text, "secret access key"),
      };
      const client = new KMSClient({ endpoint, region, credentials, maxAttempts: 1 });
      const { KeyMetadata: metadata } = await client.send(new CreateKeyCommand({}));
      expect(metadata?.Arn).toContain(":us-east-1:");
      child.kill(signal); // with the client's connection still open
      expect(await ended).toEqual({ code: 0, signal: null });
      expect(await nameOf(client.send(new ListKeysCommand({})))).not.toBe("none");
      client.destroy();
      expect(await isFree(Number(new URL(endpoint).port))).toBe(true);
    },
  );

  it("listens on the port that it is given, and says when that is taken", async () => {
    const { emulator } = await start();
    const { port } = new URL(emulator.endpoint);
    const { ended, printed } = run("aws", "--port", port);
    expect(await printed("EADDRINUSE")).toContain("did not start");
    expect(await ended).toEqual({ code: 1, signal: null });
  });

  it("ends with 2 and the usage for a command line that it cannot follow", async () => {
    const { ended, printed } = run("oracle");
    expect(await printed("kms-emulators aws")).toContain("--port");
    expect(await ended).toEqual({ code: 2, signal: null });
  });
});

describe("readCommand", () => {
  it("reads port and region", () => {
    expect(readCommand(["aws"])).toEqual({ kind: "aws", options: {} });
    expect(readCommand(["aws", "--port", "4599", "--region", "eu-central-1"])).toEqual({
      kind: "aws",
      options: { port: 4599, region: "eu-central-1" },
    });
  });

  it("prints the usage when asked", () => {
    expect(readCommand(["--help"])).toMatchObject({ kind: "print", code: 0 });
    expect(readCommand(["aws", "-h"])).toMatchObject({ kind: "print", code: 0 });
  });

  it.each([
    [[]],
    [["oracle"]],
    [["azure", "--region", "westeurope"]],
    [["azure", "--flavour", "basic"]],
    [["aws", "--project", "p"]],
    [["gcp", "--region", "eu-west-1"]],
    [["gcp", "--port", "0"]],
    [["aws", "aws"]],
    [["aws", "--port"]],
    [["aws", "--port", "0"]],
    [["aws", "--port", "x"]],
    [["aws", "--port", "4599x"]],
    [["aws", "--host", "0.0.0.0"]],
  ])("cannot follow %j", (args) => {
    expect(readCommand(args)).toMatchObject({ kind: "print", code: 2 });
  });
});

describe("guide", () => {
  it("names endpoint, region and credentials for each client, and the variable of AWS's clients", async () => {
    const emulator = await startAwsEmulator();
    const text = guide(emulator);
    await emulator.close();
    for (const part of [
      `export AWS_ENDPOINT_URL_KMS=${emulator.endpoint}`,
      `export AWS_REGION=${emulator.region}`,
      `--endpoint-url ${emulator.endpoint}`,
      `boto3.client("kms", endpoint_url="${emulator.endpoint}"`,
      "new KMSClient({",
      `endpoints { kms = "${emulator.endpoint}" }`,
    ]) {
      expect(text).toContain(part);
    }
    expect(text.split(emulator.clientConfiguration.credentials.secretAccessKey)).toHaveLength(6);
  });
});
