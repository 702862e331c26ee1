import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { AuditTrail } from "../src/audit-trail.ts";
import { readDocuments } from "../src/documents.ts";
import { openScene, type Closing } from "../src/open-scene.ts";
import type { Scene } from "../src/scene.ts";
import { audit } from "../src/steps/audit.ts";
import { configurations } from "../src/steps/configurations.ts";
import { keys } from "../src/steps/keys.ts";
import { protect } from "../src/steps/protect.ts";
import { openWorkFolder } from "../src/work-folder.ts";
import { healthy } from "./broken-back-ends.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const closings: Closing[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

/** A story up to its audit. */
async function recorded(): Promise<Scene> {
  const documents = await readDocuments(
    temporaryFolder({ "a.txt": "forty hubs for the harbour tug, delivered in May" }),
  );
  const folder = openWorkFolder(temporaryFolder());
  const scene = await openScene(healthy, { documents, folder, progress: () => undefined }, closings);
  for (const step of [configurations, keys, protect]) await step.run(scene);
  return scene;
}

const withVerifier = (scene: Scene, verify: (trail: AuditTrail) => AuditTrail["verify"]): Scene => ({
  ...scene,
  audit: { ...scene.audit, verify: verify(scene.audit) },
});
const log = ({ audit: { directory } }: Scene): string => join(directory, "audit-00000001.jsonl");

describe("the step that verifies the audit log", () => {
  it("names every edit with its line", async () => {
    const { refusals = [] } = await audit.run(await recorded());
    expect(refusals.map(({ found }) => found.replace(/\d+$/, "n"))).toEqual([
      "edited, line n",
      "removed, line n",
      "reordered, line n",
      "inserted, line n",
      "truncated, line n",
    ]);
    expect(refusals.every(({ ok }) => ok)).toBe(true);
  });

  it("says that an end which was cut off goes unnoticed without a checkpoint", async () => {
    const { facts } = await audit.run(await recorded());
    expect(facts.at(-1)).toContain('go unnoticed: the report says truncationDetection "none"');
  });

  it("counts every edit as accepted where the verifier finds nothing", async () => {
    const scene = await recorded();
    const entries = scene.audit.events().length;
    const blind = withVerifier(scene, () => async (_directory, checkpoint) => ({
      ok: true,
      entries,
      files: 1,
      truncationDetection: checkpoint === "kept" ? "checkpoint" : "none",
    }));
    const { refusals = [] } = await audit.run(blind);
    expect(refusals.map(({ found, ok }) => [found, ok])).toEqual(Array.from({ length: 5 }, () => ["accepted", false]));
  });

  it("fails where the verifier names another line", async () => {
    const off = withVerifier(await recorded(), (trail) => async (directory, checkpoint) => {
      const { firstBad, ...report } = await trail.verify(directory, checkpoint);
      return firstBad === undefined ? report : { ...report, firstBad: { ...firstBad, line: firstBad.line + 1 } };
    });
    const { refusals = [] } = await audit.run(off);
    expect(refusals.map(({ ok }) => ok)).toEqual([false, false, false, false, false]);
  });

  it("fails with TAMPERED where a line of the log itself was changed", async () => {
    const scene = await recorded();
    const text = readFileSync(log(scene), "utf8");
    writeFileSync(log(scene), text.replace('"operation":"sign"', '"operation":"seal"'));
    await expect(audit.run(scene)).rejects.toMatchObject({ code: "TAMPERED" });
  });

  it("fails with TAMPERED where an operation has no outcome", async () => {
    const scene = await recorded();
    const events = (): ReturnType<AuditTrail["events"]> => scene.audit.events().slice(0, -1);
    await expect(audit.run({ ...scene, audit: { ...scene.audit, events } })).rejects.toMatchObject({
      code: "TAMPERED",
    });
  });
});
