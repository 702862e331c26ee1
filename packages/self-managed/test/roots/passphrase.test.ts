import type { Json } from "@kms/core/driver";
import type * as NodeCrypto from "node:crypto";
import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { passphraseRoot, type PassphraseCost } from "../../src/roots/passphrase.ts";
import { codeOf } from "../fixture.ts";

interface Settings {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly maxmem: number;
}
type Scrypt = (secret: Uint8Array, salt: Uint8Array, length: number, settings: Settings) => void;
const runs = vi.hoisted(() => ({ seen: [] as unknown[][], fault: null as Error | null }));

// scrypt takes 0.4 s and more: what it is called with is what matters here. The real one runs in the tests of slots and vectors.
vi.mock("node:crypto", async (load) => {
  const real = await load<typeof NodeCrypto>();
  const scrypt = (...given: [...Parameters<Scrypt>, (error: Error | null, key: Uint8Array) => void]): void => {
    const [secret, salt, length, settings, done] = given;
    runs.seen.push([Buffer.from(secret).toString(), Buffer.from(salt).toString("base64"), length, settings]);
    done(runs.fault, new Uint8Array(length).fill(5));
  };
  return { ...real, scrypt };
});

afterEach(() => {
  runs.seen = [];
  runs.fault = null;
});

const salt = Buffer.alloc(32, 7).toString("base64");
const parameters = { cost: 131_072, blockSize: 8, parallelization: 1, salt };
const root = passphraseRoot("correct horse battery");
const slotCode = async (json: Json): Promise<string> => codeOf(async () => root.slotKey(json));

describe("a passphrase as root", () => {
  it("runs scrypt with N = 2^17, r = 8, p = 1 and a fresh salt of 32 bytes unless told otherwise", async () => {
    const [one, other] = [root.newParameters(), root.newParameters()] as (typeof parameters)[];
    expect({ ...one, salt }).toEqual(parameters);
    expect(Buffer.from(one?.salt ?? "", "base64")).toHaveLength(32);
    expect(one?.salt).not.toBe(other?.salt);
    expect(root.kind).toBe("passphrase");
  });

  it.each<PassphraseCost>([131_072, 262_144, 524_288, 1_048_576])("takes a cost of %i for new slots", (cost) => {
    expect(passphraseRoot("correct horse battery", { cost }).newParameters()).toMatchObject({ cost });
  });

  it("refuses any other cost", async () => {
    for (const cost of [65_536, 131_073, 2_097_152, 0, Number.NaN, "131072"]) {
      expect(await codeOf(() => passphraseRoot("correct horse battery", { cost: cost as PassphraseCost }))).toBe(
        "INVALID_ARGUMENT",
      );
    }
  });

  it("runs with what stands in the slot, whatever the cost of new ones", async () => {
    const stored = { cost: 262_144, blockSize: 16, parallelization: 4, salt };
    expect(await root.slotKey(stored)).toEqual(new Uint8Array(32).fill(5));
    const [secret, used, length, settings] = runs.seen[0] ?? [];
    expect([secret, used, length]).toEqual(["correct horse battery", salt, 32]);
    expect(settings).toMatchObject({ cost: 262_144, blockSize: 16, parallelization: 4 });
    // crypto-rules 19: at exactly 128·N·r it throws.
    expect((settings as Settings).maxmem).toBeGreaterThan(128 * 16 * (262_144 + 4 + 2));
  });

  it.each([
    { cost: 65_536 },
    { cost: 2_097_152 },
    { cost: 131_073 },
    { cost: 196_608 },
    { cost: 131_072.5 },
    { cost: -131_072 },
    { cost: "131072" },
    { blockSize: 7 },
    { blockSize: 17 },
    { parallelization: 0 },
    { parallelization: 5 },
    { salt: "" },
    { salt: Buffer.alloc(31).toString("base64") },
    { salt: Buffer.alloc(33).toString("base64") },
    { salt: salt.replace("=", "") },
    { salt: null },
    { more: 1 },
  ])("refuses to run with %o in a slot", async (change) => {
    expect(await slotCode({ ...parameters, ...change })).toBe("TAMPERED");
    expect(runs.seen).toEqual([]);
  });

  it("refuses to run with parameters that are none", async () => {
    for (const json of [null, 1, "x", [], {}, [parameters]]) expect(await slotCode(json)).toBe("TAMPERED");
    expect(runs.seen).toEqual([]);
  });

  it("is unavailable where the memory for it is not there", async () => {
    runs.fault = new Error("memory limit exceeded");
    expect(await slotCode(parameters)).toBe("UNAVAILABLE");
  });

  it("is the same in whatever form of Unicode it is written", async () => {
    for (const text of ["Ångström ﬁve horses", "A\u030angstro\u0308m five horses", "Ångström five horses"]) {
      await passphraseRoot(text).slotKey(parameters);
    }
    expect(new Set(runs.seen.map(([secret]) => secret))).toEqual(new Set(["Ångström five horses"]));
  });

  it("has 8 characters or more, counted after NFKC", async () => {
    const short = ["", "1234567", "😀".repeat(7), "A\u030a".repeat(7)];
    for (const text of short) expect(await codeOf(() => passphraseRoot(text))).toBe("INVALID_ARGUMENT");
    for (const text of ["12345678", "😀".repeat(8), "ﬁ".repeat(4)]) {
      expect(passphraseRoot(text).kind).toBe("passphrase");
    }
  });

  it("is well-formed text of assigned characters, of at most 4,096 bytes", async () => {
    const wrong = ["12345678\ud800", "12345678\u0378", "x".repeat(4097), "é".repeat(2049), "\ufdfa".repeat(4096)];
    for (const text of wrong) expect(await codeOf(() => passphraseRoot(text))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => passphraseRoot(Buffer.from("12345678") as unknown as string))).toBe("INVALID_ARGUMENT");
    expect(passphraseRoot("x".repeat(4096)).kind).toBe("passphrase");
  });

  it("shows nowhere", () => {
    const printed = inspect(root, { showHidden: true, depth: 9, getters: true }) + JSON.stringify(root);
    expect(printed).not.toContain("correct");
    expect(printed).not.toContain(Buffer.from("correct").toString("hex"));
    expect(Object.isFrozen(root)).toBe(true);
  });
});
