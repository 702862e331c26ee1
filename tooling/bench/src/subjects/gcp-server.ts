// A thread that answers the official client over gRPC at once: HTTP/2 without TLS, every answer ready on the wire. It tells
// its port. What it does costs the other thread nothing.
import { randomBytes } from "node:crypto";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { parentPort } from "node:worker_threads";
import { protos } from "@google-cloud/kms";
import castagnoli from "crc-32/crc32c.js";
import { name } from "./gcp-names.ts";

const { CryptoKey, EncryptResponse, ListCryptoKeyVersionsResponse } = protos.google.cloud.kms.v1;
const version = {
  name: `${name}/cryptoKeyVersions/1`,
  state: "ENABLED",
  protectionLevel: "SOFTWARE",
  algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION",
  createTime: { seconds: 1_760_000_000 },
} as const;
const ciphertext = randomBytes(1100);
const key = CryptoKey.fromObject({
  name,
  purpose: "ENCRYPT_DECRYPT",
  primary: version,
  versionTemplate: { protectionLevel: "SOFTWARE", algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION" },
});
const versions = ListCryptoKeyVersionsResponse.fromObject({ cryptoKeyVersions: [version], totalSize: 1 });
const encrypted = EncryptResponse.fromObject({
  name: version.name,
  ciphertext,
  ciphertextCrc32c: { value: castagnoli.buf(ciphertext) >>> 0 },
  verifiedPlaintextCrc32c: true,
  verifiedAdditionalAuthenticatedDataCrc32c: true,
  protectionLevel: "SOFTWARE",
});

// gRPC over HTTP/2: one byte for "not compressed", the length in four, the message.
const framed = (message: Uint8Array): Buffer => {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
};
/** What each method is answered; every other one is refused. */
const answers: ReadonlyMap<string, Buffer> = new Map([
  ["GetCryptoKey", framed(CryptoKey.encode(key).finish())],
  ["ListCryptoKeyVersions", framed(ListCryptoKeyVersionsResponse.encode(versions).finish())],
  ["Encrypt", framed(EncryptResponse.encode(encrypted).finish())],
]);

function answer(stream: ServerHttp2Stream, path: string): void {
  const message = answers.get(path.split("/").at(-1) ?? "");
  const headers = { ":status": 200, "content-type": "application/grpc" };
  if (message === undefined) {
    stream.respond({ ...headers, "grpc-status": "12" }, { endStream: true });
    return;
  }
  stream.respond(headers, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(message);
}

const server = createServer();
server.on("stream", (stream, headers) => {
  stream.on("error", () => undefined); // a client that is gone has had its answers
  stream.once("end", () => answer(stream, headers[":path"] ?? ""));
  stream.resume();
});
server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port));
