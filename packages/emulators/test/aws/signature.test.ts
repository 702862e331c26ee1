import { ListKeysCommand } from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { clientFor, nameOf, start } from "./setup.ts";
import { send, sign, signHeaders, typeOf } from "./wire.ts";

const MINUTE_MS = 60_000;

describe("signatures through the official client", () => {
  it("refuses a wrong secret and does none of the work", async () => {
    const { emulator, client } = await start();
    const credentials = { ...emulator.clientConfiguration.credentials, secretAccessKey: "another" };
    expect(await nameOf(clientFor(emulator, { credentials }).send(new ListKeysCommand({})))).toBe(
      "InvalidSignatureException",
    );
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("none");
  });

  it("refuses an access key that it does not know, and a session token", async () => {
    const { emulator } = await start();
    const { credentials } = emulator.clientConfiguration;
    for (const changed of [{ accessKeyId: "AKIAOTHER" }, { sessionToken: "token" }]) {
      const client = clientFor(emulator, { credentials: { ...credentials, ...changed } });
      expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("UnrecognizedClientException");
    }
  });

  it("refuses a signature for another region", async () => {
    const { emulator } = await start({ region: "eu-west-1" });
    const client = clientFor(emulator, { region: "us-east-1" });
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("InvalidSignatureException");
  });

  it("refuses a date more than five minutes off, either way, and takes one within", async () => {
    const { emulator } = await start();
    const nameAt = (systemClockOffset: number): Promise<string> =>
      nameOf(clientFor(emulator, { systemClockOffset }).send(new ListKeysCommand({})));
    expect(await nameAt(-6 * MINUTE_MS)).toBe("InvalidSignatureException");
    expect(await nameAt(6 * MINUTE_MS)).toBe("InvalidSignatureException");
    expect(await nameAt(-4 * MINUTE_MS)).toBe("none");
    expect(await nameAt(4 * MINUTE_MS)).toBe("none");
  });

  it("checks dates against real time, whatever the emulator's clock says", async () => {
    const { emulator, client } = await start({ now: () => 0 });
    emulator.clock.advance(365 * 24 * 60 * MINUTE_MS);
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("none");
  });

  it("takes the credentials that the options give", async () => {
    const credentials = { accessKeyId: "AKIAMINE", secretAccessKey: "mine" };
    const { emulator, client } = await start({ credentials });
    expect(emulator.clientConfiguration.credentials).toEqual(credentials);
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("none");
  });
});

describe("signatures by another implementation", () => {
  it("takes a request without x-amz-content-sha256", async () => {
    const { emulator } = await start();
    const answer = await send(emulator, { headers: sign(emulator, "ListKeys"), body: "{}" });
    expect([answer.status, typeOf(answer)]).toEqual([200, "none"]);
  });

  it("takes a Host that was signed without its port, as received", async () => {
    const { emulator } = await start();
    const headers = sign(emulator, "ListKeys", "{}", { Host: "127.0.0.1" });
    expect(typeOf(await send(emulator, { headers, body: "{}" }))).toBe("none");
  });

  it("refuses a Host other than the signed one", async () => {
    const { emulator } = await start();
    const headers = { ...sign(emulator, "ListKeys"), Host: "127.0.0.1" };
    expect(typeOf(await send(emulator, { headers, body: "{}" }))).toBe("InvalidSignatureException");
  });

  it("refuses another body, also where the signed hash is the first body's", async () => {
    const { emulator } = await start();
    const plain = sign(emulator, "ListKeys");
    expect(typeOf(await send(emulator, { headers: plain, body: "[]" }))).toBe("InvalidSignatureException");
    const hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"; // of {}
    const hashed = sign(emulator, "ListKeys", "{}", { "X-Amz-Content-Sha256": hash });
    expect(typeOf(await send(emulator, { headers: hashed, body: "{}" }))).toBe("none");
    expect(typeOf(await send(emulator, { headers: hashed, body: "[]" }))).toBe("InvalidSignatureException");
  });

  it("refuses another value of any signed header", async () => {
    const { emulator } = await start();
    const headers = sign(emulator, "ListKeys", "{}", { "X-Extra": "one" });
    const { Authorization: authorization, "Content-Length": length, ...others } = headers;
    for (const name of ["X-Extra", "X-Amz-Target"]) {
      const changed = {
        ...others,
        Authorization: authorization ?? "",
        [name]: name === "X-Extra" ? "two" : "TrentService.ListAliases",
      };
      expect(typeOf(await send(emulator, { headers: changed, body: "{}" }))).toBe("InvalidSignatureException");
    }
    expect(length).toBe("2");
  });

  it("refuses an operation that the signature does not cover", async () => {
    const { emulator } = await start();
    const headers = { ...signHeaders(emulator, "{}", {}), "X-Amz-Target": "TrentService.ListKeys" };
    expect(typeOf(await send(emulator, { headers, body: "{}" }))).toBe("InvalidSignatureException");
  });

  it.each([
    ["region", "/eu-west-1/", "/us-east-1/"],
    ["service", "/kms/", "/s3/"],
    ["day", /\/\d{8}\//, "/20150830/"],
  ])("refuses a credential scope of another %s over a signature that is good", async (_, own, other) => {
    const { emulator } = await start();
    const { Authorization: authorization = "", ...rest } = sign(emulator, "ListKeys");
    const headers = { ...rest, Authorization: authorization.replace(own, other) };
    expect(typeOf(await send(emulator, { headers, body: "{}" }))).toBe("InvalidSignatureException");
  });

  it("refuses a missing or unreadable Authorization header by name", async () => {
    const { emulator } = await start();
    const { Authorization: authorization = "", ...rest } = sign(emulator, "ListKeys");
    expect(typeOf(await send(emulator, { headers: rest, body: "{}" }))).toBe("MissingAuthenticationTokenException");
    const broken = [
      "Basic eDp5",
      authorization.replace(/, Signature=.*/, ""),
      authorization.replace("/aws4_request", ""),
      "",
    ];
    for (const value of broken) {
      const answer = await send(emulator, { headers: { ...rest, Authorization: value }, body: "{}" });
      expect(typeOf(answer)).toBe("IncompleteSignatureException");
    }
  });
});
