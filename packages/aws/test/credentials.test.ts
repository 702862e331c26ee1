import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import type { KMSClient } from "@aws-sdk/client-kms";
import { createKms } from "@kms/core";
import { describe, expect, test } from "vitest";
import { Credentials } from "../src/client/credentials.ts";
import { credentialsFailure } from "../src/errors/credentials.ts";
import { classify } from "../src/errors.ts";
import { awsKms } from "../src/index.ts";
import { readOptions } from "../src/options.ts";
import { guarded, kmsOver } from "./guarded.ts";
import { bytes, call, endWithTest, refusal, stand } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const vendor = (name: string, message = "", more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });

/** As STS or another service of AWS refuses: by the names that AWS KMS has too. */
const refusedBySts = (name: string, httpStatusCode = 403): Error =>
  vendor(name, "no", { $fault: "client", $metadata: { httpStatusCode }, $response: { statusCode: httpStatusCode } });

/** A `Kms` whose credentials are refused by this error, and a handle of a key that lives. */
async function refusedCredentials(error: Error) {
  const here = await guarded();
  const made = await here.kms.generateKey("aws", aes);
  const ciphertext = await here.kms.encrypt(made, bytes("x"));
  const credentials = async () => Promise.reject(error);
  const kms = kmsOver(await stand({}, { ...here.emulator.clientConfiguration, credentials }));
  here.emulator.requests.clear();
  return { emulator: here.emulator, kms, ciphertext, key: await kms.openHandle(await here.kms.sealHandle(made), aes) };
}

describe("what a service that gives credentials answers is no answer of AWS KMS", () => {
  test("its AccessDeniedException does not make health good", async () => {
    const { kms } = await refusedCredentials(refusedBySts("AccessDeniedException"));
    expect(await kms.health()).toMatchObject({ aws: { ok: false, error: "UNAUTHENTICATED" } });
  });

  test("its NotFoundException gives no receipt of destruction", async () => {
    const { kms, key } = await refusedCredentials(refusedBySts("NotFoundException", 404));
    const error = await refusal(kms.getDestructionReceipt(key));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", outcome: "none" });
  });

  test("its InvalidCiphertextException and IncorrectKeyException do not say that a ciphertext is wrong", async () => {
    for (const name of ["InvalidCiphertextException", "IncorrectKeyException"]) {
      const { kms, key, ciphertext } = await refusedCredentials(refusedBySts(name));
      expect(await refusal(kms.decrypt(key, ciphertext))).toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });

  test("its KMSInvalidSignatureException is no verdict over a signature", async () => {
    const { driver, emulator } = await stand();
    const { id } = await driver.createKey({ algorithm: "Ed25519" }, call());
    const credentials = async () => Promise.reject(refusedBySts("KMSInvalidSignatureException"));
    const broken = await stand({}, { ...emulator.clientConfiguration, credentials });
    const key = { id, algorithm: "Ed25519", native: "", protection: "hsm", origin: "generated", version: "1" } as const;
    const verifying = broken.driver.verify(key, { kind: "message", bytes: bytes("x") }, new Uint8Array(64), call());
    expect(await refusal(verifying)).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test("nothing is asked of AWS KMS, and a change is known not to have happened", async () => {
    const { kms, emulator, key } = await refusedCredentials(refusedBySts("InternalFailure", 500));
    const error = await refusal(kms.disableKey(key));
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "none", retryable: true });
    expect(emulator.requests.count()).toBe(0);
  });

  test("credentials that are frozen serve", async () => {
    const { emulator } = await stand();
    const { credentials, region, endpoint } = emulator.clientConfiguration;
    const given = Object.freeze({ ...credentials });
    const { credentials: kept } = readOptions({ credentials: given });
    const { driver } = await stand({}, { region, endpoint, ...(kept && { credentials: kept }) });
    expect(await driver.generateRandom(8, call())).toHaveLength(8);
  });

  test("credentials that came are asked for once, however many calls there are", async () => {
    const { emulator } = await stand();
    const { credentials: given, ...configuration } = emulator.clientConfiguration;
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return given;
    };
    const { driver } = await stand({}, { ...configuration, credentials });
    for (let count = 0; count < 3; count += 1) await driver.generateRandom(8, call());
    expect(asked).toBe(1);
  });
});

describe("an error about credentials", () => {
  test.each([
    vendor("CredentialsProviderError", "connect ECONNREFUSED 169.254.170.2:80"),
    vendor("CredentialsProviderError", "x", { code: "EAI_AGAIN" }),
    vendor("CredentialsProviderError", "getaddrinfo ENOTFOUND portal.sso.eu-west-1.amazonaws.com"),
    vendor("CredentialsProviderError", "Server responded with status: 503"),
    vendor("CredentialsProviderError", "Server responded with status: 429"),
    vendor("TokenProviderError", "socket hang up"),
    vendor("CredentialsProviderError", "write EPIPE"),
    vendor("Error", "read ETIMEDOUT", { code: "ETIMEDOUT" }),
    vendor("TimeoutError", "a request has exceeded the configured 10000 ms requestTimeout."),
    vendor("ProviderError", "Error response received from instance metadata service", { statusCode: 500 }),
    vendor("ProviderError", "TimeoutError from instance metadata service"),
    refusedBySts("Throttling", 400),
    refusedBySts("ServiceUnavailable", 503),
    refusedBySts("IDPCommunicationError", 400),
    vendor("Error", "x", { code: "SELF_SIGNED_CERT_IN_CHAIN" }),
    vendor("Error", "x", { code: "ERR_SSL_WRONG_VERSION_NUMBER" }),
    vendor("Error", "Parse Error: Expected HTTP/", { code: "HPE_INVALID_CONSTANT" }),
  ])("is UNAVAILABLE where the way to them is broken: %s", (cause) => {
    expect(credentialsFailure(cause)).toMatchObject({ code: "UNAVAILABLE", outcome: "none", retryable: true });
  });

  test.each([
    vendor("CredentialsProviderError", "Profile x was not found."),
    vendor("CredentialsProviderError", "Server responded with status: 403"),
    vendor("TokenProviderError", "Token is expired. Run aws sso login."),
    refusedBySts("AccessDenied"),
    refusedBySts("ExpiredTokenException", 400),
    new TypeError("Cannot read properties of undefined"),
    "text",
    undefined,
  ])("is UNAUTHENTICATED otherwise: %s", (cause) => {
    expect(credentialsFailure(cause)).toMatchObject({ code: "UNAUTHENTICATED", outcome: "none" });
  });

  test("says where the SDK's chain hides the cause that the service may not have been reachable", () => {
    const chain = credentialsFailure(
      vendor("CredentialsProviderError", "Could not load credentials from any providers"),
    );
    expect(chain.code).toBe("UNAUTHENTICATED");
    expect(chain.message).toContain("may not have been reachable");
    expect(credentialsFailure(vendor("CredentialsProviderError", "x")).message).not.toContain("reachable");
  });

  test("that comes while a request is signed is told by the same rows", () => {
    const lost = vendor("CredentialsProviderError", "connect ECONNREFUSED 169.254.169.254:80");
    expect(classify(lost, "disableKey")).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
    expect(classify(vendor("TokenProviderError", "x"), "disableKey")).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test("keeps the name and the first line of its cause, and leads to nothing else", () => {
    const cause = vendor("AccessDenied", "not authorized to assume\nx-amz-security-token:canary", {
      $response: "canary",
    });
    const error = credentialsFailure(cause);
    expect(error.cause).toMatchObject({ name: "AccessDenied", message: "not authorized to assume" });
    const quoted = credentialsFailure(new SyntaxError(`Unexpected token 'c', "canary" is not valid JSON`));
    for (const shown of [error, quoted]) expect(inspect(shown, { depth: Infinity })).not.toContain("canary");
  });

  test("of a function whose service hangs up is UNAVAILABLE", async () => {
    const server = createServer((request) => void request.socket.destroy());
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    endWithTest(async () => void server.close());
    const { port } = server.address() as AddressInfo;
    const credentials = async () => {
      await fetch(`http://127.0.0.1:${port}/`);
      return { accessKeyId: "a", secretAccessKey: "b" };
    };
    const kms = createKms({ providers: { aws: awsKms({ region: "eu-west-1", credentials }) }, retries: 0 });
    endWithTest(() => kms.close());
    expect(await refusal(kms.generateRandom("aws", 8))).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
  });
});

test("a change that ends while credentials are fetched is known not to have been made, and is not made later", async () => {
  const here = await guarded();
  const made = await here.kms.generateKey("aws", aes);
  const { clientConfiguration } = here.emulator;
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  const credentials = async () => given.then(() => clientConfiguration.credentials);
  const kms = kmsOver(await stand({}, { ...clientConfiguration, credentials }), { timeoutMs: 200 });
  here.emulator.requests.clear();
  for (const change of [
    async () => kms.disableKey(await kms.openHandle(await here.kms.sealHandle(made), aes)),
    () => kms.generateKey("aws", aes, { timeoutMs: 200 }),
  ]) {
    const error = await refusal(change());
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "none", retryable: true });
    expect(error.message).toContain("credentials");
  }
  give();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(here.emulator.requests.count()).toBe(0);
});

test("credentials are asked for again from five minutes before their end on, as the SDK does, and those without an end never", async () => {
  const endingIn = (ms: number | undefined) => {
    const expiration = ms === undefined ? undefined : new Date(Date.now() + ms);
    return new Credentials({ config: { credentials: async () => ({ expiration }) } } as unknown as KMSClient);
  };
  for (const [ms, isReady] of [
    [undefined, true],
    [3_600_000, true],
    [301_000, true],
    [299_000, false],
    [-1, false],
  ] as const) {
    const credentials = endingIn(ms);
    expect(credentials.areReady).toBe(false);
    await credentials.fetch(call());
    expect(credentials.areReady, `${ms} ms before their end`).toBe(isReady);
  }
});
