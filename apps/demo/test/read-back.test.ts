import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readDocuments } from "../src/documents.ts";
import { flipped } from "../src/forging.ts";
import { openScene, type Closing } from "../src/open-scene.ts";
import type { Scene } from "../src/scene.ts";
import { configurations } from "../src/steps/configurations.ts";
import { keys } from "../src/steps/keys.ts";
import { protect } from "../src/steps/protect.ts";
import { secondProcess } from "../src/steps/second-process.ts";
import { openWorkFolder } from "../src/work-folder.ts";
import { healthy } from "./broken-back-ends.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const closings: Closing[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

/** Two files, protected. */
async function protectedFiles(): Promise<Scene & { readonly originals: string }> {
  const originals = temporaryFolder({ "a.txt": "forty hubs", "b.txt": "twenty-four hubs" });
  const folder = openWorkFolder(temporaryFolder());
  const documents = await readDocuments(originals);
  const scene = await openScene(healthy, { documents, folder, progress: () => undefined }, closings);
  for (const step of [configurations, keys, protect]) await step.run(scene);
  return { ...scene, originals };
}

const flip = (path: string): void => writeFileSync(path, flipped(readFileSync(path), -1));
const rewrite = (path: string, change: (text: string) => string): void =>
  writeFileSync(path, change(readFileSync(path, "utf8")));

describe("the step that reads everything back", () => {
  it("counts what was read", async () => {
    const { counts, refusals } = await secondProcess.run(await protectedFiles());
    expect(counts).toMatchObject({ decrypted: 2, verified: 4 });
    expect(refusals?.map(({ ok }) => ok)).toEqual([true, true]);
  });

  it.each([
    ["0001.message", "DECRYPTION_FAILED"],
    ["0001.signature", "TAMPERED"],
    ["0001.mac", "TAMPERED"],
  ])("fails where one bit of %s was flipped, with %s", async (name, code) => {
    const scene = await protectedFiles();
    flip(join(scene.folder.path, name));
    await expect(secondProcess.run(scene)).rejects.toMatchObject({ code });
  });

  it("fails where an original was changed", async () => {
    const scene = await protectedFiles();
    flip(join(scene.originals, "a.txt"));
    await expect(secondProcess.run(scene)).rejects.toMatchObject({ code: "TAMPERED" });
  });

  it("fails where the list gives a file another name: the name is in the associated data", async () => {
    const scene = await protectedFiles();
    rewrite(join(scene.folder.path, "index.json"), (text) => text.replace('"name": "a.txt"', '"name": "z.txt"'));
    await expect(secondProcess.run(scene)).rejects.toMatchObject({ code: "DECRYPTION_FAILED" });
  });

  it.each(["{}", "[1]", "[null]", '[{"at":"../../etc"}]'])("fails where the list is %s", async (list) => {
    const scene = await protectedFiles();
    rewrite(join(scene.folder.path, "index.json"), () => list);
    await expect(secondProcess.run(scene)).rejects.toMatchObject({ code: "TAMPERED" });
  });
});
