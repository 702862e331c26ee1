import { appendFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openSink } from "../src/file-audit-sink.ts";
import { fileAuditSink, verifyAuditLog, type FileAuditSink, type FileAuditSinkOptions } from "../src/index.ts";
import {
  allLines,
  codeOf,
  event,
  eventsOf,
  faultyDisk,
  key,
  pathOf,
  place,
  settle,
  systemError,
  testClock,
  until,
  type Fault,
  type TestClock,
} from "./fixture.ts";

interface Opened {
  readonly sink: FileAuditSink;
  readonly directory: string;
  readonly clock: TestClock;
  /** Replaces the fault from now on. */
  readonly breakDisk: (fault?: Fault) => void;
}

async function open(options: Partial<FileAuditSinkOptions> = {}): Promise<Opened> {
  const directory = place();
  const clock = testClock();
  let fault: Fault = () => undefined;
  const sink = await openSink(
    { directory, key, clock, ...options },
    faultyDisk((call, path) => fault(call, path)),
  );
  return { sink, directory, clock, breakDisk: (next = () => undefined) => void (fault = next) };
}

/** A disk that holds one kind of call up until it is let go. */
function hold(kind: string): { readonly fault: Fault; readonly letGo: () => void; readonly waiting: () => number } {
  let waiting = 0;
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const fault: Fault = (call) => {
    if (call !== kind) return undefined;
    waiting += 1;
    return gate;
  };
  return { fault, letGo, waiting: () => waiting };
}

const failing =
  (kind: string, code: string): Fault =>
  (call) => {
    if (call === kind) throw systemError(code);
  };

const outcome = (promise: Promise<void>): Promise<string> =>
  promise.then(
    () => "written",
    (error: { code: string }) => error.code,
  );

describe("a disk that fails", () => {
  it.each(["ENOSPC", "EDQUOT", "EIO", "EFBIG"])(
    "with %s refuses the events of the batch, and takes the next",
    async (code) => {
      const { sink, directory, breakDisk } = await open();
      await sink.write(event("before"));
      breakDisk(failing("write", code));
      expect(await Promise.all(["a", "b", "c"].map((name) => outcome(sink.write(event(name)))))).toEqual(
        Array.from({ length: 3 }, () => "UNAVAILABLE"),
      );
      expect(sink.health()).toMatchObject({ state: "failing", refused: 3, entry: 2 });
      breakDisk();
      await sink.write(event("after"));
      expect(sink.health()).toMatchObject({ state: "open" });
      await sink.close();
      expect(eventsOf(directory)).toEqual(["before", "after"]);
      expect(allLines(directory)[2]).toMatchObject({ kind: "recovery", body: { refused: 3, cutBytes: 0 } });
      expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 2 });
    },
  );

  it("in the middle of a line leaves no half of it behind", async () => {
    const { sink, directory, breakDisk } = await open();
    await sink.write(event("before"));
    breakDisk((call, path) => {
      if (call !== "write") return;
      appendFileSync(path, '{"body":{"at":');
      throw systemError("ENOSPC");
    });
    expect(await codeOf(() => sink.write(event("refused")))).toBe("UNAVAILABLE");
    breakDisk();
    await sink.write(event("after"));
    await sink.close();
    expect(allLines(directory)[2]).toMatchObject({ kind: "recovery", body: { refused: 1, cutBytes: 14 } });
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 2 });
  });

  it("to sync has written nothing that counts: the lines are cut away and refused", async () => {
    const { sink, directory, breakDisk } = await open();
    breakDisk(failing("sync", "EIO"));
    expect(await codeOf(() => sink.write(event("refused")))).toBe("UNAVAILABLE");
    expect(eventsOf(directory)).toEqual(["refused"]);
    expect(await codeOf(() => sink.write(event("again")))).toBe("UNAVAILABLE"); // the cut needs a sync too
    const calls: string[] = [];
    breakDisk((call) => calls.push(call));
    await sink.write(event("after"));
    // Without the first sync a crash could leave old and new lines mixed.
    expect(calls).toEqual(["truncate", "sync", "write", "sync"]);
    await sink.close();
    expect(eventsOf(directory)).toEqual(["after"]);
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 1 });
  });

  it("while a file is rotated loses nothing that was acknowledged", async () => {
    const { sink, directory, breakDisk } = await open({ maximumFileBytes: 4096 });
    const acknowledged: string[] = [];
    const write = async (name: string): Promise<void> => {
      if ((await outcome(sink.write(event(name)))) === "written") acknowledged.push(name);
    };
    for (let index = 0; index < 60; index += 1) {
      breakDisk(index % 3 === 0 ? failing(index % 2 === 0 ? "write" : "sync", "ENOSPC") : undefined);
      await write(`event-${index}`);
    }
    breakDisk();
    await sink.close();
    expect(acknowledged.length).toBeGreaterThanOrEqual(40);
    expect(eventsOf(directory)).toEqual(acknowledged);
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: acknowledged.length });
  });

  it("until the end is told by close, which lets go all the same", async () => {
    const { sink, directory, breakDisk } = await open();
    breakDisk(failing("sync", "EIO"));
    expect(await codeOf(() => sink.write(event("refused")))).toBe("UNAVAILABLE");
    expect(await codeOf(() => sink.close())).toBe("UNAVAILABLE");
    const next = await fileAuditSink({ directory, key });
    await next.close();
  });
});

describe("a disk that does not answer", () => {
  it("refuses what waits after timeoutMs, and everything else at once", async () => {
    const { sink, clock, breakDisk } = await open({ timeoutMs: 2_000 });
    const held = hold("write");
    breakDisk(held.fault);
    const first = outcome(sink.write(event("first")));
    await until(() => held.waiting() === 1);
    clock.advance(500);
    const behind = outcome(sink.write(event("behind")));
    clock.advance(1_499);
    await settle();
    expect(sink.health()).toMatchObject({ state: "open", waiting: 1 });
    clock.advance(1);
    expect(await first).toBe("DEADLINE_EXCEEDED");
    expect(await behind).toBe("DEADLINE_EXCEEDED");
    expect(sink.health()).toMatchObject({ state: "stuck", waiting: 0, refused: 2 });
    expect(await codeOf(() => sink.write(event("later")))).toBe("UNAVAILABLE");
    expect(held.waiting()).toBe(1);
    held.letGo();
    await until(() => sink.health().state !== "stuck");
    await sink.close();
  });

  it("and then does, has its late lines cut away before the next", async () => {
    const { sink, directory, clock, breakDisk } = await open();
    await sink.write(event("before"));
    const held = hold("sync");
    breakDisk(held.fault);
    const late = outcome(sink.write(event("late")));
    await until(() => held.waiting() === 1);
    clock.advance(5_000);
    expect(await late).toBe("DEADLINE_EXCEEDED");
    expect(eventsOf(directory)).toEqual(["before", "late"]);
    breakDisk();
    held.letGo();
    await until(() => sink.health().state !== "stuck");
    expect(sink.health().state).toBe("failing");
    await sink.write(event("after"));
    await sink.close();
    expect(eventsOf(directory)).toEqual(["before", "after"]);
    expect(allLines(directory)[2]?.body).toMatchObject({ refused: 1 });
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 2 });
  });

  it("keeps file and lock when it is closed meanwhile: its late write could land behind the next sink's lines", async () => {
    const { sink, directory, clock, breakDisk } = await open();
    const held = hold("write");
    breakDisk(held.fault);
    const late = outcome(sink.write(event("late")));
    await settle();
    clock.advance(5_000);
    await late;
    expect(await codeOf(() => sink.close())).toBe("UNAVAILABLE");
    expect(await codeOf(() => fileAuditSink({ directory, key }))).toBe("CONFLICT");
    held.letGo();
    await until(() => !readdirSync(directory).includes("audit.lock"));
    const next = await fileAuditSink({ directory, key });
    await next.write(event("next"));
    await next.close();
    expect(eventsOf(directory)).toEqual(["next"]);
  });

  it("bounds what waits, and refuses more", async () => {
    const { sink, directory, breakDisk } = await open({ maximumQueueBytes: 1_048_576 });
    const held = hold("write");
    breakDisk(held.fault);
    const reason = "x".repeat(200_000);
    const first = outcome(sink.write(event("first")));
    await settle();
    const results = Array.from({ length: 8 }, (_, index) => outcome(sink.write(event(`event-${index}`, { reason }))));
    await settle();
    held.letGo();
    expect(await first).toBe("written");
    expect(await Promise.all(results)).toEqual([
      ...Array.from({ length: 5 }, () => "written"),
      ...Array.from({ length: 3 }, () => "THROTTLED"),
    ]);
    await sink.close();
    expect(allLines(directory).find(({ kind }) => kind === "recovery")?.body).toMatchObject({ refused: 3 });
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 6 });
  });
});

describe("a file that somebody else touches", () => {
  const touches: readonly (readonly [string, (directory: string) => void])[] = [
    ["removed", (directory) => rmSync(pathOf(directory))],
    ["moved away", (directory) => renameSync(pathOf(directory), pathOf(directory, "elsewhere"))],
    ["written into", (directory) => appendFileSync(pathOf(directory), "x\n")],
    ["cut off", (directory) => truncateSync(pathOf(directory), 50)],
    ["without its lock", (directory) => rmSync(pathOf(directory, "audit.lock"))],
  ];
  it.each(touches)("%s ends the sink: every event is refused from then on", async (_, touch) => {
    const { sink, directory } = await open();
    await sink.write(event("before"));
    touch(directory);
    expect(await codeOf(() => sink.write(event("refused")))).toBe("TAMPERED");
    expect(await codeOf(() => sink.write(event("again")))).toBe("TAMPERED");
    expect(sink.health()).toMatchObject({ state: "failing", entry: 2 });
    await sink.close();
  });

  it("keeps what was found there", async () => {
    const { sink, directory } = await open();
    appendFileSync(pathOf(directory), "x\n");
    await outcome(sink.write(event("refused")));
    const { size } = statSync(pathOf(directory));
    await outcome(sink.write(event("again")));
    await sink.close();
    expect(statSync(pathOf(directory)).size).toBe(size);
  });
});
