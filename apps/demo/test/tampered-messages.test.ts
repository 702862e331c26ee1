import { writeFile } from "node:fs/promises";
import { KmsError } from "@kms/core";
import * as envelope from "@kms/envelope";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Refusal } from "../src/attempt.ts";
import { readDocuments } from "../src/documents.ts";
import { recipientOf } from "../src/messages.ts";
import { openScene, type Closing } from "../src/open-scene.ts";
import { encryption } from "../src/roles.ts";
import { keyOf } from "../src/scene.ts";
import { configurations } from "../src/steps/configurations.ts";
import { keys } from "../src/steps/keys.ts";
import { tamperedMessages } from "../src/steps/tampered-messages.ts";
import { openWorkFolder } from "../src/work-folder.ts";
import { healthy } from "./broken-back-ends.ts";
import { temporaryFolder } from "./temporary-folder.ts";

vi.mock("@kms/envelope", async (original) => {
  const whole = await original<typeof envelope>();
  return { ...whole, decryptFile: vi.fn<typeof envelope.decryptFile>(whole.decryptFile) };
});
const decryptFile = vi.mocked(envelope.decryptFile);
const genuine = decryptFile.getMockImplementation() as typeof envelope.decryptFile;

const closings: Closing[] = [];
beforeEach(() => void decryptFile.mockImplementation(genuine));
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

async function tampered(): Promise<readonly Refusal[]> {
  const documents = await readDocuments(temporaryFolder({ "a.txt": "forty hubs" }));
  const folder = openWorkFolder(temporaryFolder());
  const scene = await openScene(healthy, { documents, folder, progress: () => undefined }, closings);
  for (const step of [configurations, keys]) await step.run(scene);
  return tamperedMessages(scene, recipientOf(scene.kms, keyOf(scene, encryption)), undefined);
}

/** Opens as it must, and does something else with the target of what it refuses. */
const onRefusal = (work: (target: string, error: unknown) => Promise<void>): void =>
  void decryptFile.mockImplementation(async (recipient, source, target, options) => {
    try {
      return await genuine(recipient, source, target, options);
    } catch (error) {
      await work(target, error);
      return {} as envelope.OpenedHeader;
    }
  });

describe("tampered messages", () => {
  it("are all refused", async () => {
    const refusals = await tampered();
    expect(refusals.filter(({ ok }) => !ok)).toEqual([]);
    expect(refusals.length).toBeGreaterThanOrEqual(20);
  });

  it("are told as accepted where they are opened, each of them", async () => {
    onRefusal(async (target) => writeFile(target, "whatever"));
    const refusals = await tampered();
    expect(new Set(refusals.map(({ found }) => found))).toEqual(new Set(["accepted"]));
  });

  it("are told where they are refused otherwise than they must be", async () => {
    onRefusal(() => Promise.reject(new KmsError("UNAVAILABLE", "another reason")));
    const refusals = await tampered();
    expect(refusals.some(({ ok }) => ok)).toBe(false);
  });

  it("end the step where one that was refused wrote over the file before", async () => {
    onRefusal(async (target, error) => {
      await writeFile(target, "half");
      throw error;
    });
    await expect(tampered()).rejects.toMatchObject({ code: "TAMPERED" });
  });

  it("end the step where one that was refused left a part beside the file", async () => {
    onRefusal(async (target, error) => {
      await writeFile(`${target}.part`, "half");
      throw error;
    });
    await expect(tampered()).rejects.toMatchObject({ code: "TAMPERED" });
  });
});
