import { getEventListeners } from "node:events";
import * as sdk from "@google-cloud/kms";
import { crc32c } from "@aws-crypto/crc32c";
import { startGcpEmulator } from "@kms/emulators/gcp";
import { PassThroughClient } from "google-auth-library";
import { describe, expect, test, vi } from "vitest";
import { connect, type Asking } from "../src/client.ts";
import { gcpKms } from "../src/index.ts";
import { endedProcess } from "./ended-process.ts";
import { call, endWithTest, makeRing, placeOf, refusal, rejection, stand } from "./setup.ts";

const missing = Object.assign(new Error("Cannot find package '@google-cloud/kms'"), { code: "ERR_MODULE_NOT_FOUND" });
const keyRing = "projects/emulated-project/locations/europe-west1/keyRings/tests";
const readRing = async ({ client, options }: Asking) => (await client.getKeyRing({ name: keyRing }, options))[0].name;

type ClientOptions = ConstructorParameters<typeof sdk.KeyManagementServiceClient>[0];

/** A connection over a client of its own, led to an emulator; what clients are made with is kept. */
async function own() {
  const emulator = await startGcpEmulator();
  endWithTest(() => emulator.close());
  const made: ClientOptions[] = [];
  const ended: sdk.KeyManagementServiceClient[] = [];
  class Led extends sdk.KeyManagementServiceClient {
    constructor(options: ClientOptions) {
      super({ ...options, ...emulator.clientConfiguration });
      made.push(options);
    }
    override async close(): Promise<void> {
      ended.push(this);
      await super.close();
    }
  }
  const load = {
    sdk: vi.fn<() => Promise<{ KeyManagementServiceClient: typeof Led }>>(async () => ({
      KeyManagementServiceClient: Led,
    })),
    crc32c: async () => crc32c,
  };
  const connection = connect({ keyRing }, load);
  endWithTest(connection.close);
  const client = new sdk.KeyManagementServiceClient(emulator.clientConfiguration);
  endWithTest(() => client.close());
  await makeRing(client, emulator);
  emulator.requests.clear();
  return { emulator, connection, made, ended, load };
}

describe("the SDK", () => {
  test("that is not installed is UNSUPPORTED with the way to install it, and is looked for again", async () => {
    const { load } = await own();
    let installed = false;
    const sometimes = async () => {
      if (!installed) throw missing;
      return load.sdk();
    };
    const connection = connect({ keyRing }, { ...load, sdk: sometimes });
    endWithTest(connection.close);
    const error = await refusal(connection.send(readRing, call()));
    expect(error).toMatchObject({ code: "UNSUPPORTED", cause: missing });
    expect(error.message).toContain("@google-cloud/kms");
    installed = true;
    expect(await connection.send(readRing, call())).toBe(keyRing);
  });

  test("and the checksums are loaded with the first call and not before, the SDK not at all beside a ready client", async () => {
    vi.resetModules();
    const [loadSdk, loadSums] = [
      vi.fn<() => typeof sdk>(() => sdk),
      vi.fn<() => object>(() => ({ default: { buf: crc32c } })),
    ];
    vi.doMock("@google-cloud/kms", loadSdk);
    vi.doMock("crc-32/crc32c.js", loadSums);
    endWithTest(async () => {
      vi.doUnmock("@google-cloud/kms");
      vi.doUnmock("crc-32/crc32c.js");
    });
    const { client } = await stand();
    const fresh = await import("../src/index.ts");
    const driver = fresh.gcpKms({ client, keyRing });
    driver.checkConf({ algorithm: "AES-256-GCM" });
    expect(loadSums).not.toHaveBeenCalled();
    await driver.generateRandom?.(8, call());
    expect(loadSums).toHaveBeenCalledOnce();
    expect(loadSdk).not.toHaveBeenCalled();
  });

  test("is loaded once, and one client made, for many first calls at the same time", async () => {
    const { connection, load, made } = await own();
    await Promise.all([1, 2, 3].map(() => connection.send(readRing, call())));
    expect(load.sdk).toHaveBeenCalledOnce();
    expect(made).toHaveLength(1);
  });
});

describe("a client of the driver's own", () => {
  test("speaks gRPC, is told its project, and ends with the driver", async () => {
    const { connection, made, ended } = await own();
    await connection.send(readRing, call());
    expect(made).toEqual([{ fallback: false, projectId: "emulated-project" }]);
    await connection.close();
    expect(ended).toHaveLength(1);
    expect(await refusal(connection.send(readRing, call()))).toMatchObject({ code: "CLOSED", outcome: "none" });
  });

  test("is given credentials, or an auth client", async () => {
    const made: ClientOptions[] = [];
    const Made = class {
      constructor(options: ClientOptions) {
        made.push(options);
        throw new Error("enough");
      }
    } as unknown as typeof sdk.KeyManagementServiceClient;
    const load = { sdk: async () => ({ KeyManagementServiceClient: Made }), crc32c: async () => crc32c };
    const credentials = { client_email: "a", private_key: "b" };
    const authClient = new PassThroughClient();
    await rejection(connect({ keyRing, credentials }, load).send(readRing, call()));
    await rejection(connect({ keyRing, authClient }, load).send(readRing, call()));
    expect(made).toMatchObject([{ credentials }, { authClient }]);
  });

  test("gives up when the call's time is over, and says so", async () => {
    const { connection, emulator } = await own();
    await connection.send(readRing, call());
    emulator.faults.next({ slowMs: 30_000 }, "GetKeyRing");
    const end = performance.now() + 60;
    const cause = await rejection(
      connection.send(readRing, call({ remainingMs: () => Math.max(0, end - performance.now()) })),
    );
    expect(cause).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
  });

  test.each([Infinity, 2 ** 40])("takes %d ms, more than a timer can, for a long time", async (remaining) => {
    const { connection } = await own();
    expect(await connection.send(readRing, call({ remainingMs: () => remaining }))).toBe(keyRing);
  });

  test("that was never used closes without being made", async () => {
    const driver = gcpKms({ keyRing });
    await driver.close();
    expect(await refusal(driver.generateRandom?.(8, call()))).toMatchObject({ code: "CLOSED" });
  });

  test("that is still being made when the driver is closed ends too, and asks nothing", async () => {
    const { load, ended, emulator } = await own();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const connection = connect({ keyRing }, { ...load, sdk: () => held.then(load.sdk) });
    const asked = rejection(connection.send(readRing, call()));
    await connection.close(); // nothing says how long making it takes, so that is not waited for
    expect(ended).toHaveLength(0);
    release();
    await vi.waitFor(() => expect(ended).toHaveLength(1));
    expect(await asked).toMatchObject({ code: "CLOSED", outcome: "none" });
    expect(emulator.requests.count()).toBe(0);
  });

  test("leaves neither socket nor timer behind, also where a call was under way", async () => {
    expect(await endedProcess("use-and-close.ts")).toBe("closed, the call under way CLOSED");
  });

  test("that finds no credentials is UNAUTHENTICATED each time, not an unhandled rejection that ends the process", async () => {
    const env = { GOOGLE_APPLICATION_CREDENTIALS: "/nonexistent", METADATA_SERVER_DETECTION: "none" };
    expect(await endedProcess("without-credentials.ts", env)).toBe("UNAUTHENTICATED none\nUNAUTHENTICATED none");
  });
});

describe("a ready client", () => {
  test("that speaks the REST fallback is refused before any call", async () => {
    const emulator = await startGcpEmulator();
    endWithTest(() => emulator.close());
    const { apiEndpoint, port } = emulator.clientConfiguration;
    const authClient = new PassThroughClient();
    const client = new sdk.KeyManagementServiceClient({
      fallback: true,
      protocol: "http",
      apiEndpoint,
      port,
      authClient,
    });
    endWithTest(() => client.close());
    const driver = gcpKms({ client, keyRing: placeOf(emulator).keyRing });
    const error = await refusal(driver.describeKey("k", call()));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", outcome: "none" });
    expect(error.message).toContain("fallback");
    expect(emulator.requests.count()).toBe(0);
  });

  test("makes one request for each call of ours, and keeps its own retries for everybody else", async () => {
    const { client, driver, emulator } = await stand();
    emulator.faults.next("unavailable", "GetKeyRing");
    emulator.faults.next("unavailable", "GenerateRandomBytes");
    await rejection(driver.generateRandom(8, call()));
    expect(emulator.requests.count("GenerateRandomBytes")).toBe(1);
    await client.getKeyRing({ name: keyRing });
    expect(emulator.requests.count("GetKeyRing")).toBe(2);
  });

  test("keeps its own timeouts: a short deadline of ours cuts nobody else's retries short", async () => {
    const { client, driver, emulator } = await stand();
    emulator.faults.next({ slowMs: 30_000 }, "GetKeyRing");
    await rejection(driver.health(call({ remainingMs: () => 30 })));
    emulator.faults.next({ slowMs: 300 }, "GetKeyRing");
    expect((await client.getKeyRing({ name: keyRing }))[0].name).toBe(keyRing);
  });

  test("leaves nothing on the signal of a call that has ended, well or badly", async () => {
    const { driver, emulator } = await stand();
    const { signal } = new AbortController();
    await driver.generateRandom(8, call({ signal }));
    emulator.faults.next("unavailable");
    await rejection(driver.generateRandom(8, call({ signal })));
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("that its maker closed is CLOSED", async () => {
    const { client, driver } = await stand();
    await driver.generateRandom(8, call());
    await client.close();
    const cause = await rejection(driver.generateRandom(8, call()));
    expect(driver.classify(cause, "generateRandom")).toMatchObject({ code: "CLOSED", outcome: "none" });
  });

  test("stays open when the driver is closed", async () => {
    const { client, driver } = await stand();
    await driver.generateRandom(8, call());
    await driver.close();
    expect((await client.getKeyRing({ name: keyRing }))[0].name).toBe(keyRing);
  });
});

test("an endpoint where nobody listens is UNAVAILABLE, and nothing was done", async () => {
  const emulator = await startGcpEmulator();
  const client = new sdk.KeyManagementServiceClient(emulator.clientConfiguration);
  endWithTest(() => client.close());
  await emulator.close();
  const driver = gcpKms({ client, keyRing });
  expect(await refusal(driver.createKey({ algorithm: "AES-256-GCM", name: "k" }, call()))).toMatchObject({
    code: "UNAVAILABLE",
    outcome: "none",
  });
});
