import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { KeyMaterial, type StoredKey, type StoredTransition } from "../../src/index.ts";
import { openOwnRecord, openRecord, sealRecord, type RecordRow } from "../../src/sealed/records.ts";
import { codeOf, failure, flipped } from "../fixture.ts";
import { anyKey, bodyOf, canary, idOf, key, keysOf, rowOf, shown, version } from "./fixture.ts";

const keys = keysOf();
const id = idOf("a");
const wraps = (row: { readonly body: Uint8Array }): unknown[] => bodyOf(row).versions.map(({ material }) => material);
const refusal = async (action: () => unknown): Promise<unknown[]> => {
  const { code, keyId } = await failure(action);
  return [code, keyId];
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a sealed record", () => {
  it("opens to what was sealed, whatever its members are", () => {
    fc.assert(
      fc.property(anyKey, (record) => {
        const row = sealRecord(keys, record);
        expect([row.id, row.revision]).toEqual([record.id, record.revision]);
        expect(shown(openRecord(keys, record.id, row))).toEqual(shown(record));
        expect(shown(openOwnRecord(keys, row))).toEqual(shown(record));
      }),
    );
  });

  it.each([
    ["read", (row: RecordRow) => openRecord(keys, id, row)],
    ["just made", (row: RecordRow) => openOwnRecord(keys, row)],
  ])("that was %s opens to a record that nobody can change", (_, open) => {
    const record = open(sealRecord(keys, key()));
    const parts = [
      record,
      record.labels,
      record.versions,
      ...record.versions,
      ...record.versions.map((v) => v.history),
    ];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });

  it("takes bytes of another realm for bytes", () => {
    const publicKey = runInNewContext("Uint8Array.of(1, 2, 3)") as Uint8Array;
    const row = sealRecord(keys, key({ versions: [version(1, { publicKey }), version(2)] }));
    expect(openRecord(keys, id, row).versions[0]?.publicKey).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("keeps the wraps of material that was opened from it, and opens none of them", () => {
    const first = sealRecord(keys, key());
    const uses = vi.spyOn(KeyMaterial.prototype, "use");
    const opened = openRecord(keys, id, first);
    const second = sealRecord(keys, {
      ...opened,
      revision: 4,
      versions: opened.versions.map((one) => ({ ...one, native: "disabled" })),
    });
    expect(wraps(second)).toEqual(wraps(first));
    expect(uses).not.toHaveBeenCalled();
  });

  it("keeps them across any number of openings, wraps what is new, and drops what is gone", () => {
    const first = sealRecord(keys, key());
    const opened = openRecord(keys, id, first);
    const [one, two] = opened.versions as [StoredKey["versions"][number], StoredKey["versions"][number]];
    const versions = [{ ...one, native: "destroyed" as const, material: undefined }, two, version(3)];
    const second = sealRecord(keys, { ...opened, revision: 4, versions });
    expect(wraps(second)).toEqual([null, wraps(first)[1], expect.any(String)]);
    const again = openRecord(keys, id, second);
    expect(wraps(sealRecord(keys, { ...again, revision: 5 }))).toEqual(wraps(second));
    expect(again.versions[2]?.material?.use((bytes) => Uint8Array.from(bytes))).toEqual(canary(3));
  });

  it("wraps the same new material under another salt each time", () => {
    const [one, other] = [wraps(sealRecord(keys, key())), wraps(sealRecord(keys, key()))];
    expect(new Set([...one, ...other]).size).toBe(4);
  });

  it("is wrapped anew, and opens, under other keys, in another lineage and under another version", () => {
    const first = sealRecord(keys, key());
    const opened = openRecord(keys, id, first);
    const later = keysOf({ lineage: "0".repeat(32), generation: 2 });
    const moved = sealRecord(later, opened);
    expect(shown(openRecord(later, id, moved))).toEqual(shown(key()));
    expect(wraps(first)).not.toContain(wraps(moved)[0]);
    const third = { ...version(3), material: opened.versions[0]?.material };
    const copied = sealRecord(keys, { ...opened, versions: [...opened.versions, third] });
    expect(new Set(wraps(copied)).size).toBe(3);
    expect(openRecord(keys, id, copied).versions[2]?.material?.use((bytes) => bytes.slice())).toEqual(canary(1));
  });

  it("shows no 8 bytes of key material, neither as they are nor in base64 or hexadecimal", () => {
    const material = canary(9, 400);
    const row = sealRecord(keys, key({ versions: [version(1, { material: new KeyMaterial(material) }), version(2)] }));
    const body = Buffer.from(row.body);
    const written = Buffer.concat([body, row.mac, ...wraps(row).map((wrap) => Buffer.from(String(wrap), "base64"))]);
    const runs = Array.from({ length: material.length - 8 }, (_, at) => Buffer.from(material.subarray(at, at + 8)));
    const spelt = runs.flatMap((run) => [
      run,
      Buffer.from(run.toString("hex")),
      Buffer.from(run.subarray(0, 6).toString("base64")),
    ]);
    expect(spelt.filter((run) => written.includes(run))).toEqual([]);
    expect(written.includes(Buffer.from("orders"))).toBe(true);
  });
});

describe("sealing refuses", () => {
  it("erased material that the record still carries", async () => {
    const material = new KeyMaterial(canary(1));
    const record = key({ versions: [version(1, { material }), version(2)] });
    material.erase();
    expect(await codeOf(() => sealRecord(keys, record))).toBe("INVALID_STATE");
  });

  it.each([0, 16_385])("material of %i bytes", async (length) => {
    const material = new KeyMaterial(new Uint8Array(length));
    expect(await refusal(() => sealRecord(keys, key({ versions: [version(1, { material }), version(2)] })))).toEqual([
      "INVALID_ARGUMENT",
      id,
    ]);
  });

  const immutable: Partial<StoredKey>[] = [
    { algorithm: "HMAC-SHA512" },
    { origin: "imported" },
    { exportable: true },
    { labels: { app: "others" } },
    { createdAt: 5 },
    { createdBy: "somebody" },
    { deactivateAt: undefined },
    { destructionWindowDays: 31 },
    { rotateEveryDays: undefined },
  ];
  it.each(immutable)("to change what never changes of a key: %o", async (change) => {
    const opened = openRecord(keys, id, sealRecord(keys, key()));
    expect(await refusal(() => sealRecord(keys, { ...opened, ...change }))).toEqual(["INVALID_ARGUMENT", id]);
  });

  it.each([{ createdAt: 5 }, { notBefore: 5 }, { notAfter: undefined }, { publicKey: undefined }])(
    "to change what never changes of a version: %o",
    async (change) => {
      const opened = openRecord(keys, id, sealRecord(keys, key()));
      const versions = opened.versions.map((one) => ({ ...one, ...change }));
      expect(await refusal(() => sealRecord(keys, { ...opened, versions }))).toEqual(["INVALID_ARGUMENT", id]);
    },
  );

  const unreadable: Partial<StoredKey>[] = [
    { revision: 0 },
    { revision: 1.5 },
    { createdAt: Number.NaN },
    { createdAt: 9e15 },
    { labels: { Upper: "x" } },
    { labels: { app: "Orders" } },
    { labels: Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`l${index}`, ""])) },
    { createdBy: "\ud800" },
    { createdBy: "x".repeat(257) },
    { rotateEveryDays: 0 },
    { currentVersion: "3" },
    { currentVersion: "0" },
    { versions: [] },
    { versions: [version(1), version(3)] },
    { versions: [version(2), version(1)] },
    { versions: [version(1), version(2, { native: "destroyed" })] },
    { versions: [version(1), version(2, { publicKey: new Uint8Array(0) })] },
    { versions: [version(1), version(2, { native: "pending" as "enabled" })] },
    { versions: [version(1, { history: new Array<StoredTransition>(2) }), version(2)] },
    { versions: [version(1), version(2, { revocation: null as unknown as undefined })] },
  ];
  it.each(unreadable)("what could not be read back: %o", async (change) => {
    const error = await failure(() => sealRecord(keys, key(change)));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", keyId: id });
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Sealing key \S+: record\b.* Nothing was sealed\.$/) as unknown,
    });
  });

  it("a key of another store, and an id that is none", async () => {
    const foreign = `${"e".repeat(32)}/a`;
    expect(await refusal(() => sealRecord(keys, key({ id: foreign })))).toEqual(["INVALID_ARGUMENT", foreign]);
    expect(await refusal(() => sealRecord(keys, key({ id: "a" })))).toEqual(["INVALID_ARGUMENT", undefined]);
  });

  it("a record that is longer than a store holds", async () => {
    const [entry] = version(1).history;
    const history = Array.from(
      { length: 8000 },
      () => ({ ...entry, reason: "x".repeat(1024) }) as NonNullable<typeof entry>,
    );
    expect(await refusal(() => sealRecord(keys, key({ versions: [version(1, { history }), version(2)] })))).toEqual([
      "TOO_LARGE",
      id,
    ]);
  });
});

describe("opening refuses, and names the key:", () => {
  const row = sealRecord(keys, key());

  it("every row with one changed byte", async () => {
    const codes = new Set<string>();
    for (let at = 0; at < row.body.length; at += 1) {
      codes.add(String(await refusal(() => openRecord(keys, id, { ...row, body: flipped(row.body, at) }))));
    }
    for (let at = 0; at < row.mac.length; at += 1) {
      codes.add(String(await refusal(() => openRecord(keys, id, { ...row, mac: flipped(row.mac, at) }))));
    }
    expect([...codes]).toEqual([`TAMPERED,${id}`]);
  });

  it("every shorter row, and longer ones", async () => {
    const codes = new Set<string>();
    for (let length = 0; length < row.body.length; length += 1) {
      codes.add(await codeOf(() => openRecord(keys, id, { ...row, body: row.body.subarray(0, length) })));
    }
    for (const mac of [row.mac.subarray(0, 31), new Uint8Array(0), Buffer.concat([row.mac, new Uint8Array(1)])]) {
      codes.add(await codeOf(() => openRecord(keys, id, { ...row, mac })));
    }
    for (const more of [" ", "\0", "{}"]) {
      codes.add(
        await codeOf(() => openRecord(keys, id, { ...row, body: Buffer.concat([row.body, Buffer.from(more)]) })),
      );
    }
    const huge = rowOf(id, 3, Buffer.alloc(8_388_609, " "));
    codes.add(await codeOf(() => openRecord(keys, id, huge)));
    expect([...codes]).toEqual(["TAMPERED"]);
  });

  it.each([0, -1, 2, 4, 1.5, Number.NaN, 2 ** 53])("a row under revision %d instead of 3", async (revision) => {
    expect(await refusal(() => openRecord(keys, id, { ...row, revision }))).toEqual(["TAMPERED", id]);
  });

  it("the row of another key", async () => {
    const other = sealRecord(keys, key({ id: idOf("b") }));
    expect(await refusal(() => openRecord(keys, id, other))).toEqual(["TAMPERED", id]);
    expect(await refusal(() => openRecord(keys, idOf("b"), row))).toEqual(["TAMPERED", idOf("b")]);
  });

  it.each([{ storeId: "e".repeat(32) }, { lineage: "e".repeat(32) }, { generation: 2 }])(
    "a row of another store, lineage or generation, even under the same store key: %o",
    async (other) => {
      expect(await refusal(() => openRecord(keysOf(other), id, row))).toEqual(["TAMPERED", id]);
    },
  );

  it("an id that is none, without repeating it", async () => {
    for (const text of ["", "a", "x".repeat(1000), `${idOf("a")}\n`]) {
      expect(await refusal(() => openRecord(keys, text, row))).toEqual(["TAMPERED", undefined]);
    }
  });

  it("under a right MAC, a body that names another key, revision or store", async () => {
    const body = bodyOf(row);
    const foreign = `${"e".repeat(32)}/a`;
    const wrong = [
      rowOf(id, 3, { ...body, id: idOf("b") }),
      rowOf(id, 3, { ...body, revision: 4 }),
      rowOf(foreign, 3, { ...body, id: foreign }),
    ];
    for (const one of wrong) expect(await refusal(() => openRecord(keys, one.id, one))).toEqual(["TAMPERED", one.id]);
    expect(openRecord(keys, id, rowOf(id, 3, body)).id).toBe(id);
  });

  it("nothing in an older row of the same key: that is for digests over all records to tell", () => {
    const opened = openRecord(keys, id, row);
    sealRecord(keys, { ...opened, revision: 4 });
    expect(openRecord(keys, id, row).revision).toBe(3);
  });
});

describe("material under a right MAC is refused at its use, and names the key,", () => {
  const row = sealRecord(keys, key());
  const use = (body: object, index = 0): unknown =>
    openRecord(keys, id, rowOf(id, 3, body)).versions[index]?.material?.use((bytes) => bytes.slice());

  it("with any byte of its wrap changed", async () => {
    const body = bodyOf(row);
    const wrap = Buffer.from(String(wraps(row)[0]), "base64");
    const codes = new Set<string>();
    for (let at = 0; at < wrap.length; at += 1) {
      const material = Buffer.from(flipped(wrap, at)).toString("base64");
      const versions = [{ ...body.versions[0], material }, body.versions[1]];
      codes.add(String(await refusal(() => use({ ...body, versions }))));
    }
    expect([...codes]).toEqual([`TAMPERED,${id}`]);
    expect(use(body)).toEqual(canary(1));
  });

  it("in the place of another version, or in another key", async () => {
    // Nothing but their numbers tells the two apart.
    const alike = [version(1), version(2)].map((one) => ({ ...one, publicKey: undefined }));
    const body = bodyOf(sealRecord(keys, key({ versions: alike })));
    const [one, two] = body.versions;
    const versions = [{ ...one, material: two?.["material"] }, two];
    expect(await refusal(() => use({ ...body, versions }))).toEqual(["TAMPERED", id]);
    const other = bodyOf(sealRecord(keys, key({ id: idOf("b") })));
    expect(await refusal(() => use({ ...other, id }))).toEqual(["TAMPERED", id]);
  });

  it.each([
    { exportable: true },
    { origin: "imported" },
    { algorithm: "AES-256-GCM" },
    { labels: {} },
    { createdAt: 1 },
    { deactivateAt: null },
  ])("beside what never changes of a key: %o", async (change) => {
    expect(await refusal(() => use({ ...bodyOf(row), ...change }))).toEqual(["TAMPERED", id]);
  });

  it.each([{ createdAt: 1 }, { notBefore: 1 }, { notAfter: null }, { publicKey: null }])(
    "beside what never changes of a version: %o",
    async (change) => {
      const body = bodyOf(row);
      const versions = body.versions.map((one) => ({ ...one, ...change }));
      expect(await refusal(() => use({ ...body, versions }))).toEqual(["TAMPERED", id]);
    },
  );
});
