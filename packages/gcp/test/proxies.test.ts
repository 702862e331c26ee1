import { createServer, type Server } from "node:http";
import { createServer as createServer2, type Http2Server } from "node:http2";
import { KeyManagementServiceClient } from "@google-cloud/kms";
import { credentials } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { gcpKms } from "../src/index.ts";
import { call, endWithTest, rejection } from "./setup.ts";

const keyRing = "projects/some-project/locations/global/keyRings/r";
const page = "<html><body>502 Bad Gateway</body></html>";

/** Something at the endpoint that is not Cloud KMS, and a driver whose client leads there. */
async function at(server: Server | Http2Server) {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  endWithTest(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const client = new KeyManagementServiceClient({
    apiEndpoint: "127.0.0.1",
    port: typeof address === "object" && address !== null ? address.port : 0,
    sslCreds: credentials.createInsecure(),
    credentials: { client_email: "emulator@example.invalid", private_key: "unused" },
  });
  endWithTest(() => client.close());
  return gcpKms({ client, keyRing });
}

test.each([502, 403, 200])(
  "a page of HTML with status %d over HTTP/2 is UNAVAILABLE and not taken for Google's",
  async (status) => {
    const server = createServer2((_request, response) => {
      response.writeHead(status, { "content-type": "text/html" });
      response.end(page);
    });
    const driver = await at(server);
    const cause = await rejection(driver.createKey({ algorithm: "AES-256-GCM", name: "k" }, call()));
    expect(cause).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
  },
);

test("a page of HTML over HTTP/1 is UNAVAILABLE, and nothing was done", async () => {
  const server = createServer((_request, response) => void response.writeHead(502).end(page));
  const driver = await at(server);
  const cause = await rejection(driver.createKey({ algorithm: "AES-256-GCM", name: "k" }, call()));
  expect(cause).toMatchObject({ code: "UNAVAILABLE" });
});

test("an answer that is no message of Google's protocol is not believed", async () => {
  const server = createServer2();
  server.on("stream", (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, page.length]), Buffer.from(page)]));
  });
  const driver = await at(server);
  const cause = await rejection(driver.createKey({ algorithm: "AES-256-GCM", name: "k" }, call()));
  expect(cause).toMatchObject({ outcome: "unknown" });
});
