import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { startAwsEmulator } from "../src/aws/index.ts";
import { startAzureEmulator } from "../src/azure/index.ts";
import { Delays } from "../src/delays.ts";
import { startGcpEmulator } from "../src/gcp/index.ts";
import { API, send } from "./azure/setup.ts";

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

describe("answers that wait", () => {
  it("run in the end, and leave no timer behind", async () => {
    const [delays, before] = [new Delays(), timers()];
    await new Promise<void>((resolve) => {
      delays.run(1, resolve);
      expect(timers()).toBe(before + 1);
    });
    expect(timers()).toBe(before);
  });

  it("do not run after the end, whether they waited before it or come after it", async () => {
    const [delays, before] = [new Delays(), timers()];
    let count = 0;
    delays.run(1, () => (count += 1));
    delays.end();
    delays.run(1, () => (count += 1));
    expect(timers()).toBe(before);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(count).toBe(0);
  });
});

const ENDPOINTS = {
  aws: async () => {
    const emulator = await startAwsEmulator();
    return { emulator, address: emulator.endpoint };
  },
  azure: async () => {
    const emulator = await startAzureEmulator();
    return { emulator, address: emulator.vaultUrl };
  },
  gcp: async () => {
    const emulator = await startGcpEmulator();
    return { emulator, address: `http://${emulator.endpoint}` };
  },
};

/** A connection that has written this much and no more, and its end. */
async function connection(address: string, text: string): Promise<{ readonly closed: Promise<void> }> {
  const socket = connect(Number(new URL(address).port), "127.0.0.1")
    .resume()
    .on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  socket.write(text);
  return { closed };
}

describe("close", () => {
  it.each(["aws", "azure", "gcp"] as const)("of %s ends connections that have asked for nothing yet", async (cloud) => {
    const { emulator, address } = await ENDPOINTS[cloud]();
    const connections = [await connection(address, ""), await connection(address, "POST / HTTP/1.1\r\n")];
    await emulator.close();
    await expect(Promise.all(connections.map(({ closed }) => closed))).resolves.toHaveLength(2);
  });

  it("of Azure ends a call that is worked on, and it is not answered late", async () => {
    const emulator = await startAzureEmulator();
    const before = timers();
    emulator.faults.next({ slowMs: 3_600_000 }, "GetKey");
    let worked = (): void => undefined;
    const working = new Promise<void>((resolve) => (worked = resolve));
    let goOn = (): void => undefined;
    const closed = new Promise<void>((resolve) => (goOn = resolve));
    emulator.others.before("GetKey", async () => {
      worked();
      await closed;
    });
    const call = send(emulator, `GET /keys/orders?${API}`).catch(() => "broken off");
    await working;
    await emulator.close();
    goOn();
    expect(await call).toBe("broken off");
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
