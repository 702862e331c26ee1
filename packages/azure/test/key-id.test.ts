import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  hostOf,
  isVersion,
  keyIdOf,
  kindOfHost,
  nameOf,
  parseKeyId,
  readReference,
  sameKey,
  sameName,
  scopeOf,
  versionIdOf,
} from "../src/key-id.ts";
import { refusal } from "./setup.ts";

const host = "contoso.vault.azure.net";
const key = `https://${host}/keys/Key-1`;
const version = "0123456789abcdef0123456789abcdef";

const codeOf = async (work: () => unknown): Promise<string> => (await refusal((async () => work())())).code;

describe("a reference", () => {
  test("is an identifier of this host, with or without a version, or a bare name", () => {
    expect(readReference(key, host)).toEqual({ host, name: "Key-1", version: undefined });
    expect(readReference(`${key}/${version}`, host)).toEqual({ host, name: "Key-1", version });
    expect(readReference("Key-1", host)).toEqual({ host, name: "Key-1", version: undefined });
    expect(readReference(key.replace(host, "127.0.0.1:8443"), "127.0.0.1:8443").name).toBe("Key-1");
  });

  test.each([
    "",
    "a/b",
    "../Key-1",
    "Key 1",
    "Key_1",
    "Key-1\n",
    "k".repeat(128),
    `${key}/`,
    `${key}\n`,
    `${key}/${version}/`,
    `${key}/${version.slice(1)}`,
    `${key}/${version.toUpperCase()}`,
    `${key}/latest`,
    key.replace("https", "http"),
    key.replace("/keys/", "/secrets/"),
    key.replace("/keys/", "/deletedkeys/"),
    key.replace(host, `user@${host}`),
    key.replace(host, "other.vault.azure.net"),
    key.replace(host, `${host}:443`),
    key.replace(host, host.toUpperCase()),
    `${key}?api-version=7.5`,
    `${key}#x`,
  ])("that is none of this vault's is INVALID_ARGUMENT: %j", async (reference) => {
    expect(await codeOf(() => readReference(reference, host))).toBe("INVALID_ARGUMENT");
  });

  test("of any text is a name of the grammar or refused", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `https://${host}/keys/${text}`),
        ),
        (text) => {
          try {
            const found = readReference(text, host);
            expect(`${found.host}/${found.name}`).toMatch(/^contoso\.vault\.azure\.net\/[0-9a-zA-Z-]{1,127}$/);
          } catch (cause) {
            expect(cause).toMatchObject({ code: "INVALID_ARGUMENT" });
          }
        },
      ),
    );
  });
});

describe("a host", () => {
  test.each([
    ["contoso.vault.azure.net", "vault"],
    ["contoso.vault.azure.cn", "vault"],
    ["contoso.vault.usgovcloudapi.net", "vault"],
    ["contoso.managedhsm.azure.net", "managed-hsm"],
    ["contoso.managedhsm.azure.cn", "managed-hsm"],
    ["contoso.managedhsm.usgovcloudapi.net", "managed-hsm"],
    ["vault.azure.net", undefined],
    [".vault.azure.net", undefined],
    ["contoso.vault.azure.net.evil.example", undefined],
    ["contoso.evilvault.azure.net", undefined],
    ["a.contoso.vault.azure.net", undefined],
    ["contoso.vault.azure.net:444", undefined],
    ["co--ntoso.vault.azure.net", undefined],
    ["1contoso.vault.azure.net", undefined],
    [`${"a-".repeat(12)}b.vault.azure.net`, undefined],
    ["co.vault.azure.net", undefined],
    ["contoso.vaultcore.azure.net", undefined],
    ["127.0.0.1:8443", undefined],
    ["localhost", undefined],
  ])("%s is %s", (name, kind) => {
    expect(kindOfHost(name)).toBe(kind);
  });

  test("is read out of an address in small letters, and out of nothing else", () => {
    expect(hostOf("https://Contoso.Vault.Azure.net/")).toBe(host);
    expect(hostOf("https://127.0.0.1:8443")).toBe("127.0.0.1:8443");
    for (const address of [
      host,
      `http://${host}`,
      `https://user@${host}`,
      `https://${host}/keys`,
      `https://${host}?x`,
      `https://${host}\\@evil.example`,
      "https://",
      "",
    ]) {
      expect(hostOf(address)).toBeUndefined();
    }
  });
});

test("scope and name are read out of the canonical id alone", async () => {
  expect(scopeOf(key)).toBe(host);
  expect(nameOf(key)).toBe("Key-1");
  for (const id of ["Key-1", `${key}/${version}`, `${key} `, `https://${host}/keys/`]) {
    expect(await codeOf(() => scopeOf(id))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => nameOf(id))).toBe("INVALID_ARGUMENT");
  }
});

test("identifiers come apart as they were put together", () => {
  expect(parseKeyId(versionIdOf(keyIdOf(host, "Key-1"), version))).toEqual({ host, name: "Key-1", version });
});

test("versions are 32 hexadecimal digits in small letters", () => {
  expect(isVersion(version)).toBe(true);
  for (const text of ["", version.slice(1), `${version}0`, version.toUpperCase(), `${version}\n`, "../x", "latest"]) {
    expect(isVersion(text)).toBe(false);
  }
});

test("only equal ids name the same key; the service itself finds names without regard to case", () => {
  expect(sameKey(key, key)).toBe(true);
  for (const other of [`${key}2`, key.toLowerCase(), key.replace("contoso", "fabrikam"), `${key}/${version}`]) {
    expect(sameKey(key, other)).toBe(false);
  }
  expect(sameName("Key-1", "key-1")).toBe(true);
  expect(sameName("Key-1", "key-2")).toBe(false);
});
