import { describe, expect, test } from "vitest";
import { lendSignals } from "../src/client/signals.ts";
import { call } from "./setup-plain.ts";

describe("a signal lent for a request", () => {
  test("is aborted when the call is interrupted, at once if it was before", () => {
    const lend = lendSignals();
    const controller = new AbortController();
    const { signal } = lend(call({ signal: controller.signal }));
    expect(signal.aborted).toBe(false);
    controller.abort();
    expect(signal.aborted).toBe(true);
    expect(lend(call({ signal: AbortSignal.abort() })).signal.aborted).toBe(true);
  });

  test("is lent again once it is released, and its first call's interruption no longer counts", () => {
    const lend = lendSignals();
    const controller = new AbortController();
    const first = lend(call({ signal: controller.signal }));
    first.release();
    const second = lend(call());
    expect(second.signal).toBe(first.signal);
    controller.abort();
    expect(second.signal.aborted).toBe(false);
  });

  test("is one call's alone while that call has it", () => {
    const lend = lendSignals();
    expect(lend(call()).signal).not.toBe(lend(call()).signal);
  });

  test("is not lent again after an abort, nor while somebody still listens", () => {
    const lend = lendSignals();
    const controller = new AbortController();
    const aborted = lend(call({ signal: controller.signal }));
    controller.abort();
    aborted.release();
    const heard = lend(call());
    expect(heard.signal).not.toBe(aborted.signal);
    heard.signal.addEventListener("abort", () => undefined);
    heard.release();
    expect(lend(call()).signal).not.toBe(heard.signal);
  });
});
