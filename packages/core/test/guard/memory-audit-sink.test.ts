import { describe, expect, it } from "vitest";
import { memoryAuditSink, type AuditEvent } from "../../src/index.ts";
import { codeOf } from "../codes.ts";

const event = (at: number): AuditEvent => ({
  at: new Date(at),
  phase: "intent",
  operation: "encrypt",
  provider: "it",
  correlation: String(at),
});

describe("memoryAuditSink", () => {
  it("holds the newest events, oldest first, and counts those it overwrote", () => {
    const sink = memoryAuditSink({ capacity: 3 });
    for (let at = 0; at < 3; at += 1) void sink.write(event(at));
    expect([sink.events().map(({ correlation }) => correlation), sink.overwritten()]).toEqual([["0", "1", "2"], 0]);
    for (let at = 3; at < 8; at += 1) void sink.write(event(at));
    expect([sink.events().map(({ correlation }) => correlation), sink.overwritten()]).toEqual([["5", "6", "7"], 5]);
  });

  it("refuses events once it is closed, and shows what it holds", async () => {
    const sink = memoryAuditSink();
    void sink.write(event(1));
    await sink.close();
    expect(codeOf(() => sink.write(event(2)))).toBe("CLOSED");
    expect(sink.events()).toHaveLength(1);
  });

  it("has room for 1 to 1,000,000 events", () => {
    for (const capacity of [0, -1, 1.5, 1_000_001, Number.NaN]) {
      expect(codeOf(() => memoryAuditSink({ capacity }))).toBe("INVALID_ARGUMENT");
    }
    expect(memoryAuditSink({ capacity: 1 }).events()).toEqual([]);
  });
});
