import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { sealHead } from "../../src/sealed/head.ts";
import { labels } from "../../src/sealed/labels.ts";
import { frame } from "../../src/sealed/framing.ts";
import { openRecord, sealRecord } from "../../src/sealed/records.ts";
import { newStoreIdentity, newStoreKey, StoreKeys } from "../../src/sealed/store-keys.ts";
import { aeadLabels } from "../../src/encryption/aead.ts";
import { codeOf } from "../fixture.ts";
import { idOf, identity, key, keysOf, storeKey } from "./fixture.ts";

describe("the keys of a store", () => {
  it("are made of a copy: erasing the store key changes nothing", () => {
    const bytes = Uint8Array.from(storeKey);
    const keys = new StoreKeys(bytes, identity);
    bytes.fill(0);
    expect(openRecord(keysOf(), idOf("a"), sealRecord(keys, key())).id).toBe(idOf("a"));
  });

  it("are three different ones", () => {
    const keys = keysOf();
    const all = [keys.material, keys.record, keys.head].map((one) => one.export().toString("hex"));
    expect(new Set([...all, Buffer.from(storeKey).toString("hex")]).size).toBe(4);
  });

  it("show nowhere", () => {
    const keys = keysOf();
    const printed = [inspect(keys, { showHidden: true, depth: 9, getters: true }), JSON.stringify(keys)].join("\n");
    const secrets = [storeKey, ...[keys.material, keys.record, keys.head].map((one) => one.export())];
    const spelt = secrets.flatMap((secret) =>
      ["hex", "base64"].map((encoding) => Buffer.from(secret).toString(encoding as "hex")),
    );
    expect(spelt.filter((text) => printed.includes(text.slice(0, 12)))).toEqual([]);
    expect(JSON.parse(JSON.stringify(keys))).toEqual({ identity });
  });

  it("are gone once closed, and with them what was opened lazily", async () => {
    const keys = keysOf();
    const record = openRecord(keys, idOf("a"), sealRecord(keys, key()));
    keys.close();
    keys.close();
    const head = { revision: 0, latestTime: 0, records: 0, slots: "0".repeat(64) };
    expect(await codeOf(() => record.versions[0]?.material?.use(() => undefined))).toBe("CLOSED");
    expect(await codeOf(() => sealRecord(keys, key()))).toBe("CLOSED");
    expect(await codeOf(() => sealHead(keys, head))).toBe("CLOSED");
    expect(await codeOf(() => openRecord(keys, idOf("a"), sealRecord(keysOf(), key())))).toBe("CLOSED");
    expect(keys.identity).toEqual(identity);
  });

  it("refuse store keys of another length and identities out of their grammar", async () => {
    expect(await codeOf(() => new StoreKeys(new Uint8Array(31), identity))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => new StoreKeys(new Uint8Array(33), identity))).toBe("INVALID_ARGUMENT");
    for (const wrong of [
      { storeId: "x" },
      { storeId: "A".repeat(32) },
      { lineage: "" },
      { generation: 0 },
      { generation: 1.5 },
    ]) {
      expect(await codeOf(() => keysOf(wrong))).toBe("INVALID_ARGUMENT");
    }
  });

  it("of new stores are new", () => {
    const [one, other] = [newStoreIdentity(), newStoreIdentity()];
    expect(new Set([one.storeId, one.lineage, other.storeId, other.lineage]).size).toBe(4);
    expect(new StoreKeys(newStoreKey(), one).identity).toEqual({ ...one, generation: 1 });
    expect(Buffer.compare(newStoreKey(), newStoreKey())).not.toBe(0);
  });
});

describe("the labels", () => {
  it("are all different, from those of ciphertexts too", () => {
    const all = [...Object.values(labels), ...Object.values(aeadLabels).map((label) => Buffer.from(label).toString())];
    expect(new Set(all).size).toBe(11);
  });
});

describe("a frame", () => {
  it("is different bytes for different lists of parts", () => {
    const lists = [
      [],
      [""],
      ["", ""],
      ["ab"],
      ["a", "b"],
      ["", "ab"],
      ["ab", ""],
      ["a", "", "b"],
      [0],
      [0, ""],
      ["\0".repeat(8), "x"],
    ];
    const frames = lists.map((parts) => Buffer.from(frame(parts)).toString("hex"));
    expect(new Set(frames).size).toBe(lists.length);
    expect(Buffer.from(frame(["é", Uint8Array.of(9), 258])).toString("hex")).toBe(
      "00000002c3a90000000109000000080000000000000102",
    );
  });
});
