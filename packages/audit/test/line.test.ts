import { createHmac, createSecretKey, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fingerprintAssociatedData } from "../src/index.ts";
import { genesis, readLine, writeLine } from "../src/line.ts";
import { deriveKeys } from "../src/primitives.ts";
import { codeOf, key, linesOf, pathOf, writeLog } from "./fixture.ts";

// The format once more, from its description alone.
const derived = (info: string): Buffer => Buffer.from(hkdfSync("sha256", key, "", info, 32));
const macOf = (text: string): string =>
  createHmac("sha256", derived("kms/audit/chain")).update(text).digest("base64url");

describe("a line", () => {
  it("is canonical JSON that ends in the HMAC of everything before it", async () => {
    const directory = await writeLog(3);
    let last = "";
    linesOf(directory).forEach((line, index) => {
      const { body, entry, kind, mac } = JSON.parse(line) as Record<string, unknown>;
      const covered = `{"body":${JSON.stringify(body)},"entry":${index + 1},"kind":"${String(kind)}","last":"${last}"`;
      expect(entry).toBe(index + 1);
      expect(mac).toBe(macOf(covered));
      expect(line).toBe(`${covered},"mac":"${String(mac)}"}`);
      last = String(mac);
    });
  });

  it("stays the same, byte for byte, from one release to the next", () => {
    const { text } = writeLine(deriveKeys(key), genesis, { kind: "event", body: '{"at":"2030-01-01T00:00:00.000Z"}' });
    expect(text).toBe(
      '{"body":{"at":"2030-01-01T00:00:00.000Z"},"entry":1,"kind":"event","last":"","mac":"0ZGRSK-oQi7-kBGwOL4XIENbXcOcM6ZNC12dDsLfWvM"}\n',
    );
  });

  it("is none under another key, with another spelling of its MAC, or without one", () => {
    const keys = deriveKeys(key);
    const { text } = writeLine(keys, genesis, { kind: "event", body: "{}" });
    const line = text.slice(0, -1);
    expect(readLine(keys, Buffer.from(line))?.entry).toBe(1);
    expect(readLine(deriveKeys(new Uint8Array(32)), Buffer.from(line))).toBeUndefined();
    // The last character of 32 bytes in base64url has three aliases that a lenient decoder takes for the same.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (const alias of alphabet) {
      const spelt = `${line.slice(0, -3)}${alias}"}`;
      expect(readLine(keys, Buffer.from(spelt)) === undefined).toBe(spelt !== line);
    }
    for (const other of ["", "{}", '"}', `${line} `, line.slice(0, -54), "x".repeat(53)]) {
      expect(readLine(keys, Buffer.from(other))).toBeUndefined();
    }
  });

  it("is none when a holder of the key MACs something else", () => {
    for (const covered of ["[", "null", '{"body":1', '{"body":{},"entry":1.5,"kind":"event","last":""', '{"entry":1']) {
      expect(readLine(deriveKeys(key), Buffer.from(`${covered},"mac":"${macOf(covered)}"}`))).toBeUndefined();
    }
  });
});

describe("the fingerprint of a value", () => {
  it("is the HMAC of name and value under a key of its own", () => {
    const expected = createHmac("sha256", createSecretKey(derived("kms/audit/associated-data")))
      .update('["tenant","42"]')
      .digest("base64url");
    expect(fingerprintAssociatedData({ key, name: "tenant", value: "42" })).toBe(expected);
    expect(fingerprintAssociatedData({ key, name: "user", value: "42" })).not.toBe(expected);
  });

  it("needs a key of 32 bytes", async () => {
    const short = new Uint8Array(31);
    expect(await codeOf(() => fingerprintAssociatedData({ key: short, name: "tenant", value: "42" }))).toBe(
      "INVALID_ARGUMENT",
    );
  });
});

describe("a file", () => {
  it("begins with format, chain, number and the MAC of the file before it", async () => {
    const directory = await writeLog(40, { maximumFileBytes: 4096 });
    const [second] = linesOf(directory, "audit-00000002.jsonl");
    const header = JSON.parse(second ?? "") as { body: unknown; kind: string; last: string };
    const [first] = linesOf(directory);
    const lastOfFirst = JSON.parse(linesOf(directory).at(-1) ?? "") as { mac: string };
    expect(header.kind).toBe("header");
    expect(header.last).toBe(lastOfFirst.mac);
    const { chain } = (JSON.parse(first ?? "") as { body: { chain: string } }).body;
    expect(header.body).toMatchObject({ format: "kms-audit/1", file: 2, chain });
    expect(chain).toMatch(/^[\w-]{22}$/);
    expect(readFileSync(pathOf(directory), "utf8").endsWith("\n")).toBe(true);
  });
});
