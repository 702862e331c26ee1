import { fileURLToPath } from "node:url";
import type { protos } from "@google-cloud/kms";
import { startGcpEmulator, type GcpEmulator } from "@kms/emulators/gcp";
import { permissionsOf } from "@kms/gcp";
import { afterEach, describe, expect, it } from "vitest";
import { clientFor } from "../src/backends/gcp.ts";
import { requestsFor } from "../src/live/live-provider.ts";
import { runCommand, type Ended } from "./run-command.ts";
import { counts, reportOf, step } from "./reports.ts";
import { temporaryFolder } from "./temporary-folder.ts";

// What the story asks of a key, and no more.
const uses = [
  "getKey",
  "encrypt",
  "decrypt",
  "generateDataKey",
  "unwrapDataKey",
  "sign",
  "generateMac",
  "verifyMac",
] as const;
const timeoutMs = 120_000;
const entry = fileURLToPath(new URL("./live-gcp-main.ts", import.meta.url));
const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

interface Project {
  readonly emulator: GcpEmulator;
  /** The full name of a key that somebody else made. */
  readonly key: string;
  readonly run: (argv: readonly string[]) => Promise<Ended>;
}

/** A project with one key, and a principal that may read it and use it. */
async function project(cryptoKey: protos.google.cloud.kms.v1.ICryptoKey): Promise<Project> {
  const emulator = await startGcpEmulator();
  closings.push(() => emulator.close());
  const { endpoint, projectId, location, accessToken } = emulator;
  const parent = `projects/${projectId}/locations/${location}`;
  const keyRing = `${parent}/keyRings/readers-own`;
  const connection = { endpoint, projectId, accessToken, keyRing };
  const client = clientFor(connection);
  closings.push(() => client.close());
  await client.createKeyRing({ parent, keyRingId: "readers-own", keyRing: {} });
  const [{ name }] = await client.createCryptoKey({ parent: keyRing, cryptoKeyId: "documents", cryptoKey });
  const key = name ?? "";
  await client.listCryptoKeyVersions({ parent: key });
  emulator.permissions.allowOnly(permissionsOf([...uses]));
  emulator.requests.clear();
  // With their associated data, 8,192 bytes and one more.
  const files = temporaryFolder({ "at.bin": new Uint8Array(8087), "up.bin": new Uint8Array(8088), "a.txt": "hubs" });
  const environment = { DEMO_TEST_EMULATOR: JSON.stringify(connection) };
  return { emulator, key, run: (argv) => runCommand([files, ...argv], entry, environment) };
}

describe("npm run demo -- --live gcp", () => {
  it("reads the key once and then only encrypts and decrypts, in both processes", { timeout: timeoutMs }, async () => {
    const { emulator, key, run } = await project({
      purpose: "ENCRYPT_DECRYPT",
      versionTemplate: { algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION", protectionLevel: "HSM" },
    });
    const ended = await run(["--live", "gcp", "--key", key, "--json"]);
    expect(ended.code).toBe(0);
    const report = reportOf(ended);
    expect(report).toMatchObject({ ok: true, backends: 1, accepted: 0 });
    expect(report.announcement.join("\n")).toMatch(/cloudkms\.cryptoKeys\.get .*\n.*useToEncrypt if/);
    expect(step(report, "protect")?.notTaken).toEqual([]);
    expect(step(report, "second process")?.facts).toEqual([
      expect.stringMatching(/^1 sealed handle opened by process \d+; this one is \d+$/),
      "3 files decrypted to the same bytes; 0 signatures and 0 MACs hold",
    ]);
    const { Encrypt = 0, Decrypt = 0, ...reading } = counts(emulator.requests.list().map(({ method }) => method));
    expect(reading).toEqual({ GetCryptoKey: 1, ListCryptoKeyVersions: 1 });
    expect([Encrypt > 2, Decrypt > 2]).toEqual([true, true]);
    expect(emulator.requests.count()).toBeLessThanOrEqual(requestsFor(3));
  });

  it("finds out by one reading that a key signs, and verifies without a call", { timeout: timeoutMs }, async () => {
    const { emulator, key, run } = await project({
      purpose: "ASYMMETRIC_SIGN",
      versionTemplate: { algorithm: "EC_SIGN_P256_SHA256" },
    });
    const ended = await run(["--live", "gcp", "--key", key, "--json"]);
    expect(ended.code).toBe(0);
    expect(step(reportOf(ended), "key")?.facts[0]).toContain("ECDSA-P256-SHA256");
    expect(step(reportOf(ended), "second process")?.counts).toMatchObject({ verified: 3 });
    const { AsymmetricSign = 0, ...reading } = counts(emulator.requests.list().map(({ method }) => method));
    expect(reading).toEqual({ GetCryptoKey: 1, ListCryptoKeyVersions: 1, GetPublicKey: 1 });
    expect(AsymmetricSign).toBeGreaterThan(3);
  });

  it.each([["documents"], ["alias/documents"]])(
    "ends with 2 where the key is called %s",
    { timeout: timeoutMs },
    async (key) => {
      const { code, out, err } = await runCommand(["--live", "gcp", "--key", key]);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^demo: --key takes projects\//);
    },
  );
});
