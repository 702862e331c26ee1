import { ed25519Sealer, hmacSealer, type Sealer } from "@kms/core";
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fileAuditSink, verifyAuditLog, type FileAuditSink, type FileAuditSinkOptions } from "../src/index.ts";
import {
  allLines,
  codeOf,
  event,
  eventsOf,
  firstFile,
  key,
  linesOf,
  place,
  putLines,
  settle,
  testClock,
  until,
  writeLog,
} from "./fixture.ts";

const sealer = hmacSealer({ keys: [{ kid: "test", secret: new Uint8Array(32).fill(1) }] });

async function sealedLog(
  count: number,
  options: Partial<FileAuditSinkOptions> = {},
): Promise<{ readonly directory: string; readonly tokens: string[] }> {
  const tokens: string[] = [];
  const onCheckpoint = (token: string): void => void tokens.push(token);
  const directory = await writeLog(count, { sealer, onCheckpoint, checkpointEvery: 10, ...options });
  return { directory, tokens };
}
const last = (tokens: readonly string[]): string => tokens.at(-1) ?? "";

async function open(options: Partial<FileAuditSinkOptions>): Promise<{ sink: FileAuditSink; directory: string }> {
  const directory = place();
  return { sink: await fileAuditSink({ directory, key, sealer, checkpointEvery: 10, ...options }), directory };
}
const writeSome = async (sink: FileAuditSink, count: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) await sink.write(event(`event-${index}`));
  await settle();
};

describe("checkpoints", () => {
  it("are sealed every so many lines and at the end, stand in the log, and the keeper gets each", async () => {
    const { directory, tokens } = await sealedLog(35);
    const inLog = allLines(directory).filter(({ kind }) => kind === "checkpoint");
    expect(inLog.map(({ body }) => body["token"])).toEqual(tokens);
    expect(tokens.length).toBeGreaterThanOrEqual(3);
    const claims = sealer.open("audit-checkpoint", last(tokens));
    const lines = linesOf(directory).map((line) => JSON.parse(line) as { entry: number; mac: string });
    const covered = lines.at(-2);
    const header = allLines(directory)[0]?.body;
    expect(claims).toEqual({
      at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) as string,
      chain: header?.["chain"],
      file: 1,
      entry: covered?.entry,
      mac: covered?.mac,
    });
  });

  it("find an end that was cut off, and which line is the first missing", async () => {
    const { directory, tokens } = await sealedLog(35);
    const options = { directory, key, sealer, lastCheckpoint: last(tokens) };
    expect(await verifyAuditLog(options)).toMatchObject({ ok: true, entries: 35, truncationDetection: "checkpoint" });
    const lines = linesOf(directory);
    putLines(directory, lines.slice(0, 20));
    expect((await verifyAuditLog(options)).firstBad).toEqual({ file: firstFile, line: 21, reason: "truncated" });
    expect(await codeOf(() => fileAuditSink(options))).toBe("TAMPERED");
    // Without the checkpoint that was kept, the same log verifies, and is gone on with.
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, truncationDetection: "none" });
  });

  it("find a log that was begun anew or went another way, also where the key was known", async () => {
    const { tokens } = await sealedLog(35);
    const other = await writeLog(60);
    const options = { directory: other, key, sealer, lastCheckpoint: last(tokens) };
    expect((await verifyAuditLog(options)).firstBad).toEqual({ file: firstFile, line: 1, reason: "replaced" });
    expect(await codeOf(() => fileAuditSink(options))).toBe("TAMPERED");

    const forked = await sealedLog(30);
    putLines(forked.directory, linesOf(forked.directory).slice(0, 15));
    const again = await writeLog(60, { directory: forked.directory });
    const { firstBad } = await verifyAuditLog({ directory: again, key, sealer, lastCheckpoint: last(forked.tokens) });
    expect(firstBad?.reason).toBe("replaced");
  });

  it("let a log be opened that reaches them, in this file or an earlier one", async () => {
    for (const maximumFileBytes of [undefined, 4096]) {
      const { directory, tokens } = await sealedLog(40, { maximumFileBytes });
      for (const lastCheckpoint of [tokens[0] ?? "", last(tokens)]) {
        const sink = await fileAuditSink({ directory, key, sealer, lastCheckpoint });
        await sink.close();
      }
      expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 40 });
    }
  });

  it("are sealed with the first batch of a log that had come far without one", async () => {
    const directory = await writeLog(35);
    const tokens: string[] = [];
    const onCheckpoint = (token: string): void => void tokens.push(token);
    const sink = await fileAuditSink({ directory, key, sealer, onCheckpoint, checkpointEvery: 10 });
    await sink.write(event("after"));
    await until(() => tokens.length > 0 && sink.health().waiting === 0);
    await sink.close();
    expect(tokens).toHaveLength(1);
  });

  it("of a public sealing key can be checked by who can make none", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519", {
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const signing = ed25519Sealer({ keys: [{ kid: "test", publicKey, privateKey }] });
    const reading = ed25519Sealer({ keys: [{ kid: "test", publicKey }] });
    const { directory, tokens } = await sealedLog(12, { sealer: signing });
    const options = { directory, key, lastCheckpoint: last(tokens) };
    expect(await verifyAuditLog({ ...options, sealer: reading })).toMatchObject({ ok: true });
    expect(await codeOf(() => verifyAuditLog({ ...options, sealer }))).toBe("TAMPERED");
  });

  it("that nobody keeps detect nothing, and health says so", async () => {
    const { sink } = await open({});
    await writeSome(sink, 12);
    expect(sink.health().truncationDetection).toBe("none");
    expect(sink.health().lastCheckpoint?.entry).toBeGreaterThanOrEqual(10);
    await sink.close();
  });

  it("detect nothing in a log that is gone on with without the last one: its end may be gone, and the next covers that", async () => {
    const { directory, tokens } = await sealedLog(35);
    const kept = last(tokens);
    const onCheckpoint = (token: string): void => void tokens.push(token);
    const reopen = async (lastCheckpoint?: string): Promise<FileAuditSink["health"]> => {
      const sink = await fileAuditSink({ directory, key, sealer, onCheckpoint, lastCheckpoint });
      await sink.write(event("after"));
      await sink.close();
      return sink.health;
    };
    putLines(directory, linesOf(directory).slice(0, 20));
    expect(await codeOf(() => reopen(kept))).toBe("TAMPERED");
    expect((await reopen())().truncationDetection).toBe("none");
    expect(await verifyAuditLog({ directory, key, sealer, lastCheckpoint: last(tokens) })).toMatchObject({ ok: true });
    expect((await reopen())().truncationDetection).toBe("none");
    expect((await reopen(last(tokens)))().truncationDetection).toBe("checkpoint");
  });

  it("detect the end of a log from its beginning, but not where a file stands that holds no line any more", async () => {
    const { sink, directory } = await open({ onCheckpoint: () => undefined });
    expect(sink.health().truncationDetection).toBe("checkpoint");
    await sink.close();
    putLines(directory, []);
    const next = await fileAuditSink({ directory, key, sealer, onCheckpoint: () => undefined });
    expect(next.health().truncationDetection).toBe("none");
    await next.close();
  });

  it("are not sealed anew where nothing was written since", async () => {
    const { directory, tokens } = await sealedLog(35);
    const count = tokens.length;
    expect(new Set(tokens).size).toBe(count);
    expect(allLines(directory).at(-1)?.kind).toBe("checkpoint");
    expect(allLines(directory).at(-2)?.kind).toBe("event");
  });
});

describe("a sealer or keeper", () => {
  it("that fails does not stop the log, is told by health and by close, and is asked again", async () => {
    let isBroken = true;
    const onCheckpoint = (): void => {
      if (isBroken) throw new Error("no room");
    };
    const { sink, directory } = await open({ onCheckpoint });
    await writeSome(sink, 12);
    expect(sink.health()).toMatchObject({ state: "open", lastCheckpoint: undefined });
    expect(sink.health().checkpointFailure?.code).toBe("AUDIT_FAILED");
    isBroken = false;
    await writeSome(sink, 10);
    expect(sink.health().checkpointFailure).toBeUndefined();
    expect(sink.health().lastCheckpoint).toBeDefined();
    isBroken = true;
    await writeSome(sink, 5);
    expect(await codeOf(() => sink.close())).toBe("AUDIT_FAILED");
    expect(eventsOf(directory)).toHaveLength(27);
    const next = await fileAuditSink({ directory, key });
    await next.close();
  });

  it("that does not answer holds up neither events nor, beyond timeoutMs, the end", async () => {
    const clock = testClock();
    const silent: Sealer = { seal: () => new Promise<string>(() => undefined), open: () => ({}) };
    const { sink, directory } = await open({ sealer: silent, clock, timeoutMs: 3_000 });
    await writeSome(sink, 25);
    const closed = codeOf(() => sink.close());
    await settle();
    clock.advance(3_000);
    await settle();
    clock.advance(3_000);
    expect(await closed).toBe("AUDIT_FAILED");
    expect(eventsOf(directory)).toHaveLength(25);
  });

  it("that answers after timeoutMs is not heard: its checkpoint is neither kept over a newer one nor written", async () => {
    const clock = testClock();
    const kept: string[] = [];
    const answers: (() => void)[] = [];
    const slow: Sealer = {
      open: sealer.open,
      seal: async (type, claims) => {
        const token = sealer.seal(type, claims);
        if (answers.length === 0) await new Promise<void>((resolve) => void answers.push(resolve));
        return token;
      },
    };
    const onCheckpoint = (token: string): void => void kept.push(token);
    const { sink, directory } = await open({ sealer: slow, onCheckpoint, clock, timeoutMs: 3_000 });
    await writeSome(sink, 12);
    clock.advance(3_000);
    await until(() => sink.health().checkpointFailure !== undefined);
    await writeSome(sink, 12);
    await until(() => kept.length === 1);
    answers[0]?.();
    await settle();
    expect(kept).toHaveLength(1);
    expect(sink.health().lastCheckpoint?.token).toBe(kept[0]);
    await sink.close();
    expect(
      allLines(directory)
        .filter(({ kind }) => kind === "checkpoint")
        .map(({ body }) => body["token"]),
    ).toEqual(kept);
  });

  it("that is done after timeoutMs takes no newer checkpoint's place in health, and writes nothing any more", async () => {
    const clock = testClock();
    const kept: string[] = [];
    const answers: (() => void)[] = [];
    const onCheckpoint = async (token: string): Promise<void> => {
      kept.push(token);
      if (answers.length === 0) await new Promise<void>((resolve) => void answers.push(resolve));
    };
    const { sink, directory } = await open({ onCheckpoint, clock, timeoutMs: 3_000 });
    await writeSome(sink, 12);
    clock.advance(3_000);
    await until(() => sink.health().checkpointFailure !== undefined);
    await writeSome(sink, 12);
    await until(() => sink.health().lastCheckpoint !== undefined);
    answers[0]?.();
    await settle();
    expect(sink.health().lastCheckpoint?.token).toBe(kept[1]);
    await sink.close();
    const inLog = allLines(directory).filter(({ kind }) => kind === "checkpoint");
    expect(inLog.map(({ body }) => body["token"])).toEqual(kept.slice(1));
  });

  it("whose own work is audited by the same sink makes no endless round", async () => {
    const direct = sealer;
    const { sink, directory } = await open({
      sealer: {
        open: direct.open,
        seal: async (type, claims) => {
          await sink.write(event("sealing", { operation: "sign" }));
          const token = direct.seal(type, claims);
          await sink.write(event("sealed", { operation: "sign", phase: "outcome" }));
          return token;
        },
      },
      checkpointEvery: 10,
    });
    await writeSome(sink, 22);
    const kinds = allLines(directory).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "checkpoint").length).toBeLessThanOrEqual(4);
    await sink.close().catch(() => undefined);
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true });
  });
});
