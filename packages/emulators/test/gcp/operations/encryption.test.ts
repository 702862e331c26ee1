import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/gcp/checksums.ts";
import {
  bytes,
  bytesOf,
  codeOf,
  createKey,
  createKeyFor,
  ONCE,
  present,
  refusalOf,
  start,
  type Place,
} from "../setup.ts";

const plaintext = bytes("text");
const aad = bytes("tenant 42");
const KIB = 1024;

async function sealed(started: Place, name: string): Promise<Buffer> {
  const [answer] = await started.client.encrypt({ name, plaintext, additionalAuthenticatedData: aad }, ONCE);
  return bytesOf(answer.ciphertext);
}

describe("Encrypt and Decrypt", () => {
  it("bring a text back under the primary version, which the answer names", async () => {
    const started = await start();
    const name = await createKey(started);
    const [answer] = await started.client.encrypt({ name, plaintext, additionalAuthenticatedData: aad }, ONCE);
    const ciphertext = bytesOf(answer.ciphertext);
    const [opened] = await started.client.decrypt({ name, ciphertext, additionalAuthenticatedData: aad }, ONCE);
    expect(answer).toMatchObject({ name: `${name}/cryptoKeyVersions/1`, protectionLevel: "SOFTWARE" });
    expect(answer.ciphertextCrc32c?.value).toBe(String(crc32c(ciphertext)));
    expect(bytesOf(opened.plaintext).toString()).toBe("text");
    expect(opened).toMatchObject({ usedPrimary: true, protectionLevel: "SOFTWARE" });
    expect(opened.plaintextCrc32c?.value).toBe(String(crc32c(plaintext)));
  });

  it("open what older versions sealed, and what a version sealed that was named", async () => {
    const started = await start();
    const { client } = started;
    const name = await createKey(started);
    const old = await sealed(started, name);
    await client.createCryptoKeyVersion({ parent: name }, ONCE);
    await client.updateCryptoKeyPrimaryVersion({ name, cryptoKeyVersionId: "2" }, ONCE);
    const [named] = await client.encrypt({ name: `${name}/cryptoKeyVersions/1`, plaintext }, ONCE);
    const [opened] = await client.decrypt({ name, ciphertext: old, additionalAuthenticatedData: aad }, ONCE);
    expect(named.name).toBe(`${name}/cryptoKeyVersions/1`);
    expect(opened.usedPrimary).toBe(false);
    expect(bytesOf(opened.plaintext).toString()).toBe("text");
  });

  it("refuse every altered byte, truncation and other associated data in one way", async () => {
    const started = await start();
    const name = await createKey(started);
    const ciphertext = await sealed(started, name);
    const attempts = [...ciphertext.keys()].map((at) => {
      const altered = Buffer.from(ciphertext);
      altered[at] = (altered[at] ?? 0) ^ 0x80;
      return { ciphertext: altered, additionalAuthenticatedData: aad };
    });
    const others = [
      { ciphertext: ciphertext.subarray(0, -1), additionalAuthenticatedData: aad },
      { ciphertext: Buffer.concat([ciphertext, Buffer.from([0])]), additionalAuthenticatedData: aad },
      { ciphertext, additionalAuthenticatedData: bytes("tenant 43") },
      { ciphertext },
      { ciphertext: bytes("no ciphertext"), additionalAuthenticatedData: aad },
    ];
    const refusals = await Promise.all(
      [...attempts, ...others].map((request) => refusalOf(started.client.decrypt({ name, ...request }, ONCE))),
    );
    expect(new Set(refusals.map(({ code, message }) => `${code} ${message}`))).toEqual(
      new Set(["INVALID_ARGUMENT Decryption failed: the ciphertext is invalid."]),
    );
  });

  it("tell a ciphertext of another key from one that was altered", async () => {
    const started = await start();
    const [name, other] = [await createKey(started), await createKey(started)];
    const ciphertext = await sealed(started, other);
    const call = started.client.decrypt({ name, ciphertext, additionalAuthenticatedData: aad }, ONCE);
    expect(await refusalOf(call)).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
    });
  });

  it("refuse a version that is disabled, naming it and KEY_DISABLED", async () => {
    const started = await start();
    const { client } = started;
    const key = await createKey(started);
    const ciphertext = await sealed(started, key);
    const name = `${key}/cryptoKeyVersions/1`;
    const cryptoKeyVersion = { name, state: "DISABLED" } as const;
    await client.updateCryptoKeyVersion({ cryptoKeyVersion, updateMask: { paths: ["state"] } }, ONCE);
    const calls = [
      client.encrypt({ name: key, plaintext }, ONCE),
      client.encrypt({ name, plaintext }, ONCE),
      client.decrypt({ name: key, ciphertext, additionalAuthenticatedData: aad }, ONCE),
    ];
    for (const refusal of await Promise.all(calls.map(refusalOf))) {
      expect(refusal).toMatchObject({
        code: "FAILED_PRECONDITION",
        message: `${name} is not enabled, current state is: DISABLED.`,
        details: [{ violations: [{ type: "KEY_DISABLED", subject: name }] }],
      });
    }
  });
});

describe("limits of Encrypt", () => {
  const LIMITS: readonly (readonly ["SOFTWARE" | "HSM", number, number, string])[] = [
    ["SOFTWARE", 64 * KIB, 64 * KIB, "OK"],
    ["SOFTWARE", 64 * KIB + 1, 0, "INVALID_ARGUMENT"],
    ["SOFTWARE", 1, 64 * KIB + 1, "INVALID_ARGUMENT"],
    ["SOFTWARE", 0, 0, "INVALID_ARGUMENT"],
    ["HSM", 8 * KIB, 0, "OK"],
    ["HSM", 1, 8 * KIB - 1, "OK"],
    ["HSM", 8 * KIB, 1, "INVALID_ARGUMENT"],
    ["HSM", 8 * KIB + 1, 0, "INVALID_ARGUMENT"],
  ];

  it.each(LIMITS)(
    "with a %s key, %i bytes of plaintext and %i of associated data: %s",
    async (level, text, more, code) => {
      const started = await start();
      const name = await createKeyFor(started, "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION", level);
      const request = { name, plaintext: Buffer.alloc(text, 1), additionalAuthenticatedData: Buffer.alloc(more, 2) };
      expect(await codeOf(started.client.encrypt(request, ONCE))).toBe(code);
    },
  );
});

describe("checksums of Encrypt and Decrypt", () => {
  const sum = (value: Uint8Array) => ({ value: String(crc32c(value)) });

  it("are verified, and the answer says which arrived", async () => {
    const started = await start();
    const name = await createKey(started);
    const [both] = await started.client.encrypt(
      { name, plaintext, plaintextCrc32c: sum(plaintext), additionalAuthenticatedDataCrc32c: { value: "0" } },
      ONCE,
    );
    const [neither] = await started.client.encrypt({ name, plaintext }, ONCE);
    expect(both).toMatchObject({ verifiedPlaintextCrc32c: true, verifiedAdditionalAuthenticatedDataCrc32c: true });
    expect(neither).toMatchObject({ verifiedPlaintextCrc32c: false, verifiedAdditionalAuthenticatedDataCrc32c: false });
  });

  it.each(["plaintextCrc32c", "additionalAuthenticatedDataCrc32c"])("refuse a wrong %s of Encrypt", async (field) => {
    const started = await start();
    const name = await createKey(started);
    const request = { name, plaintext, additionalAuthenticatedData: aad, [field]: { value: "1" } };
    expect(await codeOf(started.client.encrypt(request, ONCE))).toBe("INVALID_ARGUMENT");
  });

  it.each(["ciphertextCrc32c", "additionalAuthenticatedDataCrc32c"])("refuse a wrong %s of Decrypt", async (field) => {
    const started = await start();
    const name = await createKey(started);
    const ciphertext = await sealed(started, name);
    const request = { name, ciphertext, additionalAuthenticatedData: aad, [field]: { value: "1" } };
    expect(await codeOf(started.client.decrypt(request, ONCE))).toBe("INVALID_ARGUMENT");
  });
});

describe("what Encrypt and Decrypt refuse besides", () => {
  it("names that are malformed, or those of nothing", async () => {
    const started = await start();
    const name = await createKey(started);
    const { client, ring } = started;
    const ciphertext = await sealed(started, name);
    expect(await codeOf(client.encrypt({ name: "malformed name", plaintext }, ONCE))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(client.encrypt({ name: `${ring}/cryptoKeys/none`, plaintext }, ONCE))).toBe("NOT_FOUND");
    expect(await codeOf(client.encrypt({ name: `${name}/cryptoKeyVersions/9`, plaintext }, ONCE))).toBe("NOT_FOUND");
    expect(await codeOf(client.decrypt({ name: `${name}/cryptoKeyVersions/1`, ciphertext }, ONCE))).toBe(
      "INVALID_ARGUMENT",
    );
  });

  it("what no document settles: keys for something else, and keys without a primary version", async () => {
    const started = await start();
    const { client, ring } = started;
    const mac = await createKeyFor(started, "MAC", "HMAC_SHA256");
    const [empty] = await client.createCryptoKey(
      {
        parent: ring,
        cryptoKeyId: "empty",
        cryptoKey: { purpose: "ENCRYPT_DECRYPT" },
        skipInitialVersionCreation: true,
      },
      ONCE,
    );
    expect(await codeOf(client.encrypt({ name: mac, plaintext }, ONCE))).toBe("UNIMPLEMENTED");
    expect(await codeOf(client.encrypt({ name: present(empty.name), plaintext }, ONCE))).toBe("UNIMPLEMENTED");
  });
});
