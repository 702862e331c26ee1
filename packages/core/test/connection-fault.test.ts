import { once, type EventEmitter } from "node:events";
import { get } from "node:https";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectionFault, type ConnectionFault } from "../src/driver.ts";

/** The port of a server on this machine that does one thing with every connection. */
async function portOf(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** How the error is told that comes of a connection of this very runtime. */
const told = (connection: EventEmitter): Promise<ConnectionFault | undefined> =>
  new Promise((resolve) => {
    connection.once("error", ({ code, syscall }: NodeJS.ErrnoException) =>
      resolve(connectionFault(code, syscall === "connect")),
    );
  });

describe("how a connection failed", () => {
  it("is told of errors as this runtime makes them", async () => {
    const broken = await portOf((socket) => socket.destroy());
    const plain = await portOf((socket) => socket.end("this is no TLS\r\n"));
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const connections = [
      get({ host: "127.0.0.1", port: broken }),
      get({ host: "127.0.0.1", port: plain }),
      connect(port, "127.0.0.1"),
    ];
    expect(await Promise.all(connections.map(told))).toEqual(["broken off", "no TLS", "no connection"]);
  });

  it("is that there is no host where no name service knows it, or none answers", () => {
    expect(["ENOTFOUND", "EAI_AGAIN"].map((code) => connectionFault(code, false))).toEqual(["no host", "no host"]);
  });

  it("is that none came about where the attempt to connect failed by what else breaks one off", () => {
    for (const code of ["ETIMEDOUT", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH"]) {
      expect([connectionFault(code, true), connectionFault(code, false)]).toEqual(["no connection", "broken off"]);
    }
    expect(connectionFault("EPIPE", true)).toBe("broken off");
  });

  it("is told by how a code begins, where a library has many", () => {
    const codes = ["ERR_SSL_WRONG_VERSION_NUMBER", "HPE_INVALID_CONSTANT", "UND_ERR_SOCKET", "UND_ERR_CONNECT_TIMEOUT"];
    expect(codes.map((code) => connectionFault(code, false))).toEqual([
      "no TLS",
      "no HTTP",
      "broken off",
      "no connection",
    ]);
  });

  it("is not told of other codes, and of what is no code", () => {
    for (const code of [
      "EACCES",
      "ERR_TLS_INVALID_STATE",
      "toString",
      "__proto__",
      "",
      undefined,
      5,
      { code: "EPIPE" },
    ]) {
      expect(connectionFault(code, true)).toBeUndefined();
    }
  });
});
