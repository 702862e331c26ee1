import { KmsError, type KmsErrorCode } from "@kms/core";
import { describe, expect, test } from "vitest";
import { Flights } from "../../src/cache/flights.ts";
import { readCacheLimits } from "../../src/cache/limits.ts";
import { Uses } from "../../src/cache/uses.ts";
import { Deadline } from "../../src/options.ts";
import { refusal } from "../setup.ts";

interface Answer {
  readonly dataKey: Uint8Array<ArrayBuffer>;
}
const answer: Answer = { dataKey: new Uint8Array([1]) };
const usesOf = (maximumMessages: number): Uses => {
  const uses = new Uses(readCacheLimits({ maximumAgeMs: 60_000, maximumMessages, maximumBytes: 1_000 }, undefined));
  uses.take(1);
  return uses;
};
const calls = (): { readonly flights: Flights<Answer>; readonly copies: Answer[] } => {
  const copies: Answer[] = [];
  const flights = new Flights<Answer>(({ dataKey }) => {
    const copy = { dataKey: new Uint8Array(dataKey) };
    copies.push(copy);
    return copy;
  });
  return { flights, copies };
};
const beginning = (maximumMessages: number, signal?: AbortSignal) => ({
  uses: usesOf(maximumMessages),
  deadline: new Deadline(signal === undefined ? {} : { signal }),
  keep: ({ dataKey }: Answer): void => void dataKey.fill(0),
});

test("who has left by the time the key comes is given no copy, and who stays has one of his own", async () => {
  const { flights, copies } = calls();
  const leaving = new AbortController();
  let come = (_: Answer): void => {};
  const asked = new Promise<Answer>((resolve) => (come = resolve));
  const left = refusal(flights.begin("a", asked, beginning(3, leaving.signal)));
  const hasty = refusal(flights.board("a", 1, new Deadline({ timeoutMs: 1 })) ?? Promise.resolve());
  const stays = flights.board("a", 1, new Deadline({}));
  leaving.abort();
  expect([(await left).code, (await hasty).code]).toEqual(["CANCELLED", "DEADLINE_EXCEEDED"]);
  come({ dataKey: new Uint8Array(answer.dataKey) });
  expect(await stays).toEqual(answer);
  expect(copies).toHaveLength(1);
});

describe("a call that failed", () => {
  const begun = (leader: Deadline, boarder: Deadline, code: KmsErrorCode): Promise<unknown> => {
    const { flights } = calls();
    leader.check();
    boarder.check();
    let fail = (_: unknown): void => {};
    const asked = new Promise<Answer>((_resolve, reject) => (fail = reject));
    flights.begin("a", asked, { ...beginning(3), deadline: leader }).catch(() => {});
    const boarded = flights.board("a", 1, boarder);
    fail(new KmsError(code, "not now"));
    return Promise.resolve(boarded);
  };
  const short = (): Deadline => new Deadline({ timeoutMs: 1_000 });
  const long = (): Deadline => new Deadline({ timeoutMs: 5_000 });

  test.each(["UNAVAILABLE", "THROTTLED", "DEADLINE_EXCEEDED"] as const)(
    "by %s is looked for again by who has more time than its beginner had",
    async (code) => {
      expect(await begun(short(), long(), code)).toBeUndefined();
    },
  );

  test.each(["UNAVAILABLE", "THROTTLED"] as const)("by %s fails for who has less time too", async (code) => {
    expect((await refusal(begun(long(), short(), code))).code).toBe(code);
  });

  test("is not repeated for each who came a moment later with the same time", async () => {
    const later = new Deadline({ timeoutMs: 1_050 });
    expect((await refusal(begun(short(), later, "THROTTLED"))).code).toBe("THROTTLED");
  });

  test("for another reason fails for everybody", async () => {
    expect((await refusal(begun(short(), long(), "PERMISSION_DENIED"))).code).toBe("PERMISSION_DENIED");
  });
});

test("a call that ends leaves the one begun after it open to others", async () => {
  const { flights } = calls();
  const first = flights.begin("a", Promise.resolve({ dataKey: new Uint8Array(1) }), beginning(1));
  void flights.begin("a", new Promise<Answer>(() => {}), beginning(2));
  await first;
  expect(flights.board("a", 1, new Deadline({}))).toBeInstanceOf(Promise);
});

test("a call that has ended, or has no message left, takes nobody in", async () => {
  const { flights } = calls();
  await flights.begin("a", Promise.resolve({ dataKey: new Uint8Array(1) }), beginning(2));
  expect(flights.board("a", 1, new Deadline({}))).toBeUndefined();
  void flights.begin("a", new Promise<Answer>(() => {}), beginning(1));
  expect(flights.board("a", 1, new Deadline({}))).toBeUndefined();
});
