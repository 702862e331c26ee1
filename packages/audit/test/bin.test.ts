import { ed25519Sealer, hmacSealer, type Sealer } from "@kms/core";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { run } from "../src/bin/run.ts";
import { filesOf, key, linesOf, pathOf, putLines, temporary, writeLog } from "./fixture.ts";

let keyFile = "";
beforeAll(() => {
  keyFile = join(temporary(), "key");
  writeFileSync(keyFile, key);
});

describe("kms-verify-audit-log", () => {
  it("prints one line and ends with 0 where a log verifies", async () => {
    const directory = await writeLog(40, { maximumFileBytes: 4096 });
    const count = filesOf(directory).length;
    const expected = {
      code: 0,
      output: `ok: 40 events in ${count} files verified, truncation detection: none`,
      error: "",
    };
    expect(await run(["--key-file", keyFile, directory])).toEqual(expected);
    const files = filesOf(directory).map((file) => pathOf(directory, file));
    expect(await run(["--key-file", keyFile, ...files])).toEqual(expected);
    const later = await run(["--key-file", keyFile, "--first-file", "2", ...files.slice(1)]);
    expect(later.code).toBe(0);
  });

  it("names the first bad line and ends with 1 where it does not", async () => {
    const directory = await writeLog(5);
    putLines(
      directory,
      linesOf(directory).filter((_, index) => index !== 3),
    );
    expect(await run(["--key-file", keyFile, directory])).toMatchObject({
      code: 1,
      output: "BAD: audit-00000001.jsonl:4 removed; before it 2 events in 1 files verified, truncation detection: none",
    });
    const { code, output } = await run(["--key-file", keyFile, "--json", directory]);
    expect(code).toBe(1);
    expect(JSON.parse(output)).toEqual({
      ok: false,
      entries: 2,
      files: 1,
      firstBad: { file: "audit-00000001.jsonl", line: 4, reason: "removed" },
      truncationDetection: "none",
    });
  });

  it("looks for a cut-off end with the checkpoint that was kept", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519", {
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const secret = new Uint8Array(32).fill(1);
    const folder = temporary();
    writeFileSync(join(folder, "public"), publicKey);
    writeFileSync(join(folder, "secret"), secret);
    const ways: readonly (readonly [Sealer, readonly string[]])[] = [
      [
        ed25519Sealer({ keys: [{ kid: "k", publicKey, privateKey }] }),
        ["--seal-public-key-file", join(folder, "public")],
      ],
      [hmacSealer({ keys: [{ kid: "k", secret }] }), ["--seal-secret-file", join(folder, "secret")]],
    ];
    for (const [sealer, values] of ways) {
      const checkpointFile = join(folder, "checkpoint");
      const onCheckpoint = (token: string): void => writeFileSync(checkpointFile, `${token}\n`);
      const directory = await writeLog(12, { sealer, onCheckpoint });
      const words = [
        "--key-file",
        keyFile,
        "--checkpoint-file",
        checkpointFile,
        "--seal-kid",
        "k",
        ...values,
        directory,
      ];
      expect(await run(words)).toMatchObject({ code: 0 });
      putLines(directory, linesOf(directory).slice(0, 5));
      const cut = await run(words);
      expect(cut.code).toBe(1);
      expect(cut.output).toContain("audit-00000001.jsonl:6 truncated");
    }
  });

  it("ends with 2 where it cannot look, and says why on the other stream", async () => {
    const directory = await writeLog(1);
    const wrong: readonly (readonly string[])[] = [
      [],
      [directory],
      ["--key-file", keyFile],
      ["--key-file", `${keyFile}-missing`, directory],
      ["--key-file", keyFile, `${directory}-missing`],
      ["--key-file", keyFile, "--first-file", "x", directory],
      ["--key-file", keyFile, "--checkpoint-file", keyFile, directory],
      ["--key-file", keyFile, "--key", "secret", directory],
    ];
    for (const words of wrong) {
      const result = await run(words);
      expect([result.code, result.output]).toEqual([2, ""]);
      expect(result.error).not.toBe("");
    }
    expect(await run(["--help"])).toMatchObject({ code: 0 });
  });

  it("is a program", async () => {
    const directory = await writeLog(2);
    const program = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
    const flags = ["--import", import.meta.resolve("tsx"), "--conditions=@kms/source", program];
    const runProgram = (...words: readonly string[]): readonly [number | null, string] => {
      const { status, stdout } = spawnSync(process.execPath, [...flags, ...words], { encoding: "utf8" });
      return [status, stdout];
    };
    expect(runProgram("--key-file", keyFile, directory)[0]).toBe(0);
    putLines(directory, linesOf(directory).slice(1));
    expect(runProgram("--key-file", keyFile, "--json", directory)).toEqual([
      1,
      '{"ok":false,"entries":0,"files":0,"firstBad":{"file":"audit-00000001.jsonl","line":1,"reason":"removed"},"truncationDetection":"none"}\n',
    ]);
    expect(runProgram()).toEqual([2, ""]);
  }, 60_000);
});
