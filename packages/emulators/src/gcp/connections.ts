import { createServer, type Server, type Socket } from "node:net";

/** A loopback listener whose connections can be broken one by one. */
export interface Connections {
  readonly port: number;
  /** Breaks the connection from that peer, `127.0.0.1:` and its port. */
  reset(peer: string): void;
  /** Ends every connection and frees the port. Calling it again does nothing. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 only and hands each connection on; rejects when the port is taken. */
export async function listen(port: number, accept: (socket: Socket) => void): Promise<Connections> {
  const sockets = new Map<string, Socket>();
  const server = createServer((socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(peer));
    accept(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has an address with a port");
  return {
    port: address.port,
    reset: (peer) => sockets.get(peer)?.resetAndDestroy(),
    close: () => close(server, sockets),
  };
}

async function close(server: Server, sockets: ReadonlyMap<string, Socket>): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve()); // an error says that it was closed before
    for (const socket of sockets.values()) socket.destroy();
  });
}
