import { createServer } from "node:net";
import * as grpc from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { type GcpEmulatorOptions, startGcpEmulator } from "../../src/gcp/index.ts";
import { runScript } from "./run-script.ts";
import { clientFor, codeOf, createKey, DAY_MS, ONCE, refusalOf, startAlone } from "./setup.ts";

const bearer = (authorization: string | undefined) => ({
  "grpc.callInvocationTransformer": <P extends { readonly metadata: grpc.Metadata }>(properties: P): P => {
    if (authorization !== undefined) properties.metadata.set("authorization", authorization);
    return properties;
  },
});

describe("the bearer token", () => {
  it.each([undefined, "Bearer other", "emulator-access-token-protects-nothing", "Basic abc", "Bearer "])(
    "is refused as %j",
    async (authorization) => {
      const { emulator, ring } = await startAlone();
      const client = clientFor(emulator, bearer(authorization));
      expect(await codeOf(client.getKeyRing({ name: ring }, ONCE))).toBe("UNAUTHENTICATED");
    },
  );

  it("that is missing is told from one that is wrong", async () => {
    const { emulator, ring } = await startAlone();
    const call = clientFor(emulator, bearer(undefined)).getKeyRing({ name: ring }, ONCE);
    expect(await refusalOf(call)).toMatchObject({
      details: [{ reason: "CREDENTIALS_MISSING", domain: "googleapis.com" }],
    });
  });

  it("may be chosen", async () => {
    const { emulator, client, ring } = await startAlone({ accessToken: "mine" });
    expect(emulator.accessToken).toBe("mine");
    expect(await codeOf(client.getKeyRing({ name: ring }, ONCE))).toBe("OK");
    expect(await codeOf(clientFor(emulator, bearer("Bearer mine")).getKeyRing({ name: ring }, ONCE))).toBe("OK");
  });
});

describe("startGcpEmulator", () => {
  it("says where it is, and takes project, location and the client's gRPC", async () => {
    const { emulator, ring } = await startAlone({ projectId: "my-project", location: "global", grpc });
    expect(emulator.endpoint).toBe(`127.0.0.1:${emulator.clientConfiguration.port}`);
    expect([emulator.projectId, emulator.location]).toEqual(["my-project", "global"]);
    expect(ring).toBe("projects/my-project/locations/global/keyRings/ring");
  });

  const WRONG: readonly (readonly [GcpEmulatorOptions, typeof Error])[] = [
    [{ projectId: "x" }, RangeError],
    [{ location: "Europe" }, RangeError],
    [{ accessToken: "a b" }, RangeError],
    [{ generationDelayMs: -1 }, RangeError],
    [{ port: 65_536 }, RangeError],
    [JSON.parse('{"now":5}') as GcpEmulatorOptions, RangeError],
    [JSON.parse('{"project":"p"}') as GcpEmulatorOptions, TypeError],
  ];

  it.each(WRONG)("refuses %j", async (options, error) => {
    await expect(startGcpEmulator(options)).rejects.toThrow(error);
  });

  it("rejects when the port is taken", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => {
      holder.listen(0, "127.0.0.1", resolve);
    });
    const address = holder.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(startGcpEmulator({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await new Promise((resolve) => {
      holder.close(resolve);
    });
  });

  it("keeps its own time, which moves forward only", async () => {
    const { emulator } = await startAlone();
    expect(() => emulator.clock.advance(-1)).toThrow(RangeError);
    expect(() => emulator.clock.advance(101 * 365 * DAY_MS)).toThrow(RangeError);
  });
});

describe("close", () => {
  it("breaks calls off, frees the port, and may be called again", async () => {
    const { emulator, client, ring } = await startAlone();
    emulator.faults.next({ slowMs: 3_600_000 }, "GetKeyRing");
    const underWay = codeOf(client.getKeyRing({ name: ring }, ONCE));
    while (emulator.requests.count("GetKeyRing") === 0) await new Promise(setImmediate);
    await emulator.close();
    await emulator.close();
    const next = await startGcpEmulator({ port: emulator.clientConfiguration.port });
    expect(await underWay).toBe("UNAVAILABLE");
    expect(await codeOf(clientFor(next).getKeyRing({ name: ring }, ONCE))).toBe("NOT_FOUND");
    await next.close();
  });

  it("leaves nothing behind that keeps a process alive", async () => {
    const ended = await runScript(new URL("start-and-close.ts", import.meta.url));
    expect(ended).toEqual({ code: 0, output: "closed" });
  });
});

describe("the record of requests", () => {
  it("counts by method, names the resource, and forgets when told to", async () => {
    const started = await startAlone();
    const { emulator, client, ring } = started;
    const name = await createKey(started);
    await codeOf(client.getCryptoKey({ name: "malformed" }, ONCE));
    await client.updateCryptoKey({ cryptoKey: { name, labels: {} }, updateMask: { paths: ["labels"] } }, ONCE);
    expect(emulator.requests.list()).toEqual([
      { method: "CreateKeyRing", name: ring.replace("/keyRings/ring", "") },
      { method: "CreateCryptoKey", name: ring },
      { method: "GetCryptoKey", name: "malformed" },
      { method: "UpdateCryptoKey", name },
    ]);
    expect([emulator.requests.count("GetCryptoKey"), emulator.requests.count()]).toEqual([1, 4]);
    emulator.requests.clear();
    expect([emulator.requests.count("GetCryptoKey"), emulator.requests.list().length]).toEqual([0, 0]);
  });
});

describe("the count of requests that were given up", () => {
  it("has those that the client let go before they were answered, by method, and no other", async () => {
    const { emulator, client, ring } = await startAlone();
    await client.getKeyRing({ name: ring }, ONCE);
    emulator.faults.next({ slowMs: 3_600_000 }, "GetKeyRing");
    expect(await codeOf(client.getKeyRing({ name: ring }, { ...ONCE, timeout: 200 }))).toBe("DEADLINE_EXCEEDED");
    while (emulator.requests.cancelled() === 0) await new Promise(setImmediate);
    expect([emulator.requests.cancelled("GetKeyRing"), emulator.requests.cancelled("Encrypt")]).toEqual([1, 0]);
    emulator.requests.clear();
    expect(emulator.requests.cancelled()).toBe(0);
  });
});

describe("what is not emulated", () => {
  it("is UNIMPLEMENTED", async () => {
    const started = await startAlone();
    const { client, ring } = started;
    const importJob = { importMethod: "RSA_OAEP_3072_SHA256", protectionLevel: "HSM" } as const;
    expect(await codeOf(client.createImportJob({ parent: ring, importJobId: "job", importJob }, ONCE))).toBe(
      "UNIMPLEMENTED",
    );
    expect(await codeOf(client.listCryptoKeys({ parent: ring, versionView: "FULL" }, ONCE))).toBe("UNIMPLEMENTED");
  });
});
