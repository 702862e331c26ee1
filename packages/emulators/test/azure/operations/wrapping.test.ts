import { describe, expect, it } from "vitest";
import { unwrapUnderAes, wrapUnderAes } from "../../../src/primitives.ts";
import { endOf, present, start, type Started } from "../setup.ts";

const WRAP = ["wrapKey", "unwrapKey"];
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const toHex = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString("hex");
const changed = (value: Uint8Array, at: number): Uint8Array =>
  Uint8Array.from(value, (byte, index) => (index === at ? byte ^ 1 : byte));

async function hsm(bits = 256): Promise<Started & { readonly id: string }> {
  const started = await start({ flavour: "managed-hsm" });
  const key = await started.client.createKey("kek", "oct-HSM", { keySize: bits, keyOps: WRAP });
  return { ...started, id: present(key.id) };
}

describe("AES key wrap", () => {
  // RFC 3394 §4.1, §4.6; RFC 5649 §6
  it.each([
    [
      "plain",
      "000102030405060708090A0B0C0D0E0F",
      "00112233445566778899AABBCCDDEEFF",
      "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
    ],
    [
      "plain",
      "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
      "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
      "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
    ],
    [
      "padded",
      "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
      "c37b7e6492584340bed12207808941155068f738",
      "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
    ],
    [
      "padded",
      "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
      "466f7250617369",
      "afbeb0f07dfbf5419200f2ccb50bb24f",
    ],
  ] as const)("%s: wraps and unwraps as in the RFC's example", (kind, kek, material, wrapped) => {
    expect(toHex(wrapUnderAes(kind, hex(kek), hex(material)))).toBe(wrapped);
    expect(toHex(unwrapUnderAes(kind, hex(kek), hex(wrapped)))).toBe(material.toLowerCase());
  });

  it.each(["plain", "padded"] as const)("%s: unwraps nothing that was changed or has another length", (kind) => {
    const kek = new Uint8Array(32).fill(1);
    const wrapped = wrapUnderAes(kind, kek, new Uint8Array(32).fill(2));
    for (let at = 0; at < wrapped.length; at += 1) {
      expect(unwrapUnderAes(kind, kek, changed(wrapped, at))).toBeUndefined();
    }
    for (const length of [0, 7, 8, 15, 16, wrapped.length - 8, wrapped.length - 1]) {
      expect(unwrapUnderAes(kind, kek, wrapped.subarray(0, length))).toBeUndefined();
    }
    expect(unwrapUnderAes(kind, new Uint8Array(32), wrapped)).toBeUndefined();
  });
});

describe("WrapKey and UnwrapKey on Managed HSM", () => {
  it.each([
    ["A128KW", 128],
    ["A192KW", 192],
    ["A256KW", 256],
    ["CKM_AES_KEY_WRAP", 256],
    ["CKM_AES_KEY_WRAP", 128],
    ["CKM_AES_KEY_WRAP_PAD", 256],
  ] as const)("%s with %i bits wraps a key and gives it back", async (algorithm, bits) => {
    const { use, id } = await hsm(bits);
    const material = new Uint8Array(32).fill(5);
    const { result } = await use(id).wrapKey(algorithm, material);
    expect(result).toHaveLength(40);
    const opened = await use(id).unwrapKey(algorithm, result);
    expect([...opened.result]).toEqual([...material]);
    expect(await endOf(use(id).unwrapKey(algorithm, changed(result, 20)))).toBe("400 BadParameter");
  });

  it.each([
    ["A256KW", 8, "400 BadParameter"],
    ["A256KW", 17, "400 BadParameter"],
    ["A256KW", 16, "200 OK"],
    ["A256KW", 4096, "200 OK"],
    ["A256KW", 4104, "501 EmulatorNotImplemented"],
    ["A128KW", 16, "400 BadParameter"],
    ["CKM_AES_KEY_WRAP_PAD", 1, "200 OK"],
    ["CKM_AES_KEY_WRAP_PAD", 17, "200 OK"],
    ["CKM_AES_KEY_WRAP_PAD", 0, "400 BadParameter"],
    ["RSA-OAEP-256", 16, "400 BadParameter"],
  ] as const)("%s of %i bytes under 256 bits ends in %s", async (algorithm, length, end) => {
    const { use, id } = await hsm();
    expect(await endOf(use(id).wrapKey(algorithm, new Uint8Array(length)))).toBe(end);
  });
});

describe("WrapKey and UnwrapKey with RSA", () => {
  it("RSA-OAEP-256 wraps a key and gives it back, and no other key's", async () => {
    const { client, use } = await start();
    const [key, other] = [
      await client.createKey("kek", "RSA", { keySize: 2048, keyOps: WRAP }),
      await client.createKey("other", "RSA", { keySize: 2048, keyOps: WRAP }),
    ];
    const { result } = await use(key.id).wrapKey("RSA-OAEP-256", new Uint8Array(32).fill(5));
    expect([...(await use(key.id).unwrapKey("RSA-OAEP-256", result)).result]).toEqual(Array<number>(32).fill(5));
    expect(await endOf(use(other.id).unwrapKey("RSA-OAEP-256", result))).toBe("400 BadParameter");
    expect(await endOf(use(key.id).wrapKey("RSA-OAEP-256", new Uint8Array(191)))).toBe("400 BadParameter");
  });
});

describe("GetRandomBytes", () => {
  it("gives 1 to 128 bytes, other ones each time, on Managed HSM", async () => {
    const { client } = await start({ flavour: "managed-hsm" });
    const [one, two] = [await client.getRandomBytes(32), await client.getRandomBytes(32)];
    expect([one.length, Buffer.from(one).equals(two)]).toEqual([32, false]);
    expect(await client.getRandomBytes(128)).toHaveLength(128);
    expect(await endOf(client.getRandomBytes(0))).toBe("400 BadParameter");
    expect(await endOf(client.getRandomBytes(129))).toBe("501 EmulatorNotImplemented");
  });
});
