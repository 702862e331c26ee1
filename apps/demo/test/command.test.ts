import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { NotTaken } from "../src/attempt.ts";
import { reportOf, type Report } from "./reports.ts";
import { flags, main, root, runCommand } from "./run-command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const brokenMain = fileURLToPath(new URL("./broken-main.ts", import.meta.url));
const timeoutMs = 300_000;

const notTaken = (report: Report, backend: string): readonly NotTaken[] =>
  report.stories
    .filter(({ name }) => name === backend)
    .flatMap(({ steps }) => steps.flatMap((step) => step.notTaken ?? []));

const answers = (report: Report, backend: string): readonly (readonly [string, string])[] =>
  report.stories
    .filter(({ name }) => name === backend)
    .flatMap(({ steps }) =>
      steps.flatMap(({ refusals = [] }) => refusals.map(({ what, found }) => [what, found] as const)),
    );

/** How many files a step says that it encrypted. */
const counted = ({ stories }: Report, backend: string, name: string): number | undefined =>
  stories.find((story) => story.name === backend)?.steps.find((step) => step.name === name)?.counts?.["encrypted"];

describe("npm run demo", () => {
  it("tells the story of every back end on the own documents and ends with 0", { timeout: timeoutMs }, async () => {
    const { code, out, err } = await runCommand([]);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toContain("own keys, SQLite file");
    expect(out).toContain("AWS KMS");
    expect(out).toContain("Google Cloud KMS");
    expect(out).toContain("Azure Key Vault, standard tier");
    expect(out).toContain("Azure Managed HSM");
    expect(out.match(/handles opened by process \d+; this one is \d+/g)).toHaveLength(5);
    expect(
      out.match(/: a handle sealed before two rotations opens what versions \S+, \S+, \S+ encrypted/g),
    ).toHaveLength(5);
    expect(out).toContain(
      "so here: encryption under RSA-OAEP-2048-SHA256, mac without a key, spare under RSA-OAEP-2048-SHA256",
    );
    expect(out).toContain("not taken: encrypt TOO_LARGE: inspection-procedure.txt");
    for (const protectedFiles of out.match(/\d files: \d encrypted, \d signed/g) ?? []) {
      expect(protectedFiles).toBe("6 files: 6 encrypted, 6 signed");
    }
    for (const told of [
      "down: aws, azure, gcp; own opened 6 files",
      "down: azure, gcp, own; aws opened 6 files",
      "down: aws, gcp, own; azure opened 6 files",
      "down: aws, azure, own; gcp opened 6 files",
    ]) {
      expect(out).toContain(told);
    }
    expect(out.trimEnd().split("\n").at(-1)).toMatch(/^ok: 6 files .* 0 not, .* s$/);
  });

  it(
    "takes odd names and sizes, prints JSON alone, and refuses all that is tampered with",
    { timeout: timeoutMs },
    async () => {
      const folder = temporaryFolder({
        "empty.txt": "",
        "exactly 4,096.bin": new Uint8Array(4096).fill(7),
        "one more.bin": new Uint8Array(4097).fill(9),
        "смета – Q3 (final) 👍.txt": "Итого: 33 090,00\n",
        "below/__proto__": '{"a":1}',
        "below/-rf": "x",
        "below/line\nbreak": "y",
      });
      const { code, out, err } = await runCommand([folder, "--json"]);
      expect([code, err]).toEqual([0, ""]);
      const report = reportOf({ out });
      expect(report).toMatchObject({ ok: true, files: 7, backends: 5, failedSteps: 0, accepted: 0 });
      expect(report.documents.map(({ name }) => name)).toContain("below/line\nbreak");
      expect(notTaken(report, "own").filter(({ operation }) => operation !== "generateKey")).toEqual([]);
      expect(notTaken(report, "aws")).toEqual(
        expect.arrayContaining([
          { what: "empty.txt", operation: "encrypt", code: "UNSUPPORTED" },
          { what: "empty.txt", operation: "generateMac", code: "UNSUPPORTED" },
          { what: "one more.bin", operation: "encrypt", code: "TOO_LARGE" },
          { what: "one more.bin", operation: "generateMac", code: "TOO_LARGE" },
          { what: "ECDSA-P256-SHA256", operation: "rotateKey", code: "UNSUPPORTED" },
        ]),
      );
      expect(notTaken(report, "aws").some(({ what }) => what.startsWith("exactly"))).toBe(false);
      expect(notTaken(report, "gcp")).toEqual(
        expect.arrayContaining([
          { what: "empty.txt", operation: "encrypt", code: "UNSUPPORTED" },
          { what: "ECDH-P256", operation: "generateKey", code: "UNSUPPORTED" },
        ]),
      );
      expect(notTaken(report, "azure")).toEqual(
        expect.arrayContaining([
          { what: "AES-256-GCM", operation: "generateKey", code: "UNSUPPORTED" },
          { what: "HMAC-SHA256", operation: "generateKey", code: "UNSUPPORTED" },
          { what: "exactly 4,096.bin", operation: "encrypt", code: "TOO_LARGE" },
        ]),
      );
      expect(notTaken(report, "azure-hsm")).toEqual(
        expect.arrayContaining([
          { what: "HMAC-SHA256", operation: "generateKey", code: "UNSUPPORTED" },
          { what: "one more.bin", operation: "encrypt", code: "TOO_LARGE" },
        ]),
      );
      for (const backend of ["own", "aws", "gcp", "azure", "azure-hsm"]) {
        expect(answers(report, backend)).toEqual(
          expect.arrayContaining([
            ["handle, one bit flipped in its claims", "TAMPERED"],
            ["restricted handle, its restriction removed", "TAMPERED"],
            ["configuration, made exportable", "TAMPERED"],
            ["ciphertext, one bit flipped in its body", "DECRYPTION_FAILED"],
            ["signature, one bit flipped", "false"],
            ["decrypting under a disabled key", "INVALID_STATE"],
            ["audit log, a line removed", expect.stringMatching(/^removed, line \d+$/)],
          ]),
        );
      }
      for (const backend of ["own", "aws", "gcp", "azure", "azure-hsm", "together"]) {
        expect(answers(report, backend)).toEqual(
          expect.arrayContaining([
            ["message with one bit flipped in its id", "DECRYPTION_FAILED"],
            ["message with one bit flipped in a wrapped data key", "DECRYPTION_FAILED"],
            ["message with one bit flipped in a frame's content", "DECRYPTION_FAILED"],
            ["message without its last frame", "DECRYPTION_FAILED"],
            ["message one byte long", "DECRYPTION_FAILED"],
            ["message, associated data: another file's name", "DECRYPTION_FAILED"],
          ]),
        );
        expect(counted(report, backend, backend === "together" ? "encrypt for all" : "protect")).toBe(7);
      }
      for (const backend of ["own", "aws", "gcp", "azure-hsm"]) {
        expect(answers(report, backend)).toEqual(
          expect.arrayContaining([
            ["ciphertext, one bit flipped in its header", "DECRYPTION_FAILED"],
            ["associated data, another file's name", "DECRYPTION_FAILED"],
            ["encrypting under a disabled key", "INVALID_STATE"],
          ]),
        );
      }
      for (const backend of ["own", "aws", "gcp"]) {
        expect(answers(report, backend)).toContainEqual(["MAC, one bit flipped", "false"]);
      }
      expect(answers(report, "own")).toEqual(
        expect.arrayContaining([
          ["store, one bit of a record flipped", "TAMPERED"],
          ["store, a record deleted", "TAMPERED"],
          ["store, a trigger added to its schema", "TAMPERED"],
          ["store, opened through another root", "WRONG_ROOT_KEY"],
          ["making a key with the destroyed key's name", "ALREADY_EXISTS"],
        ]),
      );
    },
  );

  it("ends with 1 where a tampered input is accepted", { timeout: timeoutMs }, async () => {
    const { code, out } = await runCommand(["--json"], brokenMain);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false });
  });

  it("leaves no work folder behind where a signal ends it", { timeout: timeoutMs }, async () => {
    const temporary = temporaryFolder();
    const child = spawn(process.execPath, [...flags, main], { cwd: root, env: { ...process.env, TMPDIR: temporary } });
    const ended = once(child, "close");
    await once(child.stdout, "data"); // the first line: the folder is there by then
    const during = readdirSync(temporary).filter((name) => name.startsWith("kms-demo-"));
    child.kill("SIGTERM");
    expect([during.length, await ended]).toEqual([1, [143, null]]);
    expect(readdirSync(temporary).filter((name) => name.startsWith("kms-demo-"))).toEqual([]);
  });

  it("ends without a word where nobody reads on", { timeout: timeoutMs }, async () => {
    const temporary = temporaryFolder();
    const child = spawn(process.execPath, [...flags, main], { cwd: root, env: { ...process.env, TMPDIR: temporary } });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
    const ended = once(child, "close");
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect([await ended, complaint]).toEqual([[141, null], ""]);
    expect(readdirSync(temporary).filter((name) => name.startsWith("kms-demo-"))).toEqual([]);
  });

  it("ends with 2 and prints nothing on stdout where it is called wrongly", { timeout: timeoutMs }, async () => {
    const { code, out, err } = await runCommand(["--json", "/there/is/no/such/path"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("usage: npm run demo");
  });
});
