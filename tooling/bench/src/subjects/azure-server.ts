// A thread that answers the official clients over HTTPS at once, every answer ready; it tells its port. What it does costs
// the other thread nothing. Both sides share a secret of the process instead of a certificate.
import { generateKeyPairSync, sign } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { hostName, keyPath, versionPath } from "./azure-names.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const { x, y } = publicKey.export({ format: "jwk" });
const attributes = { enabled: true, created: 1_760_000_000, updated: 1_760_000_000, recoveryLevel: "Recoverable" };
const signature = sign("sha256", new Uint8Array(32), { key: privateKey, dsaEncoding: "ieee-p1363" });

/** What each request is answered; every other one is refused. */
function answersAt(port: number): ReadonlyMap<string, Buffer> {
  const kid = `https://${hostName}:${port}${versionPath}`;
  const key = { key: { kid, kty: "EC", key_ops: ["sign", "verify"], crv: "P-256", x, y }, attributes };
  const answers = {
    [`GET ${keyPath}/`]: key,
    [`GET ${keyPath}`]: key,
    [`GET ${keyPath}/versions`]: { value: [{ kid, attributes }], nextLink: null },
    [`GET ${keyPath}/rotationpolicy`]: { id: `${kid}/rotationpolicy`, lifetimeActions: [], attributes: {} },
    [`POST ${versionPath}/sign`]: { kid, value: signature.toString("base64url") },
  };
  return new Map(Object.entries(answers).map(([asked, answer]) => [asked, Buffer.from(JSON.stringify(answer))]));
}

const secret = workerData as Uint8Array;
const challenge = 'Bearer authorization="https://login.microsoftonline.com/bench", resource="https://vault.azure.net"';
let answers: ReadonlyMap<string, Buffer> = new Map();

function answer({ headers, method, url = "" }: IncomingMessage, response: ServerResponse): void {
  if (headers.authorization === undefined) {
    response.writeHead(401, { "www-authenticate": challenge }).end();
    return;
  }
  const body = answers.get(`${method} ${url.split("?")[0]}`);
  if (body === undefined) response.writeHead(501).end();
  else response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
}

const server: Server = createServer(
  { pskCallback: () => secret, ciphers: "PSK", maxVersion: "TLSv1.2" },
  (request, response) => {
    request.once("end", () => answer(request, response));
    request.resume();
  },
);
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  answers = answersAt(port);
  parentPort?.postMessage(port);
});
