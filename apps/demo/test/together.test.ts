import { KmsError, type KmsDriver } from "@kms/core";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Backend, Outage } from "../src/backends/backend.ts";
import { together } from "../src/backends/together.ts";
import { readDocuments } from "../src/documents.ts";
import { tell, type BackendReport, type StepReport } from "../src/story.ts";
import { openWorkFolder } from "../src/work-folder.ts";
import { changedOwnKeys, doesNotOpen, saidAsymmetric } from "./broken-back-ends.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type Unwrapping = NonNullable<KmsDriver["unwrapDataKey"]>;

/** A back end that can be taken down, and then refuses to unwrap with a code, or with "none" does not refuse. */
function member(
  name: string,
  { base = changedOwnKeys(() => ({})), refusal = "UNAVAILABLE", end = true }: Partial<MemberOptions> = {},
): Backend {
  let down = false;
  const refused = async (): Promise<never> => {
    throw new KmsError(refusal === "none" ? "UNKNOWN" : refusal, `${name} is down.`);
  };
  const outage: Outage = {
    begin: async () => void (down = true),
    ...(end ? { end: async () => void (down = false) } : {}),
  };
  return {
    ...base,
    name,
    open: async (...given) => {
      const place = await base.open(...given);
      const driver = async (): Promise<KmsDriver> => {
        const whole = await place.driver();
        const unwrapDataKey: Unwrapping = (...call) =>
          down && refusal !== "none" ? refused() : (whole.unwrapDataKey as Unwrapping)(...call);
        return { ...whole, unwrapDataKey };
      };
      return { ...place, driver, outage };
    },
  };
}

interface MemberOptions {
  readonly base: Backend;
  readonly refusal: "UNAVAILABLE" | "PERMISSION_DENIED" | "none";
  /** Does it answer again once it was down? */
  readonly end: boolean;
}

async function storyOf(
  members: readonly Backend[],
): Promise<{ readonly story: BackendReport; readonly left: string[] }> {
  const documents = await readDocuments(temporaryFolder({ "a.txt": "forty hubs", "b.txt": "x".repeat(200_000) }));
  const folder = openWorkFolder(temporaryFolder());
  const story = await tell(together("all", "all of them", members), { documents, folder, progress: () => undefined });
  return { story, left: readdirSync(folder.path, { recursive: true }).map(String) };
}
const step = ({ steps }: BackendReport, name: string): StepReport | undefined => steps.find((one) => one.name === name);

describe("several back ends at once", () => {
  it("open every file with any three of four down, and the report names the three", async () => {
    const rsa = member("rsa", { base: saidAsymmetric });
    const { story, left } = await storyOf([member("a"), rsa, member("c"), member("d", { end: false })]);
    expect(story).toMatchObject({ ok: true, notRun: [], members: ["a", "rsa", "c", "d"] });
    expect(step(story, "keys")?.facts[1]).toMatch(/^rsa +RSA-OAEP-2048-SHA256 /);
    expect(step(story, "outages")?.facts).toEqual([
      "down: a, rsa, c; d opened 2 files to the same bytes",
      "down: rsa, c, d; a opened 2 files to the same bytes",
      "down: a, c, d; rsa opened 2 files to the same bytes",
      "down: a, rsa, d; c opened 2 files to the same bytes",
    ]);
    expect(step(story, "outages")?.refusals?.map(({ found }) => found)).toEqual(["UNAVAILABLE"]);
    expect(left.filter((name) => name.endsWith(".part") || name.startsWith(join("opened", "0")))).toEqual([]);
  });

  it("refuse whatever message was tampered with", async () => {
    const { story } = await storyOf([member("a"), member("b")]);
    const refusals = step(story, "tampering")?.refusals ?? [];
    expect(refusals.length).toBeGreaterThanOrEqual(20);
    expect(new Set(refusals.map(({ found }) => found))).toEqual(new Set(["DECRYPTION_FAILED"]));
  });

  it.each(["none", "PERMISSION_DENIED"] as const)(
    "fail where one of them is not unreachable while it is down: it refuses with %s",
    async (refusal) => {
      const { story } = await storyOf([member("a"), member("b", { refusal })]);
      expect(step(story, "outages")).toMatchObject({ ok: false, error: { code: "TAMPERED" } });
      expect(story.notRun).toEqual(["audit"]);
    },
  );

  it("fail where one of them cannot be taken down", async () => {
    const { story } = await storyOf([member("a"), { ...changedOwnKeys(() => ({})), name: "b" }]);
    expect(step(story, "outages")).toMatchObject({ ok: false, error: { code: "TAMPERED" } });
  });

  it("fail where one of them cannot be opened, and close those that were", async () => {
    let closed = 0;
    const healthy = member("a");
    const counting: Backend = {
      ...healthy,
      open: async (...given) => {
        const place = await healthy.open(...given);
        return { ...place, close: async () => (closed++, place.close()) };
      },
    };
    const { story } = await storyOf([counting, { ...doesNotOpen, name: "b" }]);
    expect([closed, story.ok, step(story, "open")?.ok]).toEqual([1, false, false]);
  });
});
