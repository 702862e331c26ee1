import { spawn } from "node:child_process";
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fileAuditSink, verifyAuditLog } from "../src/index.ts";
import { codeOf, event, eventsOf, filesOf, key, place, writeLog } from "./fixture.ts";

const program = fileURLToPath(new URL("./child.ts", import.meta.url));
const command = [process.execPath, "--import", import.meta.resolve("tsx"), "--conditions=@kms/source", program];

interface Child {
  /** What it has said so far, line by line. */
  readonly said: () => string[];
  /** Resolves once so many lines were said, or the process ended. */
  readonly after: (lines: number) => Promise<void>;
  readonly kill: () => void;
  readonly ended: Promise<void>;
}

function start(values: readonly string[], limit: string = ""): Child {
  const script = `${limit} exec "$0" "$@"`;
  const child = spawn("sh", ["-c", script, ...command, ...values], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  let isOver = false;
  const waiting = new Set<() => void>();
  const said = (): string[] => text.split("\n").slice(0, -1);
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    for (const look of waiting) look();
  });
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => {
      isOver = true;
      for (const look of waiting) look();
      resolve();
    });
  });
  const after = (lines: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isOver && said().length < lines) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { said, after, kill: () => void child.kill("SIGKILL"), ended };
}
const written = (child: Child): string[] =>
  child.said().flatMap((line) => (line.startsWith("written ") ? [line.slice("written ".length)] : []));

describe("a process that is killed while it writes", () => {
  it("loses nothing that was acknowledged, and its lock goes to the next", async () => {
    const directory = place();
    const acknowledged: string[] = [];
    for (const lines of [1, 40, 90, 160]) {
      const child = start(["forever", directory]);
      await child.after(lines);
      child.kill();
      await child.ended;
      acknowledged.push(...written(child));
      expect(child.said()[0]).toBe("open");
    }
    const sink = await fileAuditSink({ directory, key });
    await sink.write(event("after"));
    await sink.close();
    const found = eventsOf(directory);
    const kept = new Set(found);
    expect(acknowledged.length).toBeGreaterThan(250);
    expect(acknowledged.filter((name) => !kept.has(name))).toEqual([]);
    expect(kept.size).toBe(found.length);
    expect(filesOf(directory).length).toBeGreaterThan(5);
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: found.length });
  }, 60_000);
});

describe("another process", () => {
  it("is refused while one writes", async () => {
    const directory = place();
    const child = start(["forever", directory]);
    await child.after(2);
    expect(await codeOf(() => fileAuditSink({ directory, key }))).toBe("CONFLICT");
    const second = start(["fill", directory]);
    await second.ended;
    expect(second.said()).toEqual(["refused CONFLICT"]);
    child.kill();
    await child.ended;
  }, 60_000);
});

describe("a disk that is full", () => {
  it("refuses the events that find no room, and keeps the others whole", async () => {
    const directory = place();
    const child = start(["fill", directory], "ulimit -f 40;");
    await child.ended;
    expect(child.said().at(-1)).toBe("refused UNAVAILABLE");
    expect(written(child).length).toBeGreaterThan(10);
    const found = new Set(eventsOf(directory));
    expect(written(child).filter((name) => !found.has(name))).toEqual([]);
    const sink = await fileAuditSink({ directory, key });
    await sink.write(event("after"));
    await sink.close();
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true });
  }, 60_000);
});

describe("a directory that may only be read", () => {
  it("is refused when the sink is opened", async () => {
    const directory = await writeLog(2);
    chmodSync(dirname(directory), 0o755);
    chmodSync(directory, 0o555);
    const child = start(["open", directory]);
    await child.ended;
    expect(child.said()).toEqual(["refused PERMISSION_DENIED"]);
    chmodSync(directory, 0o755);
  }, 60_000);
});
