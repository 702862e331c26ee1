import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { keyRoot, type OpenDatabase } from "@kms/self-managed";
import { answerOf, askAll, type Answer } from "../answers.ts";
import { tally, type Finding, type Tally } from "../findings.ts";
import { judgeFlip } from "../flips/judge.ts";
import { goesOn } from "../kills/inspect.ts";
import { findDatabase, withRaw } from "../port.ts";
import { openSession, start } from "../session.ts";
import { copyStage, rootOf, type Stage } from "../stage.ts";
import { made, reads, type MadeUse } from "../uses.ts";

const algorithm = "AES-256-GCM";
/** A finding of no kind of its own. */
export const other = (what: string): Finding => ({ kind: "other", what });
/** A finding unless an answer is a refusal by one of the codes. */
export const refusedWith = (answer: Answer, ...codes: readonly string[]): readonly Finding[] =>
  "refused" in answer && codes.includes(answer.refused)
    ? []
    : [other(`${JSON.stringify(answer)} instead of ${codes.join(" or ")}`)];

/** SQLite's own word that the disk is full: pages beyond those that there are are not to be had. */
export async function fillDisk(stage: Stage): Promise<Tally> {
  const open = await findDatabase();
  const narrow: OpenDatabase = async (path, options) => {
    const database = await open(path, options);
    database.exec("PRAGMA max_page_count = 12");
    return database;
  };
  const session = await openSession(stage.path, rootOf(stage, "first"), { database: narrow });
  const uses: { readonly id: string; readonly use: MadeUse }[] = [];
  const filled = await answerOf(async () => {
    for (let count = 1; count < 1000; count += 1) {
      const key = await session.kms.generateKey("own", { algorithm, name: `full-${count}` });
      uses.push({ id: key.keyId, use: await made(session.kms, key) });
    }
  });
  const again = await answerOf(() => session.kms.generateKey("own", { algorithm, name: "again" }));
  const findings = [
    ...(uses.length > 0 ? [] : [other("no key was made before")]),
    ...refusedWith(filled, "UNAVAILABLE"),
    ...refusedWith(again, "UNAVAILABLE"),
  ];
  await session.close();
  const reopened = await openSession(stage.path, rootOf(stage, "first"));
  for (const { id, use } of uses) {
    const read = await answerOf(async () =>
      reads(reopened.kms, await reopened.kms.getKey("own", id, { algorithm }), use),
    );
    if ("value" in read && read.value === "true") continue;
    findings.push({ kind: "lost", what: `${id}: ${JSON.stringify(read)}` });
  }
  await reopened.close();
  findings.push(...(await goesOn(stage, start)));
  return tally("fault: disk full", {
    checks: uses.length + 2,
    findings,
    note: `${uses.length} keys made until it was`,
  });
}

/** Another connection holds the lock: a change is refused in bounded time, reading goes on, and so does all when it is let go. */
export async function lock(stage: Stage): Promise<Tally> {
  const session = await openSession(stage.path, rootOf(stage, "first"));
  const key = await session.kms.getKey("own", "subject", { algorithm });
  let waitedMs = 0;
  const findings: Finding[] = [];
  await withRaw(stage.path, async (raw) => {
    raw.exec("BEGIN IMMEDIATE");
    const began = performance.now();
    findings.push(...refusedWith(await answerOf(() => session.kms.rotateKey(key)), "UNAVAILABLE"));
    waitedMs = performance.now() - began;
    const use = await answerOf(async () => reads(session.kms, key, await made(session.kms, key)));
    if (!("value" in use) || use.value !== "true") findings.push(other(`reading meanwhile: ${JSON.stringify(use)}`));
    raw.exec("ROLLBACK");
  });
  if (waitedMs > 5000) findings.push(other(`the refusal took ${Math.ceil(waitedMs)} ms`));
  await session.close();
  findings.push(...(await goesOn(stage, start)));
  return tally("fault: locked", { checks: 3, findings, note: `refused in ${Math.ceil(waitedMs)} ms` });
}

/** A root that is none of the store's is told so before any record is read. */
export async function useWrongRoot(stage: Stage): Promise<Tally> {
  const open = await findDatabase();
  let recordsRead = 0;
  const spying: OpenDatabase = async (path, options) => {
    const database = await open(path, options);
    const spied = <R>(sql: string, act: () => R): R => {
      if (/\brecords\b/.test(sql) && !/sqlite_schema/.test(sql)) recordsRead += 1;
      return act();
    };
    return {
      ...database,
      all: (sql, parameters) => spied(sql, () => database.all(sql, parameters)),
      get: (sql, parameters) => spied(sql, () => database.get(sql, parameters)),
    };
  };
  const opened = await answerOf(() => openSession(stage.path, keyRoot(randomBytes(32)), { database: spying }));
  const findings = [...refusedWith(opened, "WRONG_ROOT_KEY")];
  if (recordsRead > 0) findings.push(other(`records were read ${recordsRead} times before`));
  return tally("fault: wrong root", { checks: 2, findings: [...findings, ...(await goesOn(stage, start))] });
}

/** Slots taken out of the file by other hands. */
export async function loseSlots(stage: Stage, directory: string): Promise<Tally> {
  const session = await openSession(stage.path, rootOf(stage, "first"));
  const ids = session.store.slots().map(({ id }) => id);
  await session.close();
  const findings: Finding[] = [];
  for (const [index, id] of [...ids, undefined].entries()) {
    const copy = copyStage(stage, join(directory, `slots-${index}`));
    await withRaw(copy.path, (raw) =>
      id === undefined ? raw.run("DELETE FROM slots", []) : raw.run("DELETE FROM slots WHERE id = ?", [id]),
    );
    for (const root of ["first", "second"] as const) {
      const opened = await answerOf(async () => (await openSession(copy.path, rootOf(copy, root))).close());
      // Through the slot that is left the head is read, which names both; through the one that is gone nothing is.
      findings.push(...refusedWith(opened, "TAMPERED", "WRONG_ROOT_KEY"));
    }
  }
  return tally("fault: missing slot", { checks: 2 * (ids.length + 1), findings });
}

/** Whole pages that are zeros or noise, a file cut short, a file that is none: refused, or of no consequence. */
export async function corruptPages(stage: Stage, directory: string): Promise<Tally> {
  const whole = readFileSync(stage.path);
  const pageBytes = whole.readUInt16BE(16);
  const before = await askAll(stage, start);
  const damages: ((bytes: Buffer) => Buffer)[] = [
    () => Buffer.alloc(0),
    () => Buffer.from("no database at all, but long enough to be looked at".repeat(20)),
  ];
  for (let at = 0; at < whole.length; at += pageBytes) {
    damages.push((bytes) => bytes.fill(0, at, at + pageBytes));
    damages.push((bytes) =>
      Buffer.concat([bytes.subarray(0, at), randomBytes(pageBytes), bytes.subarray(at + pageBytes)]),
    );
    if (at > 0) damages.push((bytes) => bytes.subarray(0, at));
  }
  const findings: Finding[] = [];
  for (const [index, damage] of damages.entries()) {
    const copy = copyStage(stage, join(directory, `pages-${index}`));
    writeFileSync(copy.path, damage(Buffer.from(whole)));
    const { kind, told } = judgeFlip(before, await askAll(copy, start));
    if (kind === "missed" || kind === "untyped") findings.push(other(`damage ${index}: ${kind}: ${told}`));
    rmSync(join(copy.path, ".."), { recursive: true });
  }
  return tally("fault: corrupt page", { checks: damages.length, findings });
}
