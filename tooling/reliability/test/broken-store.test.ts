import type { OpenDatabase } from "@kms/self-managed";
import { describe, expect, it } from "vitest";
import { askAll } from "../src/answers.ts";
import { runChild } from "../src/children.ts";
import type { Finding } from "../src/findings.ts";
import { judgeFlip } from "../src/flips/judge.ts";
import { goesOn, reopened } from "../src/kills/inspect.ts";
import { acknowledgedBy, howItEnded } from "../src/kills/kills.ts";
import { referenceOf } from "../src/kills/reference.ts";
import { play, scenarioOf } from "../src/kills/scenarios.ts";
import { verdict } from "../src/kills/verdict.ts";
import { findDatabase, withRaw } from "../src/port.ts";
import { openSession, start } from "../src/session.ts";
import { castOfKills, copyStage, makeStage, rootOf, type Stage } from "../src/stage.ts";
import { place } from "./fixture.ts";

const made = async (directory: string): Promise<Stage> => (await makeStage(directory, castOfKills)).plain;

/** What is found of a scenario that was acknowledged by a store over a broken database. */
async function findingsOver(broken: OpenDatabase, scenario: string): Promise<readonly Finding[]> {
  const directory = place();
  const stage = await made(directory);
  const played = scenarioOf(scenario);
  const reference = await referenceOf(played, stage, `${directory}/reference`);
  const copy = copyStage(stage, `${directory}/copy`);
  const session = await openSession(copy.path, rootOf(copy, "first"), { at: played.at, database: broken });
  const acknowledged = await play(played, session, copy);
  await session.close();
  const { answers } = await reopened(copy, played.at);
  return [...verdict({ ...reference, acknowledged: true }, answers), ...(await goesOn(copy, played.at, acknowledged))];
}

/** What is written is there until the database is closed, and then no more. */
const forgetting: OpenDatabase = async (path, options) => {
  const database = await (await findDatabase())(path, options);
  let isWriting = false;
  const exec = (sql: string): void => {
    const begins = sql.startsWith("BEGIN");
    if (begins && !isWriting && sql !== "BEGIN") {
      database.exec(sql);
      isWriting = true;
    } else if (!isWriting || !(begins || sql === "COMMIT")) database.exec(sql);
  };
  const close = (): void => {
    if (isWriting) database.exec("ROLLBACK");
    database.close();
  };
  return { ...database, exec, close };
};

/** The head stays as it was, whatever becomes of the records. */
const halving: OpenDatabase = async (path, options) => {
  const database = await (await findDatabase())(path, options);
  const run: typeof database.run = (sql, parameters) =>
    /^(?:INSERT|UPDATE)\b.*\bhead\b/.test(sql) ? 1 : database.run(sql, parameters);
  return { ...database, run };
};

describe("a database that acknowledges and forgets", () => {
  it("is found out by the key that is lost", async () => {
    const kinds = (await findingsOver(forgetting, "create key")).map(({ kind }) => kind);
    expect(kinds).toContain("lost");
  });
});

describe("a database that writes the record and not the head", () => {
  it("is found out by the half state", async () => {
    expect(await findingsOver(halving, "create key")).not.toEqual([]);
  });
});

describe("a change of the file that nobody refuses", () => {
  it("is missed", async () => {
    const stage = await made(place());
    const before = await askAll(stage, start);
    const session = await openSession(stage.path, rootOf(stage, "first"));
    await session.kms.disableKey(await session.kms.getKey("own", "subject", { algorithm: "AES-256-GCM" }));
    await session.close();
    expect(judgeFlip(before, await askAll(stage, start)).kind).toBe("missed");
  });

  it("is told from one that is refused", async () => {
    const stage = await made(place());
    const before = await askAll(stage, start);
    await withRaw(stage.path, (raw) => raw.exec("UPDATE records SET revision = revision + 1"));
    expect(judgeFlip(before, await askAll(stage, start)).kind).toBe("refused");
  });
});

describe("a child", () => {
  it("kills itself where it is told to, and what it acknowledged before is heard", async () => {
    const stage = await made(place());
    const ended = await runChild({ job: "play", scenario: "rotate", stage, kill: { write: 1, when: "after" } });
    expect(ended.signal).toBe("SIGKILL");
    expect(howItEnded(ended)).toEqual([]);
    expect(acknowledgedBy(ended)).toBeUndefined();
  });

  it("that is not killed is a finding, and says what it acknowledged", async () => {
    const stage = await made(place());
    const ended = await runChild({ job: "play", scenario: "rotate", stage, kill: { write: 1000, when: "after" } });
    expect(howItEnded(ended)).toHaveLength(1);
    expect(acknowledgedBy(ended)?.use?.version).toBe("2");
  });

  it("that says nothing is given up", async () => {
    const stage = await made(place());
    const job = { job: "play", scenario: "rotate", stage, kill: { write: 1000, when: "after" } } as const;
    const ended = await runChild(job, { patienceMs: 1 });
    expect(ended.isStuck).toBe(true);
    expect(howItEnded(ended)).toHaveLength(1);
  });
});
