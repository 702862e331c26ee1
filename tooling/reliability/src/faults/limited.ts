import { chmodSync, chownSync } from "node:fs";
import { dirname, join } from "node:path";
import { runChild } from "../children.ts";
import { tally, type Finding, type Tally } from "../findings.ts";
import { goesOn } from "../kills/inspect.ts";
import { lostUses } from "../kills/storms.ts";
import { start } from "../session.ts";
import { copyStage, type Stage } from "../stage.ts";
import { withTemporary } from "../temporary.ts";
import { other } from "./real.ts";

/** The operating system's own word that a file may not grow: what was acknowledged before is there. POSIX alone. */
export async function limitFile(stage: Stage): Promise<Tally> {
  const { said, output } = await runChild({ job: "fill", stage }, { fileBlocks: 400 });
  const made = said.filter((word) => word.said === "acknowledged").length;
  const codes = said.flatMap((word) => (word.said === "refused" ? [word.code] : []));
  const findings: Finding[] = [];
  if (codes.join() !== "UNAVAILABLE") findings.push(other(`refused by ${codes.join() || output.slice(-300)}`));
  if (made === 0) findings.push(other("nothing was written before"));
  findings.push(...(await lostUses(stage, said)), ...(await goesOn(stage, start)));
  return tally("fault: file may not grow", { checks: made + 1, findings, note: `${made} changes made until it was` });
}

// "nobody": permissions do not bind the superuser.
const nobody = 65_534;

/** A file, then also its folder, that may only be read: keys are used and no change is made. POSIX alone. */
export async function readOnlyFile(original: Stage): Promise<Tally> {
  return withTemporary(async (directory) => {
    // Not even the way to the temporary directories of others is open to everybody.
    chmodSync(directory, 0o755);
    const stage = copyStage(original, join(directory, "folder"));
    const folder = dirname(stage.path);
    if (process.getuid?.() === 0) chownSync(folder, nobody, nobody);
    const findings: Finding[] = [];
    for (const [folderMode, expected] of modes) {
      chmodSync(stage.path, 0o444);
      chmodSync(folder, folderMode);
      const { said, output } = await runChild({ job: "read only", stage });
      const told = said.flatMap((word) => (word.said === "refused" ? [`${word.attempt} ${word.code}`] : []));
      if (!expected.includes(told.join(", "))) findings.push(other(`${told.join(", ")} ${output.slice(-300)}`));
    }
    chmodSync(folder, 0o755);
    chmodSync(stage.path, 0o644);
    findings.push(...(await goesOn(stage, start)));
    return tally("fault: read-only file", { checks: modes.length, findings });
  });
}

// In a folder that is read-only too SQLite cannot keep its index of the log: then it cannot even read.
const modes: readonly (readonly [number, readonly string[]])[] = [
  [0o755, ["use none, change PERMISSION_DENIED"]],
  [0o555, ["use none, change PERMISSION_DENIED", "open UNAVAILABLE", "open PERMISSION_DENIED"]],
];
