import type { VersionReference } from "@kms/core/driver";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/client.ts";
import { Signals } from "../../src/client/signals.ts";
import { call, keyOf, nameIn, refusal, stand } from "../setup.ts";

const p256 = "ECDSA-P256-SHA256";
const listener = (): void => undefined;

describe("a signal of the SDK's kind", () => {
  test("serves the next call after one that went well, and no other at the same time", () => {
    const signals = new Signals();
    const first = signals.lend(call());
    const meanwhile = signals.lend(call());
    expect(meanwhile.signal).not.toBe(first.signal);
    first.end(true);
    expect(signals.lend(call()).signal).toBe(first.signal);
  });

  test("is aborted by its call while that lasts, and never by one that had it before", () => {
    const signals = new Signals();
    const [before, now] = [new AbortController(), new AbortController()];
    const first = signals.lend(call({ signal: before.signal }));
    first.end(true);
    const second = signals.lend(call({ signal: now.signal }));
    before.abort();
    expect(second.signal).toBe(first.signal);
    expect(second.signal.aborted).toBe(false);
    now.abort();
    expect(second.signal.aborted).toBe(true);
    expect(signals.lend(call({ signal: AbortSignal.abort() })).signal.aborted).toBe(true);
  });

  test.each([
    ["was aborted", (lent) => (lent.gone.abort(), lent.end(true))],
    ["belonged to a request that failed", (lent) => lent.end(false)],
    ["has a listener left", (lent) => (lent.signal.addEventListener("abort", listener), lent.end(true))],
  ] satisfies [
    string,
    (lent: { gone: AbortController; signal: AbortSignal; end: (isWell: boolean) => void }) => void,
  ][])("that %s serves no other call", (_what, finish) => {
    const signals = new Signals();
    const gone = new AbortController();
    const lent = signals.lend(call({ signal: gone.signal }));
    finish({ ...lent, gone });
    const next = signals.lend(call());
    expect(next.signal).not.toBe(lent.signal);
    expect(next.signal.aborted).toBe(false);
  });
});

describe("requests of the official client", () => {
  test("leave no listener behind: the next use of any version has the same signal, a question about keys its call's own", async () => {
    const here = await stand();
    const connection = connect({ host: "contoso", tier: "standard", credential: undefined, client: here.client });
    const [one, other] = [await keyOf(here, p256), await keyOf(here, p256)];
    const seen: AbortSignal[] = [];
    const use = (key: VersionReference) =>
      connection.use(
        key,
        (client, settings) => {
          seen.push(settings.abortSignal);
          return client.sign("ES256", new Uint8Array(32), settings);
        },
        call(),
      );
    for (const key of [one, one, other, one]) await use(key);
    expect(new Set(seen).size).toBe(1);
    const asking = call();
    const name = nameIn(one.id);
    await connection.ask((keys, settings) => {
      expect(settings.abortSignal).toBe(asking.signal);
      return keys.getKey(name, settings);
    }, asking);
  });

  test("end with their own call alone, however many are in flight", async () => {
    const here = await stand();
    const connection = connect({ host: "contoso", tier: "standard", credential: undefined, client: here.client });
    const key = await keyOf(here, p256);
    const leaving = new AbortController();
    const sign = (signal?: AbortSignal) =>
      connection.use(
        key,
        (client, settings) => client.sign("ES256", new Uint8Array(32), settings),
        call(signal && { signal }),
      );
    await Promise.all([sign(), sign(), sign()]);
    const [left, ...stayed] = [leaving.signal, undefined, undefined].map(sign);
    leaving.abort();
    expect(await refusal(left)).toMatchObject({ code: "CANCELLED" });
    expect((await Promise.all(stayed)).map(({ version }) => version)).toEqual([key.version, key.version]);
    expect((await sign()).version).toBe(key.version);
  });
});
