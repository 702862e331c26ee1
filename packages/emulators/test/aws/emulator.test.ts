import { createServer } from "node:net";
import { CreateKeyCommand, DescribeKeyCommand, KMSClient, ListKeysCommand } from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { startAwsEmulator } from "../../src/aws/index.ts";
import { clientFor, createKey, nameOf, start } from "./setup.ts";
import { send, sign } from "./wire.ts";

describe("startAwsEmulator", () => {
  it("listens on 127.0.0.1 alone and says where", async () => {
    const { emulator } = await start();
    expect(emulator.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await expect(fetch(emulator.endpoint.replace("127.0.0.1", "127.0.0.2"))).rejects.toThrow(TypeError);
    expect([emulator.region, emulator.accountId]).toEqual(["eu-west-1", "000000000000"]);
  });

  it("gives a configuration that the official client takes as it is", async () => {
    const { emulator } = await start();
    const client = new KMSClient(emulator.clientConfiguration);
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("none");
    client.destroy();
  });

  it("puts region and account into ARNs, and the partition of the region", async () => {
    const { client } = await start({ region: "us-gov-west-1", accountId: "111122223333" });
    const { arn } = await createKey(client);
    expect(arn).toMatch(/^arn:aws-us-gov:kms:us-gov-west-1:111122223333:key\//);
  });

  it.each([
    ["a region with a colon", { region: "eu:west" }],
    ["an account id of eleven digits", { accountId: "12345678901" }],
    ["an empty secret", { credentials: { accessKeyId: "AKIA", secretAccessKey: "" } }],
    ["an access key with a slash", { credentials: { accessKeyId: "A/B", secretAccessKey: "x" } }],
    ["a delay below zero", { rotationDelayMs: -1 }],
    ["a port out of range", { port: 65_536 }],
  ])("refuses %s with RangeError", async (_, options) => {
    await expect(startAwsEmulator(options)).rejects.toThrow(RangeError);
  });

  it("refuses an option that it does not have", async () => {
    const options = { regoin: "eu-west-1" };
    await expect(startAwsEmulator(options as object)).rejects.toThrow(TypeError);
  });

  it("rejects when the port is taken", async () => {
    const { emulator } = await start();
    await expect(startAwsEmulator({ port: Number(new URL(emulator.endpoint).port) })).rejects.toThrow(/EADDRINUSE/);
  });

  it("keeps emulators apart", async () => {
    const [one, two] = [await start(), await start()];
    const { id } = await createKey(one.client);
    expect(await nameOf(two.client.send(new DescribeKeyCommand({ KeyId: id })))).toBe("NotFoundException");
  });
});

describe("close", () => {
  it("ends connections that are kept alive, frees the port, and may be called twice", async () => {
    const { emulator, client } = await start();
    await client.send(new ListKeysCommand({}));
    await emulator.close();
    await emulator.close();
    expect(await nameOf(client.send(new ListKeysCommand({})))).not.toBe("none");
    const port = Number(new URL(emulator.endpoint).port);
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});

describe("clock", () => {
  it("moves forward only, by at most a century", async () => {
    const { emulator } = await start();
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY, 4e12]) {
      expect(() => emulator.clock.advance(ms)).toThrow(RangeError);
    }
    expect(() => emulator.clock.advance(0)).not.toThrow();
  });

  it("starts from the injected time", async () => {
    const { emulator, client } = await start({ now: () => 5000 });
    emulator.clock.advance(1000);
    const { KeyMetadata: metadata } = await client.send(new CreateKeyCommand({}));
    expect(metadata?.CreationDate).toEqual(new Date(6000));
  });
});

describe("requests", () => {
  it("records operation and key as the client wrote them, refused calls too", async () => {
    const { emulator, client } = await start();
    const { arn } = await createKey(client);
    await client.send(new DescribeKeyCommand({ KeyId: arn }));
    await nameOf(client.send(new DescribeKeyCommand({ KeyId: "alias/none" })));
    const { Authorization: _, ...unsigned } = sign(emulator, "Encrypt");
    await send(emulator, { headers: unsigned, body: "{}" });
    expect(emulator.requests.list()).toEqual([
      { operation: "CreateKey", keyId: undefined },
      { operation: "DescribeKey", keyId: arn },
      { operation: "DescribeKey", keyId: "alias/none" },
      { operation: "Encrypt", keyId: undefined },
    ]);
    expect([
      emulator.requests.count(),
      emulator.requests.count("DescribeKey"),
      emulator.requests.count("Sign"),
    ]).toEqual([4, 2, 0]);
    emulator.requests.clear();
    expect([emulator.requests.list(), emulator.requests.count()]).toEqual([[], 0]);
  });

  it("gives out copies", async () => {
    const { emulator, client } = await start();
    await createKey(clientFor(emulator));
    const before = emulator.requests.list();
    await createKey(client);
    expect(before).toHaveLength(1);
  });
});
