import * as sdk from "@azure/keyvault-keys";
import type { KmsError, VersionReference } from "@kms/core/driver";
import { describe, expect, test, vi } from "vitest";
import { connect, ownBytes } from "../src/client.ts";
import { azureKms, type AzureCredential } from "../src/index.ts";
import { endedProcess } from "./ended-process.ts";
import { clientsFor } from "./harness.ts";
import { bytes, call, context, endWithTest, keyOf, nameIn, refusal, rejection, stand, told } from "./setup.ts";

const missing = Object.assign(new Error("Cannot find package '@azure/keyvault-keys'"), {
  code: "ERR_MODULE_NOT_FOUND",
});
const digest = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;
const p256 = "ECDSA-P256-SHA256";

/** A connection over clients of its own, led to an emulator; what clients are made with is kept. */
async function own(credential?: AzureCredential) {
  const here = await stand();
  const { emulator } = here;
  const { vaultUrl, clientOptions } = emulator.named("contoso");
  const made: object[] = [];
  class Keys extends sdk.KeyClient {
    constructor(url: string, given: AzureCredential, options?: sdk.KeyClientOptions) {
      made.push({ url, given, ...options });
      super(vaultUrl, given, { ...options, ...clientOptions });
    }
  }
  class Cryptography extends sdk.CryptographyClient {
    constructor(key: string | sdk.KeyVaultKey, given: AzureCredential, options?: sdk.KeyClientOptions) {
      made.push({ key, given, ...options });
      super(typeof key === "string" ? key : { ...key, id: at(key.id) }, given, { ...options, ...clientOptions });
    }
  }
  const at = (id = ""): string => id.replace("https://contoso.vault.azure.net", vaultUrl);
  const load = vi.fn<() => Promise<typeof sdk>>(
    async () => ({ ...sdk, KeyClient: Keys, CryptographyClient: Cryptography }) as typeof sdk,
  );
  const checked = {
    host: "contoso.vault.azure.net",
    tier: "standard",
    credential: credential ?? emulator.credential,
    client: undefined,
  } as const;
  const connection = connect(checked, load);
  endWithTest(connection.close);
  return { ...here, connection, made, load, checked };
}
const readKey = (keys: sdk.KeyClient, settings: object) => keys.getKey("k", settings);

describe("the SDK", () => {
  test("that is not installed is UNSUPPORTED with the way to install it, and is looked for again", async () => {
    const { load, checked, emulator } = await own();
    emulator.others.createVersion("k", { spec: { kty: "EC", bits: undefined, crv: "P-256" }, keyOps: ["sign"] });
    let installed = false;
    const connection = connect(checked, async () => {
      if (!installed) throw missing;
      return load();
    });
    const error = await refusal(connection.ask(readKey, call()));
    expect(error).toMatchObject({ code: "UNSUPPORTED", cause: missing });
    expect(error.message).toContain("npm install @azure/keyvault-keys");
    installed = true;
    expect((await connection.ask(readKey, call())).name).toBe("k");
  });

  test("is loaded with the first call and not before, and not at all beside ready clients", async () => {
    vi.resetModules();
    const load = vi.fn<() => typeof sdk>(() => sdk);
    vi.doMock("@azure/keyvault-keys", load);
    endWithTest(async () => vi.doUnmock("@azure/keyvault-keys"));
    const { client, emulator } = await stand();
    const fresh = await import("../src/index.ts");
    const driver = fresh.azureKms({ client });
    driver.checkConf({ algorithm: p256 });
    await driver.createKey({ algorithm: p256, name: "k" }, call());
    expect(emulator.requests.count("CreateKey")).toBe(1);
    expect(load).not.toHaveBeenCalled();
  });
});

describe("clients of the driver's own", () => {
  test("are led to the vault, retry nothing by themselves, and check whose token is asked for", async () => {
    const { connection, made, emulator, driver } = await own();
    await driver.createKey({ algorithm: p256, name: "k" }, call());
    const key = await connection.ask(readKey, call());
    const version = key.properties.version ?? "";
    const id = "https://contoso.vault.azure.net/keys/k";
    const named = { id, version, algorithm: p256, native: "", protection: "software", origin: "generated" } as const;
    await connection.use(named, (client, settings) => client.sign("ES256", digest.bytes, settings), call());
    expect(made).toMatchObject([
      { url: "https://contoso.vault.azure.net", retryOptions: { maxRetries: 0 } },
      { key: { id: `${id}/${version}`, name: "k" }, retryOptions: { maxRetries: 0 } },
    ]);
    expect(made.every((options) => !("disableChallengeResourceVerification" in options))).toBe(true);
    expect(Object.keys((made[1] as { readonly key: object }).key)).toEqual(["id", "name", "properties"]);
    emulator.faults.next("throttle", "GetKey");
    emulator.requests.clear();
    await rejection(connection.ask(readKey, call()));
    expect(emulator.requests.count()).toBe(1);
  });

  test("of one version is made once, however often it is used, and asks for a token once", async () => {
    const { connection, made, emulator, driver } = await own();
    const { currentVersion = "" } = await driver.createKey({ algorithm: p256, name: "k" }, call());
    const key: VersionReference = {
      id: "https://contoso.vault.azure.net/keys/k",
      version: currentVersion,
      algorithm: p256,
      native: "EC/P-256",
      protection: "software",
      origin: "generated",
    };
    emulator.requests.clear();
    for (let count = 0; count < 5; count += 1) {
      await connection.use(key, (client, settings) => client.sign("ES256", digest.bytes, settings), call());
    }
    expect(made).toHaveLength(2);
    expect([emulator.requests.count("Sign"), emulator.requests.count(), emulator.requests.challenges()]).toEqual([
      5, 5, 1,
    ]);
  });

  test("send no token to what asks for one of another service", async () => {
    let asked = 0;
    const here = await stand({ flavour: "managed-hsm" });
    const credential = { getToken: async () => ((asked += 1), here.emulator.credential.getToken("x")) };
    // A host in the vaults' domain, whose challenge is a Managed HSM's.
    const { vaultUrl } = (await stand()).emulator.named("contoso");
    const url = vaultUrl.replace(/\d+$/, new URL(here.emulator.vaultUrl).port);
    const { clientOptions } = here.emulator.named("contoso");
    const options = () => ({ ...clientOptions, retryOptions: { maxRetries: 0 } });
    const client = {
      keys: new sdk.KeyClient(url, credential, options()),
      cryptography: (key: sdk.KeyVaultKey) => new sdk.CryptographyClient(key, credential, options()),
    };
    const error = await refusal(azureKms({ client }).describeKey("k", call()));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", outcome: "none" });
    expect(error.message).toContain("None was sent");
    expect(asked).toBe(0);
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("are made once, however many calls come while the SDK is loading", async () => {
    const { connection, made, emulator } = await own();
    emulator.others.createVersion("k", { spec: { kty: "EC", bits: undefined, crv: "P-256" }, keyOps: ["sign"] });
    await Promise.all(Array.from({ length: 3 }, () => connection.ask(readKey, call())));
    expect(made).toHaveLength(1);
    expect(emulator.requests.challenges()).toBe(1);
  });

  test("tell why a credential gives no token, without what it threw", async () => {
    const threw = Object.assign(new Error("AADSTS7000215: invalid secret"), { request: { secret: "hidden" } });
    const { connection } = await own({ getToken: async () => Promise.reject(threw) });
    const error = await refusal(connection.ask(readKey, call()));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", outcome: "none", cause: new Error(threw.message) });
    expect(error.cause).not.toHaveProperty("request");
  });

  test("ask the credential for nothing once the driver is closed, though the SDK renews a token by itself", async () => {
    let asked = 0;
    const token = { token: "t", expiresOnTimestamp: Date.now() + 60_000 };
    const { connection, made } = await own({ getToken: async () => ((asked += 1), token) });
    await rejection(connection.ask(readKey, call()));
    await connection.close();
    const before = asked;
    const [{ given } = { given: undefined }] = made as { readonly given?: AzureCredential }[];
    expect(await given?.getToken("x")).toBe(token);
    expect(asked).toBe(before);
  });

  test("are CLOSED once the driver is", async () => {
    const driver = azureKms({
      vaultUrl: "https://contoso.vault.azure.net",
      credential: { getToken: async () => null },
    });
    await driver.close();
    expect(await refusal(driver.describeKey("k", call()))).toMatchObject({ code: "CLOSED", outcome: "none" });
  });

  test("leave neither socket nor timer behind", async () => {
    expect(await endedProcess("use-and-close.ts")).toBe("closed");
  });
});

test("the clients of 1,000 versions are kept, and of more the one made first goes", async () => {
  const { client, emulator } = await stand();
  const made: string[] = [];
  const cryptography: typeof client.cryptography = (key) => {
    made.push(key.id ?? "");
    return client.cryptography(key);
  };
  const options = { host: "h", tier: "standard", credential: undefined, client: { ...client, cryptography } } as const;
  const connection = connect(options);
  const use = async (count: number): Promise<unknown> => {
    const version = count.toString(16).padStart(32, "0");
    const key = { id: `${emulator.vaultUrl}/keys/k`, version, algorithm: p256, native: "" } as const;
    return connection.use({ ...key, protection: "software", origin: "generated" }, async () => 0, call());
  };
  for (let count = 0; count < 1_000; count += 1) await use(count);
  await use(0);
  expect(made).toHaveLength(1_000);
  await use(1_000);
  await use(1);
  expect(made).toHaveLength(1_001);
  await use(0);
  expect(made).toHaveLength(1_002);
});

describe("tokens", () => {
  test("of another tenant are UNAUTHENTICATED, and the message says so", async () => {
    const { emulator } = await stand();
    const credential = emulator.credentialOf("11111111-1111-1111-1111-111111111111");
    const driver = azureKms({ client: clientsFor({ ...emulator, credential }) });
    const error = await refusal(driver.describeKey("k", call()));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", outcome: "none" });
    expect(error.message).toContain("tenant");
  });

  test("of a tenant that the challenge makes up are too", async () => {
    const { emulator, driver } = await stand();
    emulator.challengeWith("22222222-2222-2222-2222-222222222222");
    expect(await refusal(driver.describeKey("k", call()))).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test("that have expired are UNAUTHENTICATED; claims that the service misses are fetched", async () => {
    const here = await stand();
    await keyOf(here, p256);
    here.emulator.faults.always("expired-token");
    expect(await refusal(here.driver.describeKey("key", call()))).toMatchObject({ code: "UNAUTHENTICATED" });
    here.emulator.faults.clear();
    here.emulator.faults.next("insufficient-claims");
    const cause = await rejection(here.driver.describeKey("missing", call()));
    expect(told(here, cause, "describeKey").code).toBe("NOT_FOUND");
  });
});

describe("a use on an open handle", () => {
  test.each(["standard", "managed-hsm"] as const)("is one request, without a GET, at %s", async (flavour) => {
    const here = await stand({ flavour });
    const key = await keyOf(here, p256);
    here.emulator.requests.clear();
    for (let count = 0; count < 3; count += 1) await here.driver.sign(key, digest, call());
    const requests = here.emulator.requests.list();
    expect(requests.filter(({ isAuthorized }) => isAuthorized).map(({ operation }) => operation)).toEqual([
      "Sign",
      "Sign",
      "Sign",
    ]);
    expect(requests.some(({ method }) => method === "GET")).toBe(false);
  });

  test("is not refused here for dates or operations: the service decides", async () => {
    const here = await stand({ flavour: "managed-hsm" });
    const key = await keyOf(here, "AES-256-GCM");
    const { bytes: ciphertext } = await here.driver.encrypt(key, bytes("x"), context(), call());
    here.emulator.others.updateVersion(nameIn(key.id), { expires: Math.floor(Date.now() / 1000) - 60 });
    expect((await here.driver.decrypt(key, ciphertext, context(), call())).bytes).toHaveLength(1);
  });
});

describe("time and cancellation", () => {
  test("an interruption ends the request that is under way", async () => {
    const here = await stand();
    const key = await keyOf(here, p256);
    here.emulator.faults.always({ slowMs: 30_000 });
    const controller = new AbortController();
    const underWay = here.driver.sign(key, digest, call({ signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    expect(await refusal(underWay)).toMatchObject({ code: "CANCELLED", outcome: "unknown" });
  });

  test("a call that is cancelled already asks for nothing", async () => {
    const here = await stand();
    const signal = AbortSignal.abort();
    expect(await refusal(here.driver.describeKey("k", call({ signal })))).toMatchObject({ code: "CANCELLED" });
    expect(here.emulator.requests.list()).toEqual([]);
  });
});

test("an address where nobody listens is UNAVAILABLE, and nothing was done", async () => {
  const here = await stand();
  const driver = azureKms({ client: here.client });
  await here.emulator.close();
  const error = (await rejection(driver.createKey({ algorithm: p256, name: "k" }, call()))) as KmsError;
  expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
});

describe("secret bytes of an answer", () => {
  test("leave no copy in memory that others share", () => {
    const pool = new Uint8Array(64).fill(7);
    const secret = ownBytes(pool.subarray(8, 24));
    expect(secret).toEqual(new Uint8Array(16).fill(7));
    expect(secret.buffer.byteLength).toBe(16);
    expect(pool.subarray(8, 24)).toEqual(new Uint8Array(16));
    expect(pool.filter((byte) => byte === 7)).toHaveLength(48);
  });

  test("that share memory with nobody are left as they are, and empty text is no bytes", () => {
    const alone = new Uint8Array(16);
    expect(ownBytes(alone)).toBe(alone);
    expect(ownBytes("")).toEqual(new Uint8Array());
  });
});
