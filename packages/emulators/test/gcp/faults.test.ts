import { describe, expect, it } from "vitest";
import { crc32c } from "../../src/gcp/checksums.ts";
import type { GcpFault } from "../../src/gcp/index.ts";
import {
  bytes,
  bytesOf,
  codeOf,
  createKey,
  createKeyFor,
  ONCE,
  present,
  refusalOf,
  type Started,
  startAlone,
} from "./setup.ts";

const plaintext = bytes("text");
const sum = (value: Uint8Array) => ({ value: String(crc32c(value)) });
const sumOf = (value: Uint8Array | string | null | undefined): string => String(crc32c(bytesOf(value)));

async function withKey(): Promise<Started & { readonly name: string }> {
  const started = await startAlone();
  return { ...started, name: await createKey(started) };
}

describe("faults", () => {
  it.each([
    ["throttle", "RESOURCE_EXHAUSTED"],
    ["unavailable", "UNAVAILABLE"],
    ["internal-error", "INTERNAL"],
    ["expired-token", "UNAUTHENTICATED"],
    ["reset", "UNAVAILABLE"],
    [{ error: "ABORTED" }, "ABORTED"],
    [{ error: "DEADLINE_EXCEEDED" }, "DEADLINE_EXCEEDED"],
  ] as const)("%j: the next call ends in %s, undone, and the one after it succeeds", async (fault, code) => {
    const { emulator, client, name } = await withKey();
    emulator.faults.next(fault, "CreateCryptoKeyVersion");
    expect(await codeOf(client.createCryptoKeyVersion({ parent: name }, ONCE))).toBe(code);
    expect(await codeOf(client.createCryptoKeyVersion({ parent: name }, ONCE))).toBe("OK");
    expect((await client.listCryptoKeyVersions({ parent: name }, ONCE))[0]).toHaveLength(2);
  });

  it("answer-lost: the connection breaks after the work was done", async () => {
    const { emulator, client, name } = await withKey();
    emulator.faults.next("answer-lost");
    expect(await codeOf(client.createCryptoKeyVersion({ parent: name }, ONCE))).toBe("UNAVAILABLE");
    expect((await client.listCryptoKeyVersions({ parent: name }, ONCE))[0]).toHaveLength(2);
  });

  it("slow: the answer comes late, after a deadline it is not waited for, and close ends the wait", async () => {
    const { emulator, client, name } = await withKey();
    emulator.faults.next({ slowMs: 50 }, "Encrypt");
    emulator.faults.next({ slowMs: 3_600_000 }, "Encrypt");
    const begun = performance.now();
    expect(await codeOf(client.encrypt({ name, plaintext }, ONCE))).toBe("OK");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(49);
    const call = client.encrypt({ name, plaintext }, { retry: null, timeout: 100 });
    expect(await codeOf(call)).toBe("DEADLINE_EXCEEDED");
  });

  it("checksums-lost: what should be verified is not, and the answer says so", async () => {
    const { emulator, client, name } = await withKey();
    emulator.faults.next("checksums-lost");
    const [answer] = await client.encrypt({ name, plaintext, plaintextCrc32c: sum(plaintext) }, ONCE);
    expect(answer.verifiedPlaintextCrc32c).toBe(false);
    expect(answer.ciphertextCrc32c?.value).toBe(sumOf(answer.ciphertext));
  });

  it("the expired token is told by its reason", async () => {
    const { emulator, client, name } = await withKey();
    emulator.faults.next("expired-token");
    expect(await refusalOf(client.encrypt({ name, plaintext }, ONCE))).toMatchObject({
      details: [{ reason: "ACCESS_TOKEN_EXPIRED" }],
    });
  });

  it("queue up, stand until they are cleared, and are limited to a method", async () => {
    const { emulator, client, name } = await withKey();
    const encrypt = () => codeOf(client.encrypt({ name, plaintext }, ONCE));
    emulator.faults.always("unavailable", "Encrypt");
    emulator.faults.next("throttle", "Encrypt");
    expect([await encrypt(), await encrypt(), await encrypt()]).toEqual([
      "RESOURCE_EXHAUSTED",
      "UNAVAILABLE",
      "UNAVAILABLE",
    ]);
    expect(await codeOf(client.getCryptoKey({ name }, ONCE))).toBe("OK");
    emulator.faults.clear();
    expect(await encrypt()).toBe("OK");
  });

  it.each([
    ["nonsense", undefined],
    [{ slowMs: -1 }, undefined],
    [{ error: "OK" }, undefined],
    [{ flipBit: "ciphertext" }, "Decrypt"],
    [{ flipBit: "nothing.of.the.kind" }, undefined],
    [{ flipRequestBit: "ciphertext" }, "Encrypt"],
    ["throttle", "CreateImportJob"],
    [null, undefined],
    [{}, undefined],
    [{ slowMs: 1, error: "ABORTED" }, undefined],
    [{ flipBit: "ciphertext", flipRequestBit: "plaintext" }, "Encrypt"],
    [{ slowMs: "1" }, undefined],
    [{ flipBit: "ciphertextCrc32c" }, "Encrypt"],
    [{ flipBit: "cryptoKeys" }, "ListCryptoKeys"],
    [{ flipBit: "cryptoKeys.name" }, "ListCryptoKeys"],
    [{ flipBit: "permissions" }, "TestIamPermissions"],
    [{ flipBit: "labels" }, "GetCryptoKey"],
    [{ flipBit: "state" }, "GetCryptoKeyVersion"],
    ["checksums-lost", "GetCryptoKey"],
  ])("%j cannot be set for %s, where it would never happen", async (fault, method) => {
    const { emulator } = await startAlone();
    expect(() => emulator.faults.next(fault as GcpFault, method)).toThrow(RangeError);
  });
});

describe("a queued fault waits for a call that can have it", () => {
  it("for an answer with that field, where the call was not refused", async () => {
    const { emulator, client, name } = await withKey();
    const [sealed] = await client.encrypt({ name, plaintext }, ONCE);
    const ciphertext = bytesOf(sealed.ciphertext);
    emulator.faults.next({ flipBit: "plaintext" });
    expect((await client.getCryptoKey({ name }, ONCE))[0].name).toBe(name);
    expect(await codeOf(client.decrypt({ name, ciphertext: bytes("nothing of the kind") }, ONCE))).not.toBe("OK");
    expect(bytesOf((await client.decrypt({ name, ciphertext }, ONCE))[0].plaintext).toString()).toBe("texu");
    expect(bytesOf((await client.decrypt({ name, ciphertext }, ONCE))[0].plaintext).toString()).toBe("text");
  });

  it("for an answer in which that field is set", async () => {
    const started = await startAlone();
    const { emulator, client } = started;
    const ec = `${await createKeyFor(started, "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256")}/cryptoKeyVersions/1`;
    emulator.faults.next({ flipBit: "pem" });
    await client.getPublicKey({ name: ec, publicKeyFormat: "DER" }, ONCE);
    const [flipped] = await client.getPublicKey({ name: ec }, ONCE);
    expect(flipped.pemCrc32c?.value).not.toBe(String(crc32c(Buffer.from(present(flipped.pem)))));
  });

  it("for a request in which that field is set, or a checksum", async () => {
    const { emulator, client, name } = await withKey();
    const additionalAuthenticatedData = bytes("context");
    emulator.faults.next({ flipRequestBit: "additionalAuthenticatedData" });
    await client.encrypt({ name, plaintext }, ONCE);
    const [sealed] = await client.encrypt({ name, plaintext, additionalAuthenticatedData }, ONCE);
    const opening = { name, ciphertext: bytesOf(sealed.ciphertext), additionalAuthenticatedData };
    expect(await codeOf(client.decrypt(opening, ONCE))).toBe("INVALID_ARGUMENT");
    emulator.faults.next("checksums-lost");
    await client.getCryptoKey({ name }, ONCE);
    await client.encrypt({ name, plaintext }, ONCE);
    const [answer] = await client.encrypt({ name, plaintext, plaintextCrc32c: sum(plaintext) }, ONCE);
    expect(answer.verifiedPlaintextCrc32c).toBe(false);
  });

  it("and a refusal can be slow", async () => {
    const { emulator, client, name } = await withKey();
    emulator.faults.next({ slowMs: 50 });
    const begun = performance.now();
    expect(await codeOf(client.getCryptoKey({ name: `${name}-other` }, ONCE))).toBe("NOT_FOUND");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(49);
  });
});

describe("a flipped bit of an answer", () => {
  it("in the ciphertext shows in its checksum alone", async () => {
    const { emulator, client, name } = await withKey();
    emulator.faults.next({ flipBit: "ciphertext" });
    const [answer] = await client.encrypt({ name, plaintext }, ONCE);
    expect(answer.ciphertextCrc32c?.value).not.toBe(sumOf(answer.ciphertext));
    expect(await codeOf(client.decrypt({ name, ciphertext: bytesOf(answer.ciphertext) }, ONCE))).toBe(
      "INVALID_ARGUMENT",
    );
  });

  it("in the plaintext shows in its checksum alone", async () => {
    const { emulator, client, name } = await withKey();
    const [sealed] = await client.encrypt({ name, plaintext }, ONCE);
    emulator.faults.next({ flipBit: "plaintext" });
    const [opened] = await client.decrypt({ name, ciphertext: bytesOf(sealed.ciphertext) }, ONCE);
    expect(bytesOf(opened.plaintext).toString()).toBe("texu");
    expect(opened.plaintextCrc32c?.value).toBe(sumOf(plaintext));
  });

  it("makes another version of a name, another checksum of a checksum, and the opposite of a flag", async () => {
    const { emulator, client, name } = await withKey();
    const encrypt = async (flipBit: string) => {
      emulator.faults.next({ flipBit });
      return (await client.encrypt({ name, plaintext, plaintextCrc32c: sum(plaintext) }, ONCE))[0];
    };
    expect((await encrypt("name")).name).toBe(`${name}/cryptoKeyVersions/0`);
    const answer = await encrypt("ciphertextCrc32c.value");
    expect(answer.ciphertextCrc32c?.value).not.toBe(sumOf(answer.ciphertext));
    expect((await encrypt("verifiedPlaintextCrc32c")).verifiedPlaintextCrc32c).toBe(false);
  });

  it("reaches signatures, MACs, verdicts, random bytes and public keys", async () => {
    const started = await startAlone();
    const { emulator, client, location } = started;
    const ec = `${await createKeyFor(started, "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256")}/cryptoKeyVersions/1`;
    const hmac = `${await createKeyFor(started, "MAC", "HMAC_SHA256")}/cryptoKeyVersions/1`;
    for (const flipBit of ["signature", "mac", "success", "data", "pem", "publicKey.data"]) {
      emulator.faults.next({ flipBit }, METHOD_OF[flipBit]);
    }
    const [signed] = await client.asymmetricSign({ name: ec, data: plaintext }, ONCE);
    const [tagged] = await client.macSign({ name: hmac, data: plaintext }, ONCE);
    const [verdict] = await client.macVerify({ name: hmac, data: plaintext, mac: bytesOf(tagged.mac) }, ONCE);
    const [random] = await client.generateRandomBytes({ location, lengthBytes: 8, protectionLevel: "HSM" }, ONCE);
    const [pem] = await client.getPublicKey({ name: ec }, ONCE);
    const [der] = await client.getPublicKey({ name: ec, publicKeyFormat: "DER" }, ONCE);
    expect(signed.signatureCrc32c?.value).not.toBe(sumOf(signed.signature));
    expect(tagged.macCrc32c?.value).not.toBe(sumOf(tagged.mac));
    expect(verdict).toMatchObject({ success: true, verifiedSuccessIntegrity: false });
    expect(random.dataCrc32c?.value).not.toBe(sumOf(random.data));
    expect(pem.pemCrc32c?.value).not.toBe(String(crc32c(Buffer.from(present(pem.pem)))));
    expect(der.publicKey?.crc32cChecksum?.value).not.toBe(sumOf(der.publicKey?.data));
  });
});

const METHOD_OF: Readonly<Record<string, string>> = {
  signature: "AsymmetricSign",
  mac: "MacSign",
  success: "MacVerify",
  data: "GenerateRandomBytes",
  pem: "GetPublicKey",
  "publicKey.data": "GetPublicKey",
};

describe("a flipped bit of a request", () => {
  it("is refused when its checksum came along, and seals another text when none did", async () => {
    const { emulator, client, name } = await withKey();
    emulator.faults.always({ flipRequestBit: "plaintext" }, "Encrypt");
    expect(await codeOf(client.encrypt({ name, plaintext, plaintextCrc32c: sum(plaintext) }, ONCE))).toBe(
      "INVALID_ARGUMENT",
    );
    const [sealed] = await client.encrypt({ name, plaintext }, ONCE);
    const [opened] = await client.decrypt({ name, ciphertext: bytesOf(sealed.ciphertext) }, ONCE);
    expect(bytesOf(opened.plaintext).toString()).toBe("texu");
  });
});
