import type { CryptographyClient } from "@azure/keyvault-keys";
import { describe, expect, it } from "vitest";
import type { AzureEmulatorOptions } from "../../../src/azure/index.ts";
import { API, DAY_MS, present, send, start, type Started } from "../setup.ts";

const ALL = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"] as const;
type Use = (typeof ALL)[number];

/** One RSA key that may do everything, and what each use needs to succeed. */
async function subject(options: AzureEmulatorOptions = {}) {
  const started = await start(options);
  const key = await started.client.createKey("orders", "RSA", { keySize: 2048, keyOps: [...ALL] });
  const crypto = started.use(key.id);
  const digest = new Uint8Array(32);
  const [sealed, wrapped, signature] = [
    (await crypto.encrypt("RSA-OAEP-256", digest)).result,
    (await crypto.wrapKey("RSA-OAEP-256", digest)).result,
    (await crypto.sign("RS256", digest)).result,
  ];
  return { ...started, version: present(key.properties.version), digest, sealed, wrapped, signature };
}

// Without the official client, which checks dates and key_ops by itself.
async function use({ emulator }: Started, it: Awaited<ReturnType<typeof subject>>, what: Use): Promise<string> {
  const text = (value: Uint8Array): string => Buffer.from(value).toString("base64url");
  const OAEP = { alg: "RSA-OAEP-256" };
  const bodies = {
    encrypt: { ...OAEP, value: text(it.digest) },
    decrypt: { ...OAEP, value: text(it.sealed) },
    wrapKey: { ...OAEP, value: text(it.digest) },
    unwrapKey: { ...OAEP, value: text(it.wrapped) },
    sign: { alg: "RS256", value: text(it.digest) },
    verify: { alg: "RS256", digest: text(it.digest), value: text(it.signature) },
  };
  const line = `POST /keys/orders/${it.version}/${what.toLowerCase()}?${API}`;
  const { status, text: answer } = await send(emulator, line, { body: JSON.stringify(bodies[what]) });
  if (status === 200) return "200";
  const { error } = JSON.parse(answer) as { error: { code: string; innererror?: { code: string } } };
  return [status, error.code, error.innererror?.code].filter((part) => part !== undefined).join(" ");
}

const ends = async (it: Awaited<ReturnType<typeof subject>>): Promise<Record<string, string>> => {
  const found: [string, string][] = [];
  for (const what of ALL) found.push([what, await use(it, it, what)]);
  return Object.fromEntries(found);
};
const same = (end: string): Record<string, string> => Object.fromEntries(ALL.map((what) => [what, end]));

const DISABLED = "403 Forbidden KeyDisabled";
const PROTECTING = { encrypt: "403 Forbidden", sign: "403 Forbidden", wrapKey: "403 Forbidden" };
const PROCESSING = { decrypt: "200", verify: "200", unwrapKey: "200" };

describe("a version that may be used", () => {
  it("does everything in its key_ops", async () => {
    expect(await ends(await subject())).toEqual(same("200"));
  });

  it.each(ALL)("without %s in its key_ops refuses that alone", async (what) => {
    const it = await subject();
    await it.client.updateKeyProperties("orders", it.version, { keyOps: ALL.filter((other) => other !== what) });
    expect(await ends(it)).toEqual({ ...same("200"), [what]: "403 Forbidden KeyOperationForbidden" });
  });
});

describe("a disabled version", () => {
  it("does nothing, as documented, until it is enabled again", async () => {
    const it = await subject();
    await it.client.updateKeyProperties("orders", it.version, { enabled: false });
    expect(await ends(it)).toEqual(same(DISABLED));
    await it.client.updateKeyProperties("orders", it.version, { enabled: true });
    expect(await ends(it)).toEqual(same("200"));
  });

  it("still does what needs the public key alone when started so, as in a live report", async () => {
    const it = await subject({ disabledPublicUse: "served" });
    await it.client.updateKeyProperties("orders", it.version, { enabled: false });
    expect(await ends(it)).toEqual({ ...same("200"), decrypt: DISABLED, sign: DISABLED, unwrapKey: DISABLED });
  });

  it("leaves the other versions alone", async () => {
    const it = await subject();
    await it.client.createKey("orders", "RSA", { keySize: 2048, keyOps: [...ALL], enabled: false });
    expect(await ends(it)).toEqual(same("200"));
  });
});

describe("the dates of a version", () => {
  const now = 20_000 * DAY_MS;

  it("from exp on it decrypts, verifies and unwraps, and protects no more", async () => {
    const it = await subject({ now: () => now });
    await it.client.updateKeyProperties("orders", it.version, { expiresOn: new Date(now + 1000) });
    expect(await ends(it)).toEqual(same("200"));
    it.emulator.clock.advance(999);
    expect(await ends(it)).toEqual(same("200"));
    it.emulator.clock.advance(1);
    expect(await ends(it)).toEqual({ ...PROTECTING, ...PROCESSING });
  });

  it("before nbf it decrypts, verifies and unwraps, and protects not yet", async () => {
    const it = await subject({ now: () => now });
    await it.client.updateKeyProperties("orders", it.version, { notBefore: new Date(now + 1000) });
    expect(await ends(it)).toEqual({ ...PROTECTING, ...PROCESSING });
    it.emulator.clock.advance(1000);
    expect(await ends(it)).toEqual(same("200"));
  });

  it.each([
    ["told", "Operation sign is not allowed on an expired key."],
    ["bare", "Operation sign is not allowed."],
  ] as const)("are %s in the refusal when started so", async (dateRefusal, message) => {
    const it = await subject({ now: () => now, dateRefusal });
    it.emulator.others.updateVersion("orders", { expires: now / 1000 });
    const body = JSON.stringify({ alg: "RS256", value: Buffer.alloc(32).toString("base64url") });
    const { text } = await send(it.emulator, `POST /keys/orders/sign?${API}`, { body });
    expect(JSON.parse(text)).toEqual({ error: { code: "Forbidden", message } });
  });

  it("do not make a disabled version do anything", async () => {
    const it = await subject({ now: () => now });
    const expiresOn = new Date(now - 1000);
    await it.client.updateKeyProperties("orders", it.version, { enabled: false, expiresOn });
    expect(await ends(it)).toEqual(same(DISABLED));
  });
});

describe("the official client", () => {
  it("sends a date after 19 January 2038 as one before 1970: the key is expired at once (provider facts §8.2)", async () => {
    const it = await subject();
    const expiresOn = new Date(Date.UTC(2040, 0, 1));
    const changed = await it.client.updateKeyProperties("orders", it.version, { expiresOn });
    expect(present(changed.properties.expiresOn).getTime()).toBeLessThan(0);
    expect(await ends(it)).toEqual({ ...PROTECTING, ...PROCESSING });
  });

  it("refuses an expired key by itself, which the service would serve (provider facts §1.2)", async () => {
    const it = await subject();
    await it.client.updateKeyProperties("orders", it.version, { expiresOn: new Date(Date.now() - 60_000) });
    const crypto: CryptographyClient = it.use(`${it.emulator.vaultUrl}/keys/orders/${it.version}`);
    await expect(crypto.decrypt("RSA-OAEP-256", it.sealed)).rejects.toThrow(/expired/);
    expect(await use(it, it, "decrypt")).toBe("200");
  });
});
