import { createServer, Server as HttpServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from "node:net";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { AwsFault } from "@kms/emulators/aws";
import { bytes, call, context, endWithTest, rejection, stand, target, version1, type Stand } from "./setup.ts";

const plaintext = "canary-in-the-plaintext";
const header = "canary-in-a-header"; // where a session token stands
const credentials = { accessKeyId: "AKIACANARYCANARY0000", secretAccessKey: "canary-in-the-secret-access-key" };

/** Everything that can be reached from an error, hidden members too. */
const everything = (cause: unknown): string =>
  inspect(cause, { depth: Infinity, showHidden: true, maxStringLength: null });

const secrets = [
  plaintext,
  Buffer.from(plaintext).toString("base64"),
  Buffer.from(plaintext).toString("hex"),
  header,
  credentials.secretAccessKey,
];

const isRequest = (value: unknown): value is { readonly headers: Record<string, string> } =>
  typeof value === "object" && value !== null && "headers" in value;

/** From here on the client asks this server. */
async function leadTo({ config }: Stand["client"], server: TcpServer): Promise<void> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  endWithTest(async () => {
    server.close();
    if (server instanceof HttpServer) server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  config.endpoint = async () => ({ protocol: "http:", hostname: "127.0.0.1", port, path: "/" });
}

describe("no error leads to plaintext or credentials", () => {
  const faults: readonly AwsFault[] = [
    "throttle",
    "bad-gateway",
    "reset",
    "corrupted-body",
    { error: "AccessDeniedException" },
  ];

  test.each(faults)("%j", async (fault) => {
    const { emulator, client, driver } = await stand({ credentials });
    client.middlewareStack.add(
      (next) => async (args) => {
        if (isRequest(args.request)) args.request.headers["x-canary"] = header;
        return next(args);
      },
      { step: "build" },
    );
    const symmetric = target(await driver.createKey({ algorithm: "AES-256-GCM" }, call()), "AES-256-GCM");
    const mac = version1(await driver.createKey({ algorithm: "HMAC-SHA256" }, call()), "HMAC-SHA256");
    const made = await driver.encrypt(symmetric, bytes(plaintext), context(), call());
    emulator.faults.always(fault);
    const attempts = [
      () => driver.encrypt(symmetric, bytes(plaintext), context(), call()),
      () => driver.decrypt(symmetric, made.bytes, context(), call()),
      () => driver.wrapDataKey(symmetric, bytes(plaintext), context(), call()),
      () => driver.generateMac(mac, bytes(plaintext), call()),
      () => driver.createKey({ algorithm: "AES-256-GCM" }, call()),
      () => driver.rotate(symmetric, call()),
    ];
    for (const attempt of attempts) {
      const shown = everything(await rejection(attempt()));
      for (const secret of secrets) expect(shown).not.toContain(secret);
    }
  });

  test.each([
    ["cut short", '{"Plaintext":"', ""],
    ["without its quotes", '{"Plaintext":', "}"],
    ["followed by something else", '{"Plaintext":"', '"}x'],
    ["with bytes that are no base64", '{"Plaintext":"', '!"}'],
  ])("an answer that cannot be read: %s", async (_what, start, end) => {
    const { driver, client } = await stand({ credentials });
    const key = target(await driver.createKey({ algorithm: "AES-256-GCM" }, call()), "AES-256-GCM");
    const server = createServer((_request, response) => response.end(`${start}${secrets[1]}${end}`));
    await leadTo(client, server);
    for (const attempt of [
      () => driver.decrypt(key, new Uint8Array(64), context(), call()),
      () => driver.generateDataKey(key, 32, context(), call()),
    ]) {
      const shown = everything(await rejection(attempt()));
      for (const secret of secrets) expect(shown).not.toContain(secret);
      expect(shown).not.toContain(secrets[1]?.slice(0, 8));
    }
  });

  test("an answer that is no HTTP, whose bytes the errors of Node's parsers bear", async () => {
    const { driver, client } = await stand({ credentials });
    const key = target(await driver.createKey({ algorithm: "AES-256-GCM" }, call()), "AES-256-GCM");
    const answer = `HTTP/1.1 200 OK\r\nno header\r\n\r\n{"Plaintext":"${secrets[1]}"}`;
    const server = createTcpServer((socket) => void socket.once("data", () => socket.end(answer)));
    await leadTo(client, server);
    const { port } = server.address() as AddressInfo;
    const handle = async () => {
      await fetch(`http://127.0.0.1:${port}/`, { method: "POST" });
      return expect.fail("it is no answer");
    };
    const { driver: byFetch } = await stand({}, { requestHandler: { handle } });
    for (const attempt of [driver, byFetch]) {
      const cause = await rejection(attempt.decrypt(key, new Uint8Array(64), context(), call()));
      expect(cause).toMatchObject({ code: "UNAVAILABLE", cause: { code: "HPE_INVALID_HEADER_TOKEN" } });
      const shown = everything(cause);
      for (const secret of [...secrets, "Buffer"]) expect(shown).not.toContain(secret);
    }
  });

  test("a refused signature that quotes the request as it should have been signed", async () => {
    const { driver, client } = await stand({}, { credentials: { ...credentials, sessionToken: header } });
    const signature = "The request signature we calculated does not match the signature you provided.";
    const message = `${signature}\n\nThe Canonical String for this request should have been\n'POST\n/\n\nhost:kms\nx-amz-security-token:${header}\n\nhost;x-amz-security-token'`;
    const server = createServer((_request, response) => {
      response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ __type: "InvalidSignatureException", message }));
    });
    await leadTo(client, server);
    const cause = await rejection(driver.generateRandom(8, call()));
    expect(cause).toMatchObject({ code: "UNAUTHENTICATED", cause: { name: "InvalidSignatureException" } });
    const shown = everything(cause);
    expect(shown).toContain(signature);
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });
});
