import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { KMSClient, type KMSClientConfig } from "@aws-sdk/client-kms";
import { createKms, type KmsError } from "@kms/core";
import { describe, expect, test, vi } from "vitest";
import { explained } from "../src/errors.ts";
import { awsKms } from "../src/index.ts";
import { guarded, kmsOver } from "./guarded.ts";
import { endWithTest, rejection, stand } from "./setup.ts";

const vendor = (name: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });

/** What an application is told when it asks this endpoint for random bytes, without a second attempt. */
async function toldBy(configuration: KMSClientConfig): Promise<KmsError> {
  const client = new KMSClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
    ...configuration,
    maxAttempts: 1,
  });
  endWithTest(async () => client.destroy());
  const kms = createKms({ providers: { aws: awsKms({ client }) }, retries: 0 });
  endWithTest(() => kms.close());
  return (await rejection(kms.generateRandom("aws", 8))) as KmsError;
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  endWithTest(async () => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (listener: RequestListener): Promise<string> => listening(createHttpServer(listener));

describe("credentials", () => {
  test.each([
    ["expired-token", /expired/],
    ["clock-skew", /clock/],
    [{ error: "UnrecognizedClientException" }, /does not know the access key/],
    [{ error: "MissingAuthenticationTokenException" }, /without a full signature/],
  ] as const)("%j says what was found and what to do", async (fault, advice) => {
    const { kms, emulator } = await guarded();
    emulator.faults.always(fault);
    const error = (await rejection(kms.generateRandom("aws", 8))) as KmsError;
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", outcome: "none", retryable: false });
    expect(error.message).toMatch(advice);
    expect(String(error.cause)).toMatch(/^\w+Exception: /);
    expect(error.requestId).toBeDefined();
  });

  test("of another access key are named as such, and a wrong secret as a signature", async () => {
    const { emulator } = await stand();
    const { endpoint, region, credentials } = emulator.clientConfiguration;
    const other = await toldBy({
      endpoint,
      region,
      credentials: { ...credentials, accessKeyId: "AKIAOTHER00000000000" },
    });
    const wrong = await toldBy({ endpoint, region, credentials: { ...credentials, secretAccessKey: "wrong" } });
    expect([other.code, wrong.code]).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
    expect(other.message).toContain("access key");
    expect(wrong.message).toContain("signature");
  });

  test("for another Region than the endpoint's are told from wrong ones", async () => {
    const { emulator } = await stand();
    const error = await toldBy({ ...emulator.clientConfiguration, region: "us-east-1" });
    expect(error.code).toBe("UNAUTHENTICATED");
    expect(error.message).toContain("Region");
  });

  test("that are nowhere to be found are asked for", async () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"]) vi.stubEnv(name, "");
    for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(name, "/nonexistent");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    endWithTest(async () => void vi.unstubAllEnvs());
    const kms = createKms({ providers: { aws: awsKms({ region: "eu-west-1" }) } });
    endWithTest(() => kms.close());
    const error = (await rejection(kms.generateRandom("aws", 8))) as KmsError;
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", outcome: "none" });
    expect(error.message).toContain("No credentials");
    expect(error.cause).toMatchObject({ name: "CredentialsProviderError" });
  });
});

describe("an endpoint that is not AWS KMS", () => {
  const html = "<html><body>Sign in to the network</body></html>";
  test.each([
    ["a page with status 200", 200, "text/html", html],
    ["a page with status 403", 403, "text/html", html],
    ["a page with status 502", 502, "text/html", html],
    ["JSON that names no error", 404, "application/json", '{"message":"no route"}'],
    ["nothing at all, with status 404", 404, "text/plain", ""],
  ])("that answers %s is UNAVAILABLE with its status, and what to check", async (_what, status, type, body) => {
    const endpoint = await answering((_request, response) => {
      response.writeHead(status, { "content-type": type }).end(body);
    });
    const error = await toldBy({ endpoint });
    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toContain(`HTTP status ${status}`);
    expect(error.message).toMatch(/prox/);
    expect(error.message).not.toContain("Sign in");
  });

  test("that answers a change with a page and status 200 has not made it", async () => {
    const { emulator, kms } = await guarded();
    const key = await kms.generateKey("aws", { algorithm: "HMAC-SHA256" });
    const endpoint = await answering((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end(html);
    });
    const { client } = await stand({}, { ...emulator.clientConfiguration, endpoint });
    const there = kmsOver({ client });
    const handle = await there.openHandle(await kms.sealHandle(key), { algorithm: "HMAC-SHA256" });
    const error = await rejection(there.disableKey(handle));
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
  });

  test("that answers well but with nothing in it is told by what is missing", async () => {
    const endpoint = await answering((_request, response) => {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end("{}");
    });
    const error = await toldBy({ endpoint });
    expect(error.code).toBe("UNKNOWN");
    expect(error.message).toContain("Plaintext");
  });

  test("that does not know the operation is UNSUPPORTED", async () => {
    const { kms, emulator } = await guarded();
    emulator.faults.always({ error: "UnknownOperationException" });
    const error = (await rejection(kms.generateRandom("aws", 8))) as KmsError;
    expect(error.code).toBe("UNSUPPORTED");
    expect(error.message).toContain("endpoint");
  });

  test("that speaks no HTTP, or hangs up, is UNAVAILABLE", async () => {
    const noise = await listening(
      createServer((socket) => socket.on("error", () => undefined).end("220 smtp ready\r\n")),
    );
    const silence = await listening(createServer((socket) => void socket.destroy()));
    expect((await toldBy({ endpoint: noise })).code).toBe("UNAVAILABLE");
    expect((await toldBy({ endpoint: silence })).code).toBe("UNAVAILABLE");
  });
});

describe("the network", () => {
  test("that leads nowhere is UNAVAILABLE, nothing done", async () => {
    const server = createServer();
    const endpoint = await listening(server);
    server.close();
    const error = await toldBy({ endpoint });
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
    expect(error.message).toContain("connection");
  });

  test("is told in the same words where the client asks by fetch", async () => {
    const server = createServer();
    const nowhere = await listening(server);
    server.close();
    const silence = await listening(createServer((socket) => void socket.once("data", () => socket.destroy())));
    const handlerOf = (endpoint: string) => ({
      handle: async () => {
        await fetch(endpoint, { method: "POST" });
        return expect.fail("it answered");
      },
    });
    const refused = await toldBy({ requestHandler: handlerOf(nowhere) });
    expect(refused).toMatchObject({ code: "UNAVAILABLE", cause: { message: "fetch failed" } });
    expect(refused.message).toContain("connection");
    expect((await toldBy({ requestHandler: handlerOf(silence) })).code).toBe("UNAVAILABLE");
  });

  test("that knows no such host doubts the Region", async () => {
    const error = await toldBy({ endpoint: "http://kms.eu-wset-1.invalid" });
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
    expect(error.message).toContain("Region");
  });

  test("in which TLS is expected and not spoken says so", async () => {
    const plain = await answering((_request, response) => void response.end("x"));
    const error = await toldBy({ endpoint: plain.replace("http:", "https:") });
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
    expect(error.message).toContain("TLS");
  });
});

describe("explained", () => {
  test.each([
    ["InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than …", "clock"],
    ["InvalidSignatureException", "Signature not yet current: 20260101T000000Z is still later than …", "clock"],
    ["InvalidSignatureException", "Credential should be scoped to a valid region.", "Region"],
    ["InvalidSignatureException", "The request signature we calculated does not match …", "secret access key"],
    ["RequestExpired", "", "clock"],
    ["TimeoutError", "the request socket did not establish a connection with the server within …", "connection"],
    ["NotFoundException", "Invalid arn us-east-1", "Region"],
  ])("tells %s by its words: %s", (name, message, advice) => {
    const error = explained(vendor(name, message));
    expect(error).toMatchObject({ name: "KmsError" });
    expect(String(error)).toContain(advice);
  });

  test("an expired certificate, or one of a proxy, by its code", () => {
    for (const code of ["CERT_HAS_EXPIRED", "SELF_SIGNED_CERT_IN_CHAIN"]) {
      expect(explained(vendor("Error", "", { code }))).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
    }
  });

  test("leaves alone what AWS says well enough, and what nobody knows", () => {
    for (const cause of [vendor("NotFoundException", "Alias x is not found."), vendor("Strange", ""), undefined, 7]) {
      expect(explained(cause)).toBe(cause);
    }
  });
});
