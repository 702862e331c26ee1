import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AuditEvent } from "@kms/core";
import { leakedFiles, windowBytes } from "../leaks.ts";
import { assert, type Scene, type Step } from "../scene.ts";
import { counted } from "../wording.ts";
import { editedLog, logFile } from "./edited-log.ts";

/** Counts what was recorded, shows that no content of a file stands in it, verifies the log, and edits copies of it. */
export const audit: Step = {
  name: "audit",
  run: async (scene) => {
    const { audit: trail, progress } = scene;
    const events = trail.events();
    assert(trail.overwritten() === 0, "The audit lost events.");
    const recorded = countOperations(events);
    // The last thing that is recorded stands in it by now: a last checkpoint is sealed over all of it.
    await trail.close();
    progress("verifying the audit log");
    const log = await readLog(scene);
    const report = await trail.verify(trail.directory, "kept");
    assert(report.ok && report.entries === events.length, "The audit log does not verify, or lacks events.");
    const edited = await editedLog(scene, log);
    return {
      facts: [
        recorded,
        await contentOf(scene, log),
        `the log on disk verifies: ${counted(log.length, "line")} in one chain, up to a checkpoint that was kept elsewhere`,
        ...edited.facts,
      ],
      refusals: edited.refusals,
      counts: { auditEvents: events.length },
    };
  },
};

function countOperations(events: readonly AuditEvent[]): string {
  const intents = new Set(events.filter(({ phase }) => phase === "intent").map(({ correlation }) => correlation));
  const outcomes = events.filter(({ phase }) => phase === "outcome");
  const joined = outcomes.filter(({ correlation }) => intents.delete(correlation)).length;
  assert(
    intents.size === 0 && joined === outcomes.length,
    "An intent in the audit has no outcome, or an outcome no intent.",
  );
  const refused = outcomes.filter(({ code }) => code !== undefined).length;
  return `${events.length} events: ${joined} operations, each an intent and an outcome; ${refused} refused`;
}

const readLog = async ({ audit: trail }: Scene): Promise<readonly string[]> =>
  (await readFile(join(trail.directory, logFile), "utf8")).trimEnd().split("\n");

async function contentOf({ audit: trail, documents }: Scene, log: readonly string[]): Promise<string> {
  const written = log.map((line) => (JSON.parse(line) as { readonly body: object }).body);
  const leaked = leakedFiles([...trail.events(), ...written], documents);
  assert(leaked.length === 0, `The audit holds content of ${leaked.length} files.`);
  assert(
    written.every((body) => !("associatedData" in body)),
    "The log holds associated data in clear.",
  );
  return `none holds ${windowBytes} bytes in a row of any file, in clear, hexadecimal or base64; on disk HMACs stand for associated data`;
}
