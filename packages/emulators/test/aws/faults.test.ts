import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateRandomCommand,
  ListKeysCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import type { AwsEmulator } from "../../src/aws/index.ts";
import { bytes, clientFor, createKey, nameOf, start } from "./setup.ts";
import { send, sign } from "./wire.ts";

async function arrival(emulator: AwsEmulator, operation: string): Promise<void> {
  while (emulator.requests.count(operation) === 0) await new Promise((resolve) => setImmediate(resolve));
}

// The SDK gives a broken connection the name TimeoutError; its code is ECONNRESET.
describe("faults", () => {
  it.each([
    ["throttle", "ThrottlingException"],
    ["internal-error", "KMSInternalException"],
    ["unavailable", "ServiceUnavailableException"],
    ["expired-token", "ExpiredTokenException"],
    ["clock-skew", "InvalidSignatureException"],
    ["bad-gateway", "SyntaxError"],
    ["reset", "TimeoutError"],
    [{ error: "KeyUnavailableException" }, "KeyUnavailableException"],
    [{ error: "DependencyTimeoutException" }, "DependencyTimeoutException"],
  ] as const)("%j reaches the client as %s and nothing is done", async (fault, expected) => {
    const { emulator, client } = await start();
    emulator.faults.next(fault);
    expect(await nameOf(client.send(new CreateKeyCommand({})))).toBe(expected);
    expect((await client.send(new ListKeysCommand({}))).Keys).toEqual([]);
  });

  it.each([
    ["answer-lost", "TimeoutError"],
    ["corrupted-body", "SyntaxError"],
  ] as const)("%j reaches the client as %s after the work was done", async (fault, expected) => {
    const { emulator, client } = await start();
    emulator.faults.next(fault);
    expect(await nameOf(client.send(new CreateKeyCommand({})))).toBe(expected);
    expect((await client.send(new ListKeysCommand({}))).Keys).toHaveLength(1);
  });

  it("corrupted-body breaks an empty answer too", async () => {
    const { emulator, client } = await start();
    const { id } = await createKey(client);
    emulator.faults.next("corrupted-body");
    expect(await nameOf(client.send(new DisableKeyCommand({ KeyId: id })))).toBe("SyntaxError");
  });

  it("slowMs does the work at once and keeps the answer back", async () => {
    const { emulator, client } = await start();
    emulator.faults.next({ slowMs: 3_600_000 });
    const abort = new AbortController();
    const call = client.send(new CreateKeyCommand({}), { abortSignal: abort.signal });
    await arrival(emulator, "CreateKey");
    expect((await client.send(new ListKeysCommand({}))).Keys).toHaveLength(1);
    abort.abort();
    expect(await nameOf(call)).toBe("AbortError");
  });

  it("slowMs does not hold up closing, and leaves no timer behind", async () => {
    const { emulator, client } = await start();
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    emulator.faults.next({ slowMs: 3_600_000 });
    const call = nameOf(client.send(new CreateKeyCommand({})));
    await arrival(emulator, "CreateKey");
    await emulator.close();
    expect(await call).toBe("TimeoutError");
    client.destroy();
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it("slowMs answers rightly in the end", async () => {
    const { emulator, client } = await start();
    emulator.faults.next({ slowMs: 1 });
    expect(await nameOf(client.send(new GenerateRandomCommand({ NumberOfBytes: 8 })))).toBe("none");
  });

  it("next breaks one call, in the order set, and then no more", async () => {
    const { emulator, client } = await start();
    emulator.faults.next("throttle");
    emulator.faults.next("internal-error");
    const names: string[] = [];
    for (let count = 0; count < 3; count += 1) names.push(await nameOf(client.send(new ListKeysCommand({}))));
    expect(names).toEqual(["ThrottlingException", "KMSInternalException", "none"]);
  });

  it("always breaks every call until clear, and a queued fault goes first", async () => {
    const { emulator, client } = await start();
    emulator.faults.always("throttle");
    emulator.faults.next("internal-error");
    const names: string[] = [];
    for (let count = 0; count < 3; count += 1) names.push(await nameOf(client.send(new ListKeysCommand({}))));
    expect(names).toEqual(["KMSInternalException", "ThrottlingException", "ThrottlingException"]);
    emulator.faults.clear();
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("none");
  });

  it("can be limited to one operation", async () => {
    const { emulator, client } = await start();
    const { id } = await createKey(client);
    emulator.faults.always("throttle", "Encrypt");
    expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId: id })))).toBe("none");
    expect(await nameOf(client.send(new EncryptCommand({ KeyId: id, Plaintext: bytes("x") })))).toBe(
      "ThrottlingException",
    );
  });

  it("cannot be set for an operation that the emulator does not have", async () => {
    const { emulator } = await start();
    expect(() => emulator.faults.next("throttle", "Encript")).toThrow(RangeError);
  });

  it("cannot be unknown, nor slower than a timer can be", async () => {
    const { emulator } = await start();
    const delays = [-1, Number.NaN, 2 ** 31, "1"].map((slowMs) => ({ slowMs }));
    const impossible = ["flood", null, {}, { error: "Nonsense" }, ...delays];
    for (const fault of impossible) expect(() => emulator.faults.always(fault as "reset")).toThrow(RangeError);
  });

  it("cannot be of two kinds at once", async () => {
    const { emulator } = await start();
    const fault = { slowMs: 1, error: "KeyUnavailableException" } as const;
    expect(() => emulator.faults.next(fault)).toThrow(RangeError);
  });

  it("corrupted-body waits for a success", async () => {
    const { emulator, client } = await start();
    emulator.faults.next("corrupted-body");
    expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId: "alias/none" })))).toBe("NotFoundException");
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("SyntaxError");
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("none");
  });

  it("wait for a call that is well signed", async () => {
    const { emulator, client } = await start();
    emulator.faults.next("throttle");
    const { Authorization: _, ...headers } = sign(emulator, "ListKeys");
    await send(emulator, { headers, body: "{}" });
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("ThrottlingException");
  });

  it("are retried by a client that retries", async () => {
    const { emulator } = await start();
    emulator.faults.next("internal-error");
    expect(await nameOf(clientFor(emulator, { maxAttempts: 2 }).send(new ListKeysCommand({})))).toBe("none");
    expect(emulator.requests.count("ListKeys")).toBe(2);
  });
});
