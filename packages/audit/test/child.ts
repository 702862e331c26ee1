/** A process of its own for the tests: `child.ts <mode> <directory>`. Says what happened line by line, at once. */
import { KmsError } from "@kms/core";
import { writeSync } from "node:fs";
import { fileAuditSink } from "../src/index.ts";

const [mode = "", directory = ""] = process.argv.slice(2);
const say = (text: string): void => void writeSync(1, `${text}\n`);
const key = new Uint8Array(32).fill(7);
let count = 0;

async function write(sink: Awaited<ReturnType<typeof fileAuditSink>>): Promise<void> {
  count += 1;
  const name = `${process.pid}-${count}`;
  const at = new Date();
  await sink.write({ at, phase: "intent", operation: "encrypt", provider: "own", correlation: name });
  say(`written ${name}`);
}

// Permissions do not bind the superuser.
if (mode === "open" && process.getuid?.() === 0) {
  process.setgid?.(65_534);
  process.setuid?.(65_534);
}

try {
  const sink = await fileAuditSink({ directory, key, maximumFileBytes: mode === "forever" ? 8_192 : undefined });
  say("open");
  // Twenty writers at once until the process is killed, or until the disk refuses one.
  const writers = Array.from({ length: mode === "open" ? 0 : 20 }, async () => {
    for (;;) await write(sink);
  });
  await Promise.all(writers);
} catch (error) {
  say(`refused ${KmsError.isInstance(error) ? error.code : String(error)}`);
}
process.exit(0);
