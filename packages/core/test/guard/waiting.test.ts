import { describe, expect, it } from "vitest";
import { memoryAuditSink, type AuditEvent, type AuditSink } from "../../src/index.ts";
import type { Answer } from "../../src/driver.ts";
import { data, failure, given, settle, vendor } from "./given.ts";
import { keyedDriver } from "./keyed-driver.ts";

type When = "at once" | "later";
const whens: readonly When[] = ["at once", "later"];

/** What a part does, at once or some turns later: where it fails, it throws or rejects. */
function part<T>(when: When, act: () => T): T | Promise<T> {
  return when === "at once" ? act() : settle().then(act);
}

/** A sink whose events are there once they are written. */
function sinkThat(when: When): AuditSink & { readonly events: AuditEvent[] } {
  const events: AuditEvent[] = [];
  const inner = memoryAuditSink();
  return { ...inner, events, write: (event) => part(when, () => void events.push(event)) };
}

const endings = ["is done", "is denied", "fails"] as const;
const ways = whens.flatMap((sink) =>
  (["not asked", ...whens] as const).flatMap((authorize) =>
    whens.flatMap((driver) => endings.map((ending) => ({ sink, authorize, driver, ending }))),
  ),
);
const possible = ways.filter(({ authorize, ending }) => authorize !== "not asked" || ending !== "is denied");
const expected = { "is done": undefined, "is denied": "PERMISSION_DENIED", fails: "INVALID_STATE" } as const;

describe("an operation ends the same way, its intent and outcome on the record,", () => {
  it.each(possible)(
    "where the sink answers $sink, authorize $authorize, the driver $driver, and it $ending",
    async ({ sink, authorize, driver: answers, ending }) => {
      const audit = sinkThat(sink);
      let denies = false;
      const ask = () => part(authorize === "later" ? "later" : "at once", () => denyIf(denies));
      const bytes = new Uint8Array([1, 2, 3]);
      const encrypt = (): Answer | Promise<Answer> =>
        part(answers, () => {
          if (ending === "fails") throw vendor("INVALID_STATE");
          return { bytes, id: "store/key", version: "1" };
        });
      const options = authorize === "not asked" ? { audit } : { audit, authorize: ask };
      const { kms } = given(keyedDriver({ driver: { encrypt } }), options);
      const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
      audit.events.length = 0;
      denies = ending === "is denied";
      const call = kms.encrypt(key, data);
      expect(call).toBeInstanceOf(Promise);
      const code = expected[ending];
      if (code === undefined) expect((await call).subarray(-3)).toEqual(bytes);
      else expect(await failure(call)).toMatchObject({ code, operation: "encrypt", outcome: "none" });
      expect(audit.events).toMatchObject([
        { phase: "intent", operation: "encrypt" },
        { phase: "outcome", operation: "encrypt", code },
      ]);
      await expect(kms.close()).resolves.toBeUndefined();
    },
  );
});

function denyIf(denies: boolean): void {
  if (denies) throw new Error("not today");
}
