import * as sdk from "@aws-sdk/client-kms";
import { startAwsEmulator } from "@kms/emulators/aws";
import { afterEach, describe, expect, test, vi } from "vitest";
import { connect } from "../src/client.ts";
import { classify } from "../src/errors.ts";
import { awsKms } from "../src/index.ts";
import { call, endWithTest, refusal, rejection, stand } from "./setup.ts";

afterEach(() => vi.unstubAllEnvs());

const list = (command: typeof sdk) => new command.ListKeysCommand({});
const missing = Object.assign(new Error("Cannot find package '@aws-sdk/client-kms'"), { code: "ERR_MODULE_NOT_FOUND" });

/** The SDK, its own clients led to the endpoint; what they are made with is kept. */
function sdkFor(endpoint: string) {
  const made: sdk.KMSClientConfig[] = [];
  const clients: sdk.KMSClient[] = [];
  const ended: sdk.KMSClient[] = [];
  class Led extends sdk.KMSClient {
    constructor(configuration: sdk.KMSClientConfig = {}) {
      super({ ...configuration, endpoint });
      made.push(configuration);
      clients.push(this);
    }
    override destroy(): void {
      ended.push(this);
      super.destroy();
    }
  }
  return { made, clients, ended, load: async () => ({ ...sdk, KMSClient: Led }) };
}

/** A promise, and what settles it. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (cause: Error) => void = () => undefined;
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

async function own() {
  const emulator = await startAwsEmulator();
  endWithTest(() => emulator.close());
  const { region, credentials, endpoint } = emulator.clientConfiguration;
  const seam = sdkFor(endpoint);
  const connection = connect({ region, credentials }, seam.load);
  endWithTest(connection.close);
  return { emulator, connection, ...seam };
}

describe("the SDK", () => {
  test("that is not installed is UNSUPPORTED with the way to install it, and is looked for again", async () => {
    const { client } = await stand();
    let installed = false;
    const connection = connect({ client }, async () => {
      if (!installed) throw missing;
      return sdk;
    });
    const error = await refusal(connection.send(list, call()));
    expect(error).toMatchObject({ code: "UNSUPPORTED", cause: missing });
    expect(error.message).toContain("@aws-sdk/client-kms");
    installed = true;
    expect((await connection.send(list, call())).Keys).toEqual([]);
  });

  test("is loaded with the first call and not before", async () => {
    vi.resetModules();
    const load = vi.fn<() => typeof sdk>(() => sdk);
    vi.doMock("@aws-sdk/client-kms", load);
    endWithTest(async () => {
      vi.doUnmock("@aws-sdk/client-kms");
    });
    const { client } = await stand();
    const fresh = await import("../src/index.ts");
    const driver = fresh.awsKms({ client });
    driver.checkConf({ algorithm: "AES-256-GCM" });
    expect(load).not.toHaveBeenCalled();
    await driver.generateRandom?.(8, call());
    expect(load).toHaveBeenCalledOnce();
  });

  test("is loaded once for many first calls at the same time", async () => {
    const { client } = await stand();
    const load = vi.fn<() => Promise<typeof sdk>>(async () => sdk);
    const connection = connect({ client }, load);
    await Promise.all([1, 2, 3].map(() => connection.send(list, call())));
    expect(load).toHaveBeenCalledOnce();
  });
});

describe("a client of the driver's own", () => {
  test("makes one attempt, throws on timeouts, and ends with the driver", async () => {
    const { connection, made, ended } = await own();
    await connection.send(list, call());
    expect(made).toMatchObject([
      {
        maxAttempts: 1,
        requestHandler: { throwOnRequestTimeout: true, connectionTimeout: 5_000, requestTimeout: 10_000 },
      },
    ]);
    await connection.close();
    expect(ended).toHaveLength(1);
    expect(await refusal(connection.send(list, call()))).toMatchObject({ code: "CLOSED", outcome: "none" });
  });

  test("gives up when the call's time is over", async () => {
    const { connection, emulator } = await own();
    emulator.faults.next({ slowMs: 30_000 }, "ListKeys");
    const cause = await rejection(connection.send(list, call({ remainingMs: () => 40.5 })));
    expect(classify(cause, "listKeys")).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
  });

  test("gives each command the call's own time, longer than the handler's", async () => {
    const { connection, clients } = await own();
    await connection.send(list, call());
    const handle = vi.spyOn(clients[0]?.config.requestHandler ?? expect.fail(), "handle");
    await connection.send(list, call({ remainingMs: () => 60_000 }));
    expect(handle.mock.calls).toMatchObject([[{}, { requestTimeout: 60_000 }]]);
  });

  test.each([Infinity, 2 ** 40])("takes %d ms, more than a timer can, for a long time", async (remaining) => {
    const { connection } = await own();
    expect((await connection.send(list, call({ remainingMs: () => remaining }))).Keys).toEqual([]);
  });

  test("is asked for a Region when none is known", async () => {
    for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"]) vi.stubEnv(name, "");
    for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(name, "/nonexistent");
    const connection = connect({ credentials: { accessKeyId: "a", secretAccessKey: "b" } });
    endWithTest(connection.close);
    expect(await refusal(connection.send(list, call()))).toMatchObject({ code: "INVALID_ARGUMENT", outcome: "none" });
  });

  test("whose opening fails does not make close fail", async () => {
    const { promise: loading, reject } = deferred<typeof sdk>();
    const connection = connect({ region: "eu-west-1" }, () => loading);
    const sending = rejection(connection.send(list, call()));
    const closing = connection.close();
    reject(missing);
    expect(await closing).toBeUndefined();
    expect(await sending).toMatchObject({ code: "UNSUPPORTED" });
  });

  test("that is being opened when the driver is closed is not waited for, ends once it is there, and asks nothing", async () => {
    const emulator = await startAwsEmulator();
    endWithTest(() => emulator.close());
    const { region, credentials, endpoint } = emulator.clientConfiguration;
    const seam = sdkFor(endpoint);
    const { promise: loading, resolve } = deferred<typeof sdk>();
    const connection = connect({ region, credentials }, () => loading);
    const sending = rejection(connection.send(list, call()));
    await connection.close();
    expect(seam.ended).toHaveLength(0);
    resolve(await seam.load());
    expect(await sending).toMatchObject({ code: "CLOSED", outcome: "none" });
    expect(seam.ended).toHaveLength(1);
    expect(emulator.requests.count()).toBe(0);
  });

  test("asks nothing when the driver is closed while credentials are fetched", async () => {
    const emulator = await startAwsEmulator();
    endWithTest(() => emulator.close());
    const { region, credentials, endpoint } = emulator.clientConfiguration;
    const asked = deferred<void>();
    const given = deferred<typeof credentials>();
    const slowly = async () => {
      asked.resolve();
      return given.promise;
    };
    const connection = connect({ region, credentials: slowly }, sdkFor(endpoint).load);
    const sending = rejection(connection.send(list, call()));
    await asked.promise;
    await connection.close();
    given.resolve(credentials);
    expect(await sending).toMatchObject({ code: "CLOSED", outcome: "none" });
    expect(emulator.requests.count()).toBe(0);
  });

  test("that was never used closes without being made", async () => {
    const driver = awsKms({ region: "eu-west-1" });
    await driver.close();
    expect(await refusal(driver.generateRandom?.(8, call()))).toMatchObject({ code: "CLOSED" });
  });
});

describe("a ready client", () => {
  const configurations: Readonly<Record<string, (emulated: sdk.KMSClientConfig) => Promise<sdk.KMSClientConfig>>> = {
    "was made with maxAttempts: 3": async (emulated) => ({ ...emulated, maxAttempts: 3 }),
    "was made without maxAttempts": async (emulated) => emulated,
    "has a retry strategy of two attempts beside maxAttempts: 1": async (emulated) => {
      const retryStrategy = await new sdk.KMSClient({ ...emulated, maxAttempts: 2 }).config.retryStrategy();
      return { ...emulated, maxAttempts: 1, retryStrategy };
    },
  };

  test.each(Object.keys(configurations))("that %s is refused before any call", async (name) => {
    vi.stubEnv("AWS_MAX_ATTEMPTS", "");
    const emulator = await startAwsEmulator();
    endWithTest(() => emulator.close());
    const client = new sdk.KMSClient((await configurations[name]?.(emulator.clientConfiguration)) ?? {});
    const error = await refusal(awsKms({ client }).generateRandom?.(8, call()));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", outcome: "none" });
    expect(error.message).toContain("maxAttempts: 1");
    expect(emulator.requests.count()).toBe(0);
  });

  test("keeps its own request timeout, which is not taken for the end of the call's time", async () => {
    const { client, emulator } = await stand(
      {},
      { requestHandler: { requestTimeout: 40, throwOnRequestTimeout: true } },
    );
    emulator.faults.next({ slowMs: 30_000 }, "ListKeys");
    const error = await refusal(connect({ client }).send(list, call()));
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown", cause: { name: "TimeoutError" } });
    expect(error.message).toContain("client given to awsKms");
  });

  test("with a handler that is not the SDK's for Node is cancelled by an AbortSignal, as fetch wants one", async () => {
    const signals: unknown[] = [];
    const handle = async (_request: unknown, options?: { readonly abortSignal?: unknown }) => {
      signals.push(options?.abortSignal);
      return { response: { statusCode: 200, headers: {}, body: Buffer.from('{"Keys":[]}') } };
    };
    const { client } = await stand({}, { requestHandler: { handle } });
    const asked = call();
    expect((await connect({ client }).send(list, asked)).Keys).toEqual([]);
    expect(signals).toEqual([asked.signal]);
  });

  test("stays open when the driver is closed", async () => {
    const { client, driver } = await stand();
    await driver.generateRandom(8, call());
    const destroy = vi.spyOn(client, "destroy");
    await driver.close();
    expect(destroy).not.toHaveBeenCalled();
    expect((await client.send(new sdk.GenerateRandomCommand({ NumberOfBytes: 8 }))).Plaintext).toHaveLength(8);
  });
});
