import { fileURLToPath } from "node:url";
import type { CreateKeyOptions, KeyType } from "@azure/keyvault-keys";
import { permissionsOf } from "@kms/azure";
import { startAzureEmulator, type AzureEmulator } from "@kms/emulators/azure";
import { afterEach, describe, expect, it } from "vitest";
import { clientsFor } from "../src/backends/azure.ts";
import { requestsFor } from "../src/live/live-provider.ts";
import { runCommand, type Ended } from "./run-command.ts";
import { counts, reportOf, step } from "./reports.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const timeoutMs = 120_000;
const entry = fileURLToPath(new URL("./live-azure-main.ts", import.meta.url));
const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

interface Vault {
  readonly emulator: AzureEmulator;
  /** The identifier of a key that somebody else made, and that of its version. */
  readonly key: string;
  readonly version: string;
  readonly run: (argv: readonly string[]) => Promise<Ended>;
}

/** A vault with one key, and a principal that may read it and use it. */
async function vault(tier: "standard" | "managed-hsm", keyType: KeyType, options: CreateKeyOptions): Promise<Vault> {
  const emulator = await startAzureEmulator({ flavour: tier });
  closings.push(() => emulator.close());
  const { vaultUrl, certificate, accessToken } = emulator;
  const connection = { tier, vaultUrl, certificate, accessToken };
  const { id = "" } = await clientsFor(connection).keys.createKey("readers-own", keyType, options);
  const scheme = tier === "managed-hsm" ? tier : "rbac";
  emulator.permissions.allowOnly(
    permissionsOf(["getKey", "encrypt", "decrypt", "generateDataKey", "unwrapDataKey", "sign"], scheme),
  );
  emulator.requests.clear();
  const files = temporaryFolder({ "a.txt": "hubs", "at.bin": new Uint8Array(4096), "up.bin": new Uint8Array(4097) });
  const environment = { DEMO_TEST_EMULATOR: JSON.stringify(connection) };
  const run = (argv: readonly string[]): Promise<Ended> => runCommand([files, ...argv], entry, environment);
  return { emulator, key: id.replace(/\/[0-9a-f]{32}$/, ""), version: id, run };
}

const operations = ({ requests }: AzureEmulator): Readonly<Record<string, number>> =>
  counts(requests.list().map(({ operation = "none" }) => operation));

describe("npm run demo -- --live azure", () => {
  it(
    "reads a key of a Managed HSM and then only encrypts and decrypts, in both processes",
    { timeout: timeoutMs },
    async () => {
      const { emulator, key, version, run } = await vault("managed-hsm", "oct-HSM", {
        keySize: 256,
        keyOps: ["encrypt", "decrypt"],
      });
      const ended = await run(["--live", "azure", "--key", version, "--json"]);
      expect(ended.code).toBe(0);
      const report = reportOf(ended);
      expect(report).toMatchObject({ ok: true, backends: 1, accepted: 0 });
      expect(report.announcement.join("\n")).toMatch(/getKey +get list.*\n.*encrypt +encrypt if/);
      expect(report.announcement.join("\n")).toContain("Microsoft.KeyVault/managedHsm/keys/decrypt/action");
      expect(step(report, "key")?.facts).toEqual([
        expect.stringMatching(new RegExp(`^AES-256-GCM .* ${key}$`)),
        `${version} led there, and is not asked again`,
      ]);
      expect(step(report, "protect")?.notTaken).toEqual([]);
      expect(step(report, "second process")?.facts[1]).toContain("3 files decrypted to the same bytes");
      const { Encrypt = 0, Decrypt = 0, ...reading } = operations(emulator);
      expect(Object.keys(reading).toSorted()).toEqual(["GetKey", "GetKeyRotationPolicy", "GetKeyVersions"]);
      expect([Encrypt > 2, Decrypt > 2]).toEqual([true, true]);
      expect(emulator.requests.count()).toBeLessThanOrEqual(requestsFor(3));
    },
  );

  it("signs with a key of a vault, and verifies without a call", { timeout: timeoutMs }, async () => {
    const { emulator, key, run } = await vault("standard", "EC", { curve: "P-256", keyOps: ["sign", "verify"] });
    const ended = await run(["--live", "azure", "--key", key, "--json"]);
    expect(ended.code).toBe(0);
    expect(step(reportOf(ended), "key")?.facts[0]).toContain("ECDSA-P256-SHA256");
    expect(step(reportOf(ended), "second process")?.counts).toMatchObject({ verified: 3 });
    const { Sign = 0, ...reading } = operations(emulator);
    expect(Object.keys(reading).toSorted()).toEqual(["GetKey", "GetKeyRotationPolicy", "GetKeyVersions"]);
    expect(Sign).toBeGreaterThan(3);
  });

  it("encrypts files of any size under RSA, without a call", { timeout: timeoutMs }, async () => {
    const { emulator, key, run } = await vault("standard", "RSA", {
      keySize: 2048,
      keyOps: ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
    });
    const ended = await run(["--live", "azure", "--key", key, "--json"]);
    expect(ended.code).toBe(0);
    expect(step(reportOf(ended), "second process")?.counts).toMatchObject({ decrypted: 3 });
    expect(operations(emulator)["Encrypt"]).toBeUndefined();
  });

  it("names the permission that is missing", { timeout: timeoutMs }, async () => {
    const { emulator, key, run } = await vault("standard", "EC", { curve: "P-256", keyOps: ["sign", "verify"] });
    emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/sign/action");
    const { code, out } = await run(["--live", "azure", "--key", key]);
    expect(code).toBe(1);
    expect(out).toContain("PERMISSION_DENIED");
  });

  it.each([
    ["documents", /^demo: --key takes https:/],
    ["https://contoso.example/keys/orders", /^demo: azureKms takes as vaultUrl the address of a vault or Managed HSM/],
  ])("ends with 2 where the key is called %s, and sends no token", { timeout: timeoutMs }, async (key, said) => {
    const { code, out, err } = await runCommand(["--live", "azure", "--key", key]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(said);
  });
});
