import { CryptographyClient, KeyClient, type KeyVaultKey } from "@azure/keyvault-keys";
import type { Algorithm, KeyConf } from "@kms/core/driver";
import { describe, expect, test } from "vitest";
import { managedHsmAlgorithms, vaultAlgorithms, type AzureTier } from "../src/algorithms.ts";
import { azureKms, type AzureOptions } from "../src/index.ts";
import { checkConfFor, readOptions } from "../src/options.ts";
import { refusal, stand } from "./setup.ts";

const credential = { getToken: async () => null };
const vaultUrl = "https://contoso.vault.azure.net";
const hsmUrl = "https://contoso.managedhsm.azure.net";
const client = {
  keys: new KeyClient(vaultUrl, credential),
  cryptography: (key: KeyVaultKey) => new CryptographyClient(key, credential),
};
const refusalOf = async (work: () => unknown) => refusal((async () => work())());

describe("options", () => {
  test("are copied; a vault is of tier standard unless told otherwise", () => {
    expect(readOptions({ vaultUrl, credential })).toEqual({
      host: "contoso.vault.azure.net",
      tier: "standard",
      credential,
      client: undefined,
    });
    expect(readOptions({ vaultUrl: `${hsmUrl}/`, credential, tier: "managed-hsm" }).host).toBe(
      "contoso.managedhsm.azure.net",
    );
  });

  test.each<[unknown, string]>([
    [{}, "vaultUrl"],
    [{ vaultUrl }, "credential"],
    [{ vaultUrl, credential: "secret" }, "credential"],
    [{ vaultUrl: "contoso.vault.azure.net", credential }, "vaultUrl"],
    [{ vaultUrl: "http://contoso.vault.azure.net", credential }, "vaultUrl"],
    [{ vaultUrl: 7, credential }, "vaultUrl"],
    [{ vaultUrl, credential, region: "x" }, "region"],
    [{ vaultUrl, credential, tier: "gold" }, "tier"],
    [{ vaultUrl, credential, tier: "managed-hsm" }, "not a Managed HSM"],
    [{ vaultUrl: hsmUrl, credential }, 'tier: "managed-hsm"'],
    [{ vaultUrl, client }, "ready clients"],
    [{ credential, client }, "ready clients"],
    [{ client: {} }, "cryptography"],
    [{ client: { keys: client.keys } }, "cryptography"],
    [{ client: { ...client, keys: { getKey: () => 0, vaultUrl: "http://x" } } }, "https://<host>"],
  ])("that do not exist or contradict each other are INVALID_ARGUMENT and say so: %#", async (options, words) => {
    const error = await refusalOf(() => azureKms(options as AzureOptions));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain(words);
  });

  test.each([
    "https://evil.example",
    "https://contoso.vault.azure.net.evil.example",
    "https://contoso.vault.azure.net@evil.example",
    "https://vault.azure.net",
    "https://127.0.0.1",
    "https://contoso.vault.azure.net:444",
  ])("with an address that is no vault's are refused, and no token is asked for: %s", async (address) => {
    let asked = 0;
    const watched = { getToken: async () => ((asked += 1), null) };
    expect((await refusalOf(() => azureKms({ vaultUrl: address, credential: watched }))).code).toBe("INVALID_ARGUMENT");
    expect(asked).toBe(0);
  });

  test("say which scope the driver serves, and which kind it is", async () => {
    const driver = azureKms({ vaultUrl, credential });
    expect(driver.serves?.("contoso.vault.azure.net")).toBe(true);
    expect(driver.serves?.("fabrikam.vault.azure.net")).toBe(false);
    expect(driver.capabilities.kind).toBe("azure-key-vault");
    expect(azureKms({ vaultUrl: hsmUrl, credential, tier: "managed-hsm" }).capabilities.kind).toBe("azure-managed-hsm");
    const { driver: emulated, emulator } = await stand();
    expect(emulated.serves(new URL(emulator.vaultUrl).host)).toBe(true);
  });
});

const check = (tier: AzureTier) => checkConfFor(tier, tier === "managed-hsm" ? managedHsmAlgorithms : vaultAlgorithms);

describe("a configuration", () => {
  const rsa = { algorithm: "RSA-OAEP-2048-SHA256" } as const;

  test("that Azure can make is narrowed and frozen", () => {
    const conf = {
      ...rsa,
      name: "orders",
      protection: "hsm",
      labels: { app: "orders" },
      exportable: false,
      rotateEveryDays: 90,
      destructionWindowDays: 90,
    } as const;
    expect(check("premium")(conf)).toEqual(conf);
    expect(Object.isFrozen(check("premium")(conf))).toBe(true);
  });

  test("has its dates narrowed to whole seconds: later activation, earlier deactivation", () => {
    const conf = { ...rsa, activateAt: new Date(1_800_000_000_001), deactivateAt: new Date(1_900_000_000_999) };
    expect(check("standard")(conf)).toEqual({
      ...rsa,
      activateAt: new Date(1_800_000_001_000),
      deactivateAt: new Date(1_900_000_000_000),
    });
  });

  test.each<[AzureTier, KeyConf<Algorithm, unknown>, string, string]>([
    ["standard", { ...rsa, options: {} }, "INVALID_ARGUMENT", "options"],
    ["standard", { ...rsa, labels: { "kms-nonce": "x" } }, "INVALID_ARGUMENT", "reserved"],
    [
      "standard",
      { ...rsa, activateAt: new Date(1_800_000_000_001), deactivateAt: new Date(1_800_000_000_999) },
      "INVALID_ARGUMENT",
      "within one",
    ],
    ["standard", { algorithm: "AES-256-GCM" }, "UNSUPPORTED", "envelope over an RSA-OAEP key"],
    ["premium", { algorithm: "AES-256-KWP" }, "UNSUPPORTED", "own keys"],
    ["premium", { algorithm: "HMAC-SHA256" }, "UNSUPPORTED", "own keys"],
    ["managed-hsm", { algorithm: "HMAC-SHA256" }, "UNSUPPORTED", "not established"],
    ["managed-hsm", { algorithm: "Ed25519" }, "UNSUPPORTED", "Ed25519"],
    ["standard", { algorithm: "RSA-OAEP-4096-SHA512" }, "UNSUPPORTED", "RSA-OAEP-4096-SHA512"],
    ["standard", { ...rsa, protection: "hsm" }, "UNSUPPORTED", 'tier: "premium"'],
    ["premium", { ...rsa, protection: "external" }, "UNSUPPORTED", "external"],
    ["managed-hsm", { ...rsa, protection: "software" }, "UNSUPPORTED", "never software"],
    ["standard", { ...rsa, exportable: true }, "UNSUPPORTED", "release policy"],
    ["standard", { ...rsa, activateAt: new Date("2038-01-19T03:14:08Z") }, "UNSUPPORTED", "2038"],
    ["standard", { ...rsa, deactivateAt: new Date("2040-01-01T00:00:00Z") }, "UNSUPPORTED", "2038"],
    ["standard", { ...rsa, rotateEveryDays: 6 }, "UNSUPPORTED", "7 to"],
    ["managed-hsm", { ...rsa, rotateEveryDays: 27 }, "UNSUPPORTED", "28 to"],
    ["standard", { ...rsa, destructionWindowDays: 6 }, "UNSUPPORTED", "7 to 90"],
    ["standard", { ...rsa, destructionWindowDays: 91 }, "UNSUPPORTED", "7 to 90"],
  ])("that it cannot is refused before any call, with the way out: %s, %j is %s", async (tier, conf, code, words) => {
    const error = await refusalOf(() => check(tier)(conf));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });
});
