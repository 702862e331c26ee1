import type * as Grpc from "@grpc/grpc-js";
import type * as ProtoLoader from "@grpc/proto-loader";

/** The two packages that speak gRPC: optional peers, so that nobody else installs them. */
export interface Peers {
  readonly grpc: typeof Grpc;
  readonly loader: typeof ProtoLoader;
}

async function load<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new Error(
      `the Google Cloud emulator needs the package ${name}, which could not be loaded: install @grpc/grpc-js and @grpc/proto-loader`,
      { cause },
    );
  }
}

/** Loads them; rejects with an error that names the package which is missing. */
export async function loadPeers(grpc: typeof Grpc | undefined): Promise<Peers> {
  return {
    grpc: grpc ?? (await load("@grpc/grpc-js", () => import("@grpc/grpc-js"))),
    loader: await load("@grpc/proto-loader", () => import("@grpc/proto-loader")),
  };
}
