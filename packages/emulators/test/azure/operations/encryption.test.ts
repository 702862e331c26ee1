import type { EncryptParameters, JsonWebKey, RsaEncryptionAlgorithm } from "@azure/keyvault-keys";
import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { API, bytes, endOf, kidOf, present, send, start, type Started } from "../setup.ts";

const CRYPT = ["encrypt", "decrypt"];
const text = (part: Uint8Array | undefined): string => Buffer.from(present(part)).toString("base64url");
const changed = (value: Uint8Array, at: number): Uint8Array =>
  Uint8Array.from(value, (byte, index) => (index === at ? byte ^ 1 : byte));

async function rsa(keySize = 2048): Promise<Started & { readonly id: string; readonly jwk: JsonWebKey }> {
  const started = await start();
  const key = await started.client.createKey("orders", "RSA", { keySize, keyOps: CRYPT });
  return { ...started, id: present(key.id), jwk: present(key.key) };
}

async function aes(bits = 256): Promise<Started & { readonly id: string }> {
  const started = await start({ flavour: "managed-hsm" });
  const key = await started.client.createKey("orders", "oct-HSM", { keySize: bits, keyOps: CRYPT });
  return { ...started, id: present(key.id) };
}

describe("RSA-OAEP", () => {
  it.each([
    ["RSA-OAEP", "sha1", 214],
    ["RSA-OAEP-256", "sha256", 190],
  ] as const)("%s opens what another library sealed, up to %s's %i bytes", async (algorithm, oaepHash, maximum) => {
    const { use, id, jwk } = await rsa();
    const key = createPublicKey({ format: "jwk", key: { kty: "RSA", n: text(jwk.n), e: text(jwk.e) } });
    for (const length of [1, maximum]) {
      const plaintext = new Uint8Array(length).fill(9);
      const sealed = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plaintext);
      expect([...(await use(id).decrypt(algorithm, sealed)).result]).toEqual([...plaintext]);
    }
  });

  it("RSA-OAEP-256 seals up to 190 bytes under 2048 bits at the service, and refuses more", async () => {
    const { emulator, use, id } = await rsa();
    const sealed = await use(id).encrypt("RSA-OAEP-256", new Uint8Array(190));
    expect((await use(id).decrypt("RSA-OAEP-256", sealed.result)).result).toHaveLength(190);
    expect(await endOf(use(id).encrypt("RSA-OAEP-256", new Uint8Array(191)))).toBe("400 BadParameter");
    expect(emulator.requests.count("Encrypt")).toBe(2);
  });

  it("gives one refusal for a changed ciphertext, another key, another algorithm and another length", async () => {
    const { client, use, id } = await rsa();
    const { result } = await use(id).encrypt("RSA-OAEP-256", bytes("text"));
    const other = await client.createKey("other", "RSA", { keySize: 2048, keyOps: CRYPT });
    const calls: readonly [string | undefined, RsaEncryptionAlgorithm, Uint8Array][] = [
      [id, "RSA-OAEP-256", changed(result, 100)],
      [other.id, "RSA-OAEP-256", result],
      [id, "RSA-OAEP", result],
      [id, "RSA-OAEP-256", result.subarray(1)],
      [id, "RSA-OAEP-256", new Uint8Array()],
    ];
    for (const [key, algorithm, value] of calls) {
      expect(await endOf(use(key).decrypt(algorithm, value))).toBe("400 BadParameter");
    }
  });

  it("does not do RSA1_5", async () => {
    const { use, id } = await rsa();
    expect(await endOf(use(id).decrypt("RSA1_5", new Uint8Array(256)))).toBe("501 EmulatorNotImplemented");
  });

  it("opens what was sealed before a rotation under the version that sealed it", async () => {
    const { client, use, id } = await rsa();
    const { result } = await use(id).encrypt("RSA-OAEP-256", bytes("text"));
    const rotated = await client.rotateKey("orders");
    await client.rotateKey("orders");
    expect(Buffer.from((await use(id).decrypt("RSA-OAEP-256", result)).result).toString()).toBe("text");
    expect(await endOf(use(rotated.id).decrypt("RSA-OAEP-256", result))).toBe("400 BadParameter");
  });
});

describe("bytes in a request", () => {
  it.each([
    ["AA", 200],
    ["", 200],
    ["AA==", 400],
    ["AB", 400], // another writing of AA
    ["A", 400],
    ["A/A", 400],
    ["A A", 400],
    [7, 400],
    [null, 400],
  ])("written as %j answer %i: base64url without padding, in the one writing that there is", async (value, status) => {
    const { emulator, id } = await aes();
    const body = JSON.stringify({ alg: "A256GCM", value });
    const { pathname } = new URL(id);
    expect((await send(emulator, `POST ${pathname}/encrypt?${API}`, { body })).status).toBe(status);
  });
});

describe("AES-GCM on Managed HSM", () => {
  it.each([
    ["A128GCM", 128],
    ["A192GCM", 192],
    ["A256GCM", 256],
  ] as const)("%s seals and opens with associated data, under a nonce of the service's", async (algorithm, bits) => {
    const { use, id } = await aes(bits);
    const additionalAuthenticatedData = bytes("tenant=42");
    const nonces = new Set<string>();
    for (const plaintext of [bytes("text"), new Uint8Array(), new Uint8Array(8192)]) {
      const sealed = await use(id).encrypt({ algorithm, plaintext, additionalAuthenticatedData });
      const { result: ciphertext, iv, authenticationTag } = sealed;
      expect([present(iv).length, present(authenticationTag).length]).toEqual([12, 16]);
      expect(Buffer.from(present(sealed.additionalAuthenticatedData)).toString()).toBe("tenant=42");
      const parts = { algorithm, ciphertext: Buffer.from(ciphertext), iv: present(iv), additionalAuthenticatedData };
      const opened = await use(id).decrypt({ ...parts, authenticationTag: present(authenticationTag) });
      expect(Buffer.from(opened.result)).toEqual(Buffer.from(plaintext)); // "" for none (trap T6)
      nonces.add(text(iv));
    }
    expect(nonces.size).toBe(3);
  });

  it("gives one refusal for anything that was changed, for other associated data and for another version", async () => {
    const { client, use, id } = await aes();
    const aad = bytes("tenant=42");
    const sealed = await use(id).encrypt({
      algorithm: "A256GCM",
      plaintext: bytes("text"),
      additionalAuthenticatedData: aad,
    });
    const [iv, authenticationTag] = [present(sealed.iv), present(sealed.authenticationTag)];
    const whole = { algorithm: "A256GCM", ciphertext: sealed.result, iv, authenticationTag } as const;
    const other = await client.createKey("orders", "oct-HSM", { keySize: 256, keyOps: CRYPT });
    const open = (part: object, key: string | undefined = id) =>
      endOf(use(key).decrypt({ ...whole, additionalAuthenticatedData: aad, ...part }));
    expect(await open({})).toBe("200 OK");
    for (const part of [
      { ciphertext: changed(sealed.result, 0) },
      { ciphertext: sealed.result.subarray(1) },
      { iv: changed(iv, 11) },
      { iv: iv.subarray(1) },
      { authenticationTag: changed(authenticationTag, 15) },
      { authenticationTag: authenticationTag.subarray(0, 4) },
      { additionalAuthenticatedData: bytes("tenant=43") },
      { additionalAuthenticatedData: undefined },
    ]) {
      expect(await open(part)).toBe("400 BadParameter");
    }
    expect(await open({}, other.id)).toBe("400 BadParameter");
  });

  it("refuses an algorithm for another size, a caller's nonce, and more than is known to be taken", async () => {
    const { use, id } = await aes();
    const seal = (parameters: object) =>
      endOf(use(id).encrypt({ algorithm: "A256GCM", plaintext: bytes("text"), ...parameters } as EncryptParameters));
    expect(await seal({ algorithm: "A128GCM" })).toBe("400 BadParameter");
    expect(await seal({ iv: new Uint8Array(12) })).toBe("501 EmulatorNotImplemented");
    expect(await seal({ plaintext: new Uint8Array(8193) })).toBe("501 EmulatorNotImplemented");
    expect(await seal({ additionalAuthenticatedData: new Uint8Array(8193) })).toBe("501 EmulatorNotImplemented");
    expect(await seal({ algorithm: "A256CBC", iv: new Uint8Array(16) })).toBe("501 EmulatorNotImplemented");
  });

  it("names the version that sealed and the one that opened", async () => {
    const { client, use, id } = await aes();
    await client.createKey("orders", "oct-HSM", { keySize: 256, keyOps: CRYPT });
    const parameters = { algorithm: "A256GCM", plaintext: bytes("text") } as const;
    expect(await kidOf((options) => use(id).encrypt(parameters, options))).toBe(id);
  });
});
