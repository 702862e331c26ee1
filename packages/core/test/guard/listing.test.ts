import { describe, expect, it } from "vitest";
import { memoryAuditSink } from "../../src/index.ts";
import type { DriverListing } from "../../src/driver.ts";
import { code, failure, given, settle, vendor } from "./given.ts";
import { keyedDriver, type KeyedDriver } from "./keyed-driver.ts";

const entries: readonly DriverListing[] = Array.from({ length: 5 }, (_, at) => ({
  id: `store/${at}`,
  labels: { app: at % 2 === 0 ? "orders" : "billing" },
  algorithms: ["AES-256-GCM"],
  state: at === 1 ? "disabled" : "enabled",
  createdAt: new Date("2026-06-01T00:00:00Z"),
}));
const paged = (pages: { asked: number; ended: number }, listing: readonly "labels"[] = ["labels"]): KeyedDriver =>
  keyedDriver({
    claims: { listing },
    driver: {
      listKeys: async function* () {
        try {
          for (const entry of entries) {
            pages.asked += 1;
            yield entry;
          }
        } finally {
          pages.ended += 1;
        }
      },
    },
  });
const collect = async <T>(list: AsyncIterable<T>, most = 99): Promise<T[]> => {
  const found: T[] = [];
  for await (const entry of list) {
    found.push(entry);
    if (found.length === most) break;
  }
  return found;
};

describe("listKeys", () => {
  it("answers entries in the contract's words, with one intent and one outcome", async () => {
    const audit = memoryAuditSink();
    const { kms } = given(paged({ asked: 0, ended: 0 }), { audit });
    const found = await collect(kms.listKeys("it"));
    expect(found).toHaveLength(5);
    expect(found[1]).toMatchObject({ keyId: "store/1", state: "suspended", labels: { app: "billing" } });
    expect(audit.events().map(({ operation, phase, outcome }) => [operation, phase, outcome])).toEqual([
      ["listKeys", "intent", undefined],
      ["listKeys", "outcome", "done"],
    ]);
  });

  it("tries the first page again as any read, and ends at the first failure of a later one", async () => {
    let asked = 0;
    const driver = keyedDriver({
      driver: {
        listKeys: async function* () {
          asked += 1;
          if (asked === 1) throw vendor("THROTTLED");
          yield* entries.slice(0, 2);
          throw vendor("THROTTLED");
        },
      },
    });
    const { kms, clock } = given(driver);
    const found: string[] = [];
    const list = async (): Promise<void> => {
      for await (const { keyId } of kms.listKeys("it")) found.push(keyId);
    };
    expect(await code(clock.drain(list()))).toBe("THROTTLED");
    expect([asked, found]).toEqual([2, ["store/0", "store/1"]]);
  });

  it("asks for no page before it is wanted, and gives up the driver's list when the caller stops", async () => {
    const audit = memoryAuditSink();
    const pages = { asked: 0, ended: 0 };
    const { kms } = given(paged(pages), { audit });
    const list = kms.listKeys("it");
    expect([pages.asked, audit.events().length]).toEqual([0, 0]);
    expect(await collect(list, 2)).toHaveLength(2);
    await settle();
    expect(pages).toEqual({ asked: 2, ended: 1 });
    expect(audit.events().at(-1)).toMatchObject({ phase: "outcome", outcome: "done" });
  });

  it("chooses by labels, and is UNSUPPORTED where lists carry none", async () => {
    const pages = { asked: 0, ended: 0 };
    const { kms } = given(paged(pages));
    expect((await collect(kms.listKeys("it", { labels: { app: "billing" } }))).map(({ keyId }) => keyId)).toEqual([
      "store/1",
      "store/3",
    ]);
    const audit = memoryAuditSink();
    const { kms: mute } = given(paged(pages, []), { audit });
    pages.asked = 0;
    expect(await code(collect(mute.listKeys("it", { labels: { app: "x" } })))).toBe("UNSUPPORTED");
    expect(await code(collect(mute.listKeys("it", { labels: { APP: "x" } })))).toBe("INVALID_ARGUMENT");
    expect([pages.asked, audit.events().length]).toEqual([0, 0]);
    const { kms: without } = given(keyedDriver({ row: { operations: ["encrypt"] } }));
    expect(await code(collect(without.listKeys("it")))).toBe("UNSUPPORTED");
  });

  it("ends at its deadline, when cancelled and when closed, also where the driver hangs", async () => {
    const hanging = (): KeyedDriver =>
      keyedDriver({
        driver: {
          listKeys: async function* () {
            yield await new Promise<never>(() => undefined);
          },
        },
      });
    const late = given(hanging());
    const ended = failure(collect(late.kms.listKeys("it", { timeoutMs: 500 })));
    await settle();
    late.clock.advance(500);
    expect(await ended).toMatchObject({ code: "DEADLINE_EXCEEDED", operation: "listKeys", outcome: "none" });
    const controller = new AbortController();
    const cancelled = code(collect(given(hanging()).kms.listKeys("it", { signal: controller.signal })));
    await settle();
    controller.abort();
    expect(await cancelled).toBe("CANCELLED");
    const { kms } = given(hanging());
    const closed = code(collect(kms.listKeys("it")));
    await settle();
    await kms.close();
    expect(await closed).toBe("CLOSED");
  });

  it("keeps its deadline and its signal after the first page, and is gone once it is closed", async () => {
    const second = (): KeyedDriver =>
      keyedDriver({
        driver: {
          listKeys: async function* () {
            yield { id: "store/1" };
            yield await new Promise<never>(() => undefined);
          },
        },
      });
    const { kms, clock } = given(second());
    const list = kms.listKeys("it", { timeoutMs: 500 })[Symbol.asyncIterator]();
    await list.next();
    clock.advance(400);
    const late = code(list.next());
    await settle();
    clock.advance(100);
    expect(await late).toBe("DEADLINE_EXCEEDED");
    const controller = new AbortController();
    const another = kms.listKeys("it", { signal: controller.signal })[Symbol.asyncIterator]();
    await another.next();
    controller.abort();
    expect(await code(another.next())).toBe("CANCELLED");
    const audit = memoryAuditSink();
    const { kms: closing } = given(second(), { audit });
    const held = closing.listKeys("it")[Symbol.asyncIterator]();
    await held.next();
    await closing.close();
    expect(await code(held.next())).toBe("CLOSED");
  });

  it("does not hold up closing when its caller has stopped asking", async () => {
    const { kms } = given(paged({ asked: 0, ended: 0 }));
    const list = kms.listKeys("it")[Symbol.asyncIterator]();
    expect((await list.next()).done).toBe(false);
    const closed = kms.close().then(() => "closed");
    await settle();
    expect(await Promise.race([closed, Promise.resolve("held up")])).toBe("closed");
    expect(await code(list.next())).toBe("CLOSED");
  });

  it("maps the driver's failure in the middle, and records it", async () => {
    const audit = memoryAuditSink();
    const listKeys = async function* (): AsyncGenerator<DriverListing> {
      yield { id: "store/1" };
      throw vendor("PERMISSION_DENIED");
    };
    const { kms } = given(keyedDriver({ driver: { listKeys } }), { audit });
    expect(await failure(collect(kms.listKeys("it")))).toMatchObject({ code: "PERMISSION_DENIED", provider: "it" });
    expect(audit.events().at(-1)).toMatchObject({ phase: "outcome", code: "PERMISSION_DENIED" });
  });
});
