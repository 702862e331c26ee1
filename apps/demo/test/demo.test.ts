import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Backend } from "../src/backends/backend.ts";
import { demo, type ExitCode } from "../src/demo.ts";
import type { LiveProvider } from "../src/live/live-provider.ts";
import type { BackendReport, StepReport } from "../src/story.ts";
import {
  asymmetricAlone,
  changedOwnKeys,
  decryptsWrongly,
  disablesNothing,
  doesNotOpen,
  everyMacHolds,
  forgetsKeys,
  forgetsVersions,
  healthy,
  healthyFile,
  healthyRestart,
  opensEverything,
  opensEveryStore,
  revivesKeys,
  saidAsymmetric,
  unwrapsWrongly,
} from "./broken-back-ends.ts";
import { temporaryFolder } from "./temporary-folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Ended {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

async function run(
  backends: readonly Backend[],
  argv: readonly string[],
  terminal: object = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const said = { out: "", err: "" };
  const into = (name: "out" | "err"): Writable =>
    Object.assign(
      new Writable({ write: (chunk: Buffer, _encoding, done) => ((said[name] += chunk.toString()), done()) }),
      terminal,
    );
  const code = await demo(backends, argv, { out: into("out"), err: into("err"), environment });
  return { code, ...said };
}

const storyOf = async (backend: Backend): Promise<{ readonly code: ExitCode; readonly story: BackendReport }> => {
  const { code, out } = await run([backend], ["--json"]);
  const { stories } = JSON.parse(out) as { readonly stories: readonly BackendReport[] };
  const [story] = stories;
  if (story === undefined) throw new Error("no story was told");
  return { code, story };
};
const step = (story: BackendReport, name: string): StepReport | undefined =>
  story.steps.find((found) => found.name === name);
const accepted = (story: BackendReport): readonly string[] =>
  story.steps.flatMap(({ refusals = [] }) =>
    refusals.filter(({ found }) => found === "accepted").map(({ what }) => what),
  );

describe("the demo with a back end that is in order", () => {
  it("ends with 0 and tells every step", async () => {
    const { code, story } = await storyOf(healthy);
    expect(code).toBe(0);
    expect(story).toMatchObject({ ok: true, notRun: [] });
  });

  it("tells by name what is not claimed, and fails for none of it", async () => {
    const { story } = await storyOf(healthy);
    const named = step(story, "configurations")?.notTaken ?? [];
    expect(named.map(({ what, code }) => [what, code])).toContainEqual(["RSA-OAEP-3072-SHA256", "UNSUPPORTED"]);
  });

  it("removes its work folder, and keeps it when asked", async () => {
    const folder = temporaryFolder({ "a.txt": "a" });
    // Other tests make work folders too.
    vi.stubEnv("TMPDIR", temporaryFolder());
    await run([healthy], [folder]);
    expect(readdirSync(tmpdir())).toEqual([]);
    const { out } = await run([healthy], [folder, "--json", "--keep"]);
    const { workFolder } = JSON.parse(out) as { readonly workFolder: string };
    expect(existsSync(join(workFolder, "changed", "0000.message"))).toBe(true);
  });

  it("writes no colour and no progress where nobody watches", async () => {
    const { out, err } = await run([healthy], [temporaryFolder({ "a.txt": "a" })]);
    expect(out).not.toContain("\u001B");
    expect(err).toBe("");
  });

  it("writes colours and progress on a terminal", async () => {
    const { out, err } = await run([healthy], [temporaryFolder({ "a.txt": "a" })], { isTTY: true });
    expect(out).toContain("\u001B[32mok");
    expect(err).toContain("making a key for AES-256-GCM");
  });

  it("writes no colour on a terminal where NO_COLOR is set", async () => {
    const { out } = await run([healthy], [temporaryFolder({ "a.txt": "a" })], { isTTY: true }, { NO_COLOR: "1" });
    expect(out).not.toContain("\u001B");
  });

  it("reads a relative path from where npm was called", async () => {
    const folder = temporaryFolder({ "below/a.txt": "a" });
    const { code, out } = await run([healthy], ["below"], {}, { INIT_CWD: folder });
    expect(code).toBe(0);
    expect(out).toContain(`1 file from ${join(folder, "below")}`);
  });

  it("writes out the control characters of a file's name", async () => {
    const limited = changedOwnKeys((driver) => ({
      capabilities: {
        ...driver.capabilities,
        rows: driver.capabilities.rows.map((row) => ({ ...row, limits: { maximumPlaintextBytes: 4096 } })),
      },
    }));
    const folder = temporaryFolder({ "red\u001B[31m.bin": new Uint8Array(4097), "small.txt": "small" });
    const { out } = await run([limited], [folder]);
    expect(out).toContain("red\\u{1b}[31m.bin");
    expect(out).not.toContain("\u001B");
  });
});

describe("the demo with a back end that lacks keys of the story", () => {
  it("ends with 0 where that was said beforehand, and tells the refusal and what is done instead", async () => {
    const { code, story } = await storyOf(saidAsymmetric);
    expect(story.steps.filter(({ ok }) => !ok)).toEqual([]);
    expect([code, story.notRun]).toEqual([0, []]);
    expect(step(story, "configurations")?.facts.slice(1)).toEqual([
      "AES-256-GCM: No keys for AES-256-GCM in this test.",
      "HMAC-SHA256: No keys for HMAC-SHA256 in this test.",
      "so here: encryption under RSA-OAEP-2048-SHA256, mac without a key, spare under RSA-OAEP-2048-SHA256",
    ]);
    expect(step(story, "protect")?.facts[0]).toMatch(/ 6 signed, 0 with a MAC$/);
    expect(step(story, "tampering")?.refusals?.map(({ what }) => what)).toContain("ciphertext of another key");
  });

  it("ends with 1 where nothing was said of it", async () => {
    const { code, story } = await storyOf(asymmetricAlone);
    expect(code).toBe(1);
    expect(step(story, "configurations")).toMatchObject({ ok: false, error: { code: "UNSUPPORTED" } });
  });
});

describe("the demo with keys in a file", () => {
  it("ends with 0 and tells the steps that a file has, before the audit", async () => {
    const { code, story } = await storyOf(healthyFile);
    expect(code).toBe(0);
    expect(story).toMatchObject({ ok: true, notRun: [] });
    expect(story.steps.map(({ name }) => name).slice(-6)).toEqual([
      "destruction",
      "restart",
      "root slots",
      "store tampering",
      "audit",
      "close",
    ]);
  });

  it("ends with 1 where any file and any root is taken", async () => {
    const { code, story } = await storyOf(opensEveryStore);
    expect(code).toBe(1);
    const tampering = step(story, "store tampering")?.refusals ?? [];
    expect(tampering.length).toBeGreaterThanOrEqual(10);
    expect(accepted(story)).toEqual([
      "opening through another passphrase",
      "opening through a passphrase that was taken away",
      ...tampering.map(({ what }) => what),
    ]);
  });

  it("ends with 1 where a restart forgets the destroyed key and gives its name away", async () => {
    const { code, story } = await storyOf(forgetsKeys);
    expect(code).toBe(1);
    expect(step(story, "restart")?.refusals?.map(({ found }) => found)).toEqual(["NOT_FOUND", "NOT_FOUND", "accepted"]);
  });

  it("ends with 1 where a restart brings the destroyed key back", async () => {
    const { code, story } = await storyOf(revivesKeys);
    expect(code).toBe(1);
    expect(step(story, "restart")?.refusals?.map(({ found }) => found)).toEqual([
      "DECRYPTION_FAILED",
      "accepted",
      "ALREADY_EXISTS",
    ]);
  });

  it("keeps the file and its key file where the user named one, and writes over nothing", async () => {
    const folder = temporaryFolder({ "documents/a.txt": "a" });
    const documents = join(folder, "documents");
    const { code, out } = await run([healthyRestart], [documents, "--store", "keys.sqlite"], {}, { INIT_CWD: folder });
    expect(code).toBe(0);
    expect(out).toContain(`keys in ${join(folder, "keys.sqlite")}`);
    // SQLite keeps an empty log and its index beside the file as long as its library likes to.
    const files = readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name));
    expect(files.toSorted()).toEqual(["documents", "keys.sqlite", "keys.sqlite.key"]);
    expect(statSync(join(folder, "keys.sqlite.key")).mode & 0o777).toBe(0o600);
    const again = await run([healthyRestart], [documents, "--store", "keys.sqlite"], {}, { INIT_CWD: folder });
    expect([again.code, again.out]).toEqual([2, ""]);
  });

  it("begins nothing where no store can be made, and leaves no key to a store that is not there", async () => {
    const folder = temporaryFolder({ "documents/a.txt": "a" });
    const documents = join(folder, "documents");
    const nowhere = await run([healthyRestart], [documents, "--store", join(folder, "gone", "keys.sqlite")]);
    expect([nowhere.code, nowhere.out]).toEqual([2, ""]);
    expect(nowhere.err).toContain(`there is no folder ${join(folder, "gone")}`);
    // SQLite's file beside it is one of an earlier store: no new one is made over it.
    writeFileSync(join(folder, "keys.sqlite-wal"), "left");
    const refused = await run([healthyRestart], [documents, "--store", join(folder, "keys.sqlite")]);
    expect(refused.code).toBe(1);
    expect(refused.out).not.toContain("which its key file opens");
    expect(readdirSync(folder).toSorted()).toEqual(["documents", "keys.sqlite-wal"]);
  });
});

describe("the demo with a back end that is broken", () => {
  it("ends with 1 where altered ciphertexts and other associated data are accepted", async () => {
    const { code, story } = await storyOf(opensEverything);
    expect(code).toBe(1);
    expect(accepted(story)).toEqual([
      "ciphertext, one bit flipped at its end",
      "ciphertext, one bit flipped in its body",
      "ciphertext, one byte short",
      "ciphertext, one byte long",
      "associated data, another file's name",
      "associated data, an entry missing",
      "associated data, an entry more",
      "associated data, none",
      "decrypting under a disabled key",
      "decrypting under a destroyed key",
    ]);
  });

  it("ends with 1 where altered MACs are accepted", async () => {
    const { code, story } = await storyOf(everyMacHolds);
    expect(code).toBe(1);
    expect(accepted(story)).toEqual(["MAC, one bit flipped", "MAC, one byte short", "MAC over another message"]);
  });

  it("ends with 1 where disabling a key changes nothing, and tells what was not run", async () => {
    const { code, story } = await storyOf(disablesNothing);
    expect(code).toBe(1);
    expect(step(story, "disabling")).toMatchObject({ ok: false, error: { code: "TAMPERED" } });
    expect(story.notRun).toEqual(["destruction", "audit"]);
    expect(step(story, "close")?.ok).toBe(true);
  });

  it("ends with 1 where a handle from before two rotations opens no more", async () => {
    const { code, story } = await storyOf(forgetsVersions);
    expect(code).toBe(1);
    expect(step(story, "rotation")?.ok).toBe(true);
    expect(step(story, "older handle")).toMatchObject({ ok: false, error: { code: "DECRYPTION_FAILED" } });
  });

  it("ends with 1 where a key decrypts to other bytes", async () => {
    const { code, story } = await storyOf(decryptsWrongly);
    expect(code).toBe(1);
    expect(step(story, "direct encryption")).toMatchObject({ ok: false, error: { code: "TAMPERED" } });
  });

  it("ends with 1 where files do not open because data keys are unwrapped to other bytes", async () => {
    const { code, story } = await storyOf(unwrapsWrongly);
    expect(code).toBe(1);
    expect(step(story, "second process")).toMatchObject({ ok: false, error: { code: "DECRYPTION_FAILED" } });
  });

  it("ends with 1 where a driver cannot be closed, and closes what is left", async () => {
    let closed = false;
    const unclosable = changedOwnKeys(() => ({ close: () => Promise.reject(new Error("the line is dead")) }));
    const stuck: Backend = {
      ...unclosable,
      open: async (...given) => {
        const place = await unclosable.open(...given);
        return { ...place, close: async () => ((closed = true), place.close()) };
      },
    };
    const { code, story } = await storyOf(stuck);
    expect([code, closed, step(story, "close")?.ok]).toEqual([1, true, false]);
  });

  it("ends with 1 where a back end cannot be opened, and goes on with the next", async () => {
    const { code, out } = await run([doesNotOpen, healthy], ["--json"]);
    expect(code).toBe(1);
    const { stories } = JSON.parse(out) as { readonly stories: readonly BackendReport[] };
    expect(stories.map(({ ok }) => ok)).toEqual([false, true]);
  });
});

describe("the demo with a live provider", () => {
  it.each([[[]], [["--json"]]])("says what it will do before anything is opened, with %j", async (options) => {
    const said: string[] = [];
    const listening = (): Writable =>
      new Writable({ write: (chunk: Buffer, _encoding, done) => (said.push(chunk.toString()), done()) });
    let before = "";
    const provider: LiveProvider = {
      problemOf: () => undefined,
      announcement: ({ key }, files) => [`${key} will be asked, for ${files} file`],
      connect: () => Promise.reject(new Error("this story stays in its process")),
      backend: () => ({ ...healthy, open: (...given) => ((before = said.join("")), healthy.open(...given)) }),
    };
    const argv = [temporaryFolder({ "a.txt": "a" }), "--live", "here", "--key", "mine", ...options];
    await demo([], argv, { out: listening(), err: listening(), environment: {} }, { here: provider });
    expect(before).toContain("mine will be asked, for 1 file\n");
  });

  it("ends with 2 where there is no such provider", async () => {
    const { code, out } = await run([healthy], ["--live", "toString", "--key", "mine"]);
    expect([code, out]).toEqual([2, ""]);
  });
});

describe("the demo with a wrong call", () => {
  it.each([[["--bogus"]], [["a", "b"]]])("ends with 2 and a line of usage on stderr for %j", async (argv) => {
    const { code, out, err } = await run([healthy], argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("usage: npm run demo");
  });

  it("ends with 2 where the path does not exist", async () => {
    const missing = join(temporaryFolder(), "missing");
    const { code, out, err } = await run([healthy], [missing, "--json"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("usage: npm run demo");
  });
});
