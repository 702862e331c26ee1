import { request } from "node:http";
import * as sdk from "@aws-sdk/client-kms";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/aws/limits.ts";
import { OPERATIONS } from "../../src/aws/operations/index.ts";
import { createKey, nameOf, start } from "./setup.ts";
import { send, sign, typeOf } from "./wire.ts";

describe("the wire", () => {
  it("spells Content-Length and x-amzn-RequestId exactly so, on answers and refusals alike", async () => {
    const { emulator } = await start();
    for (const [operation, status] of [
      ["ListKeys", 200],
      ["Nothing", 501],
    ] as const) {
      const answer = await send(emulator, { headers: sign(emulator, operation), body: "{}" });
      expect(answer.status).toBe(status);
      expect(answer.rawHeaders).toEqual(expect.arrayContaining(["Content-Length", "x-amzn-RequestId", "Content-Type"]));
      expect(answer.rawHeaders).not.toContain("Transfer-Encoding");
      expect(answer.rawHeaders).toContain("application/x-amz-json-1.1");
    }
  });

  it("writes dates as numbers of seconds", async () => {
    const { emulator, client } = await start({ now: () => 1_700_000_000_250 });
    const { id } = await createKey(client);
    const body = JSON.stringify({ KeyId: id });
    const answer = await send(emulator, { headers: sign(emulator, "DescribeKey", body), body });
    expect(JSON.parse(answer.body)).toMatchObject({ KeyMetadata: { CreationDate: 1_700_000_000.25 } });
  });

  it("answers nothing at all where the operation has no result", async () => {
    const { emulator, client } = await start();
    const { id } = await createKey(client);
    const body = JSON.stringify({ KeyId: id });
    const answer = await send(emulator, { headers: sign(emulator, "DisableKey", body), body });
    expect([answer.status, answer.body]).toEqual([200, ""]);
  });

  it("refuses operations that it does not have as not implemented", async () => {
    const { emulator, client } = await start();
    const { id } = await createKey(client);
    const replicate = client.send(new sdk.ReplicateKeyCommand({ KeyId: id, ReplicaRegion: "us-east-1" }));
    expect(await nameOf(replicate)).toBe("NotImplementedException");
    expect(await nameOf(client.send(new sdk.ListGrantsCommand({ KeyId: id })))).toBe("NotImplementedException");
    const answer = await send(emulator, { headers: sign(emulator, "constructor"), body: "{}" });
    expect(typeOf(answer)).toBe("NotImplementedException");
  });

  it("refuses what is no call with UnknownOperationException", async () => {
    const { emulator } = await start();
    const headers = sign(emulator, "ListKeys");
    const foreign = { ...headers, "X-Amz-Target": "DynamoDB_20120810.ListTables" };
    const { "X-Amz-Target": _, ...without } = headers;
    for (const answer of [
      await send(emulator, { headers, body: "{}", path: "/keys" }),
      await send(emulator, { headers: {}, method: "GET" }),
      await send(emulator, { headers: foreign, body: "{}" }),
      await send(emulator, { headers: without, body: "{}" }),
    ]) {
      expect([answer.status, typeOf(answer)]).toEqual([404, "UnknownOperationException"]);
    }
  });

  it("refuses other content types as not implemented", async () => {
    const { emulator } = await start();
    const headers = sign(emulator, "ListKeys", "{}", { "Content-Type": "application/cbor" });
    expect(typeOf(await send(emulator, { headers, body: "{}" }))).toBe("NotImplementedException");
  });

  it.each([
    ["half a document", '{"KeyId":'],
    ["a list", "[]"],
    ["a string", '"x"'],
    ["null", "null"],
    ["a number for a string", '{"KeyId":1}'],
    ["an object for a string", '{"KeyId":{}}'],
    ["a string for a number", '{"KeyId":"x","NumberOfBytes":"32"}'],
    ["a fraction for a whole number", '{"KeyId":"x","NumberOfBytes":1.5}'],
    ["a list for a map", '{"KeyId":"x","EncryptionContext":[]}'],
    ["a number in a map of strings", '{"KeyId":"x","EncryptionContext":{"a":1}}'],
    ["a lone surrogate", '{"KeyId":"x","EncryptionContext":{"a":"\\ud800"}}'],
  ])("refuses %s with SerializationException", async (_, body) => {
    const { emulator } = await start();
    const answer = await send(emulator, { headers: sign(emulator, "GenerateDataKey", body), body });
    expect([answer.status, typeOf(answer)]).toEqual([400, "SerializationException"]);
  });

  it.each(["AAA", "AA==A", "_-8=", "A A=", "=", "AB\n=="])("refuses %j, which is not base64", async (text) => {
    const { emulator } = await start();
    const body = JSON.stringify({ KeyId: "x", Plaintext: text });
    expect(typeOf(await send(emulator, { headers: sign(emulator, "Encrypt", body), body }))).toBe(
      "SerializationException",
    );
  });

  it("refuses missing members with ValidationException and unknown ones as not implemented", async () => {
    const { emulator } = await start();
    for (const [body, expected] of [
      ["{}", "ValidationException"],
      ['{"KeyId":null}', "ValidationException"],
      ['{"KeyId":"x","Other":1}', "NotImplementedException"],
      ['{"__proto__":1,"KeyId":"x"}', "NotImplementedException"],
    ] as const) {
      expect(typeOf(await send(emulator, { headers: sign(emulator, "DescribeKey", body), body }))).toBe(expected);
    }
  });

  it("refuses a body over one mebibyte without reading on", async () => {
    const { emulator } = await start();
    const body = "x".repeat(1_048_577);
    const answer = await send(emulator, { headers: sign(emulator, "ListKeys", body), body });
    expect([answer.status, typeOf(answer)]).toEqual([413, "RequestEntityTooLargeException"]);
  });

  it("survives a client that goes away in the middle of a body", async () => {
    const { emulator, client } = await start();
    await new Promise<void>((resolve) => {
      const outgoing = request(emulator.endpoint, { method: "POST", headers: { "Content-Length": "100" } });
      outgoing.on("error", () => resolve());
      outgoing.write("{", () => outgoing.destroy(new Error("gone")));
    });
    expect(await nameOf(client.send(new sdk.ListKeysCommand({})))).toBe("none");
  });

  it("answers every JSON document with one of the service's errors or a result, never with a failure of its own", async () => {
    const { emulator } = await start();
    const operations = [...OPERATIONS.keys()];
    const members = [...new Set([...OPERATIONS.values()].flatMap((row) => row.members))];
    const document = fc.dictionary(fc.constantFrom(...members), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...operations), document, async (operation, json) => {
        const body = Buffer.from(JSON.stringify(json), "utf8").toString("latin1"); // aws4 and http count characters
        const ascii = body.replaceAll(/[^\x20-\x7e]/g, "?");
        const answer = await send(emulator, { headers: sign(emulator, operation, ascii), body: ascii });
        expect(answer.status).not.toBe(500);
        expect(typeOf(answer)).not.toBe("KMSInternalException");
      }),
      { numRuns: 300 },
    );
  });
});

describe("the tables", () => {
  it("cite a vendor document or the provider facts in every row", () => {
    const sources = [
      ...[...OPERATIONS.values()].map((row) => row.source),
      ...Object.values(LIMITS).map((limit) => limit.source),
    ];
    expect(
      sources.filter((source) => !/^(AWS KMS (API Reference|Developer Guide)|provider facts), ./.test(source)),
    ).toEqual([]);
  });

  it("have only operations of the official client, and an IAM action after each name", () => {
    const names = [...OPERATIONS.keys()];
    expect(names.filter((name) => !Object.hasOwn(sdk, `${name}Command`))).toEqual([]);
    // Of two keys that ReEncrypt works on, each has an action of its own.
    expect(names.filter((name) => OPERATIONS.get(name)?.action !== `kms:${name}`)).toEqual(["ReEncrypt"]);
  });
});
