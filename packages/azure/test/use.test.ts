import { createHash, createPublicKey, verify as verifyWith } from "node:crypto";
import { p1363ToDer } from "@kms/core/driver";
import { describe, expect, test } from "vitest";
import { bytes, call, context, keyOf, nameIn, refusal, rejection, stand, text, told, unversioned } from "./setup.ts";

const hsm = { flavour: "managed-hsm" } as const;
const aes = "AES-256-GCM";
const flip = (given: Uint8Array, at: number): Uint8Array =>
  given.map((byte, index) => (index === at ? byte ^ 1 : byte));

describe("symmetric encryption on a Managed HSM", () => {
  test("names the version, says which key and version it was, and comes as nonce, body and tag", async () => {
    const here = await stand(hsm);
    const key = await keyOf(here, aes);
    here.emulator.requests.clear();
    const { bytes: ciphertext, ...named } = await here.driver.encrypt(key, bytes("x"), context("aad"), call());
    expect(named).toEqual({ id: key.id, version: key.version });
    expect(ciphertext).toHaveLength(12 + 1 + 16);
    const { bytes: plaintext, ...by } = await here.driver.decrypt(key, ciphertext, context("aad"), call());
    expect(text(plaintext)).toBe("x");
    expect(by).toEqual({ id: key.id, version: key.version });
    expect(here.emulator.requests.list().filter(({ isAuthorized }) => isAuthorized)).toMatchObject([
      { operation: "Encrypt", version: key.version },
      { operation: "Decrypt", version: key.version },
    ]);
  });

  test("opens nothing under other associated data, another key or version, cut short or altered", async () => {
    const here = await stand(hsm);
    const [key, other] = [await keyOf(here, aes), await keyOf(here, aes)];
    const { bytes: ciphertext } = await here.driver.encrypt(key, bytes("x"), context("aad"), call());
    const { version = "" } = await here.driver.rotate(key, call());
    for (const attempt of [
      () => here.driver.decrypt(key, ciphertext, context("other"), call()),
      () => here.driver.decrypt(key, ciphertext, context(), call()),
      () => here.driver.decrypt(other, ciphertext, context("aad"), call()),
      () => here.driver.decrypt({ ...key, version }, ciphertext, context("aad"), call()),
      ...Array.from(
        ciphertext.keys(),
        (at) => () => here.driver.decrypt(key, flip(ciphertext, at), context("aad"), call()),
      ),
      ...[0, 27, 28, 4125].map(
        (length) => () => here.driver.decrypt(key, new Uint8Array(length), context("aad"), call()),
      ),
    ]) {
      const cause = await rejection(attempt());
      expect(told(here, cause, "decrypt")).toMatchObject({ code: "DECRYPTION_FAILED", outcome: "none" });
    }
  });

  test("of a length that no ciphertext has is not asked about", async () => {
    const here = await stand(hsm);
    const key = await keyOf(here, aes);
    here.emulator.requests.clear();
    for (const length of [0, 27, 4096 + 29]) {
      expect(await refusal(here.driver.decrypt(key, new Uint8Array(length), context(), call()))).toMatchObject({
        code: "DECRYPTION_FAILED",
      });
    }
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("of nothing is a nonce and a tag, and opens to bytes, not to text", async () => {
    const here = await stand(hsm);
    const key = await keyOf(here, aes);
    const { bytes: ciphertext } = await here.driver.encrypt(key, new Uint8Array(), context(), call());
    expect(ciphertext).toHaveLength(28);
    const { bytes: plaintext } = await here.driver.decrypt(key, ciphertext, context(), call());
    expect(plaintext).toEqual(new Uint8Array());
  });

  test("hands out plaintext in memory of its own", async () => {
    const here = await stand(hsm);
    const key = await keyOf(here, aes);
    const { bytes: ciphertext } = await here.driver.encrypt(key, bytes("secret"), context(), call());
    const { bytes: plaintext } = await here.driver.decrypt(key, ciphertext, context(), call());
    expect(plaintext.buffer.byteLength).toBe(plaintext.byteLength);
    expect(Object.getPrototypeOf(plaintext)).toBe(Uint8Array.prototype);
  });

  test("under a version that the key has not is a ciphertext that does not open", async () => {
    const here = await stand(hsm);
    const key = await keyOf(here, aes);
    const { bytes: ciphertext } = await here.driver.encrypt(key, bytes("x"), context(), call());
    const madeUp = { ...key, version: "f".repeat(32) };
    expect(await refusal(here.driver.decrypt(madeUp, ciphertext, context(), call()))).toMatchObject({
      code: "DECRYPTION_FAILED",
    });
    const cause = await rejection(here.driver.encrypt(madeUp, bytes("x"), context(), call()));
    expect(told(here, cause, "encrypt").code).toBe("NOT_FOUND");
  });
});

describe("RSA decryption", () => {
  test.each(["standard", "managed-hsm"] as const)("on %s names the version, and needs one", async (flavour) => {
    const here = await stand({ flavour });
    const key = await keyOf(here, "RSA-OAEP-2048-SHA256");
    const { bytes: ciphertext } = await here.driver.encrypt(key, bytes("x"), context(), call());
    here.emulator.requests.clear();
    const { bytes: plaintext, ...named } = await here.driver.decrypt(key, ciphertext, context(), call());
    expect(text(plaintext)).toBe("x");
    expect(named).toEqual({ id: key.id, version: key.version });
    for (const length of [0, 1, 255, 257]) {
      expect(await refusal(here.driver.decrypt(key, new Uint8Array(length), context(), call()))).toMatchObject({
        code: "DECRYPTION_FAILED",
      });
    }
    const none = unversioned(key);
    expect(await refusal(here.driver.decrypt(none, ciphertext, context(), call()))).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    expect(here.emulator.requests.count()).toBe(1);
    const cause = await rejection(here.driver.decrypt(key, flip(ciphertext, 200), context(), call()));
    expect(told(here, cause, "decrypt").code).toBe("DECRYPTION_FAILED");
  });

  test("of an empty plaintext gives bytes, not the SDK's text", async () => {
    const here = await stand();
    const key = await keyOf(here, "RSA-OAEP-2048-SHA256");
    const { bytes: ciphertext } = await here.driver.encrypt(key, new Uint8Array(), context(), call());
    expect((await here.driver.decrypt(key, ciphertext, context(), call())).bytes).toEqual(new Uint8Array());
  });
});

describe("data keys", () => {
  test("name the version's identifier, and under RSA are unwrapped, not decrypted", async () => {
    const here = await stand(hsm);
    const [key, rsa] = [await keyOf(here, aes), await keyOf(here, "RSA-OAEP-2048-SHA256")];
    const { encrypted, ...named } = await here.driver.wrapDataKey(key, bytes("k"), context("aad"), call());
    expect([encrypted.providerId, text(encrypted.providerInfo)]).toEqual([
      "azure-managed-hsm",
      `${key.id}/${key.version}`,
    ]);
    expect(named).toEqual({ id: key.id, version: key.version });
    expect(text((await here.driver.unwrapDataKey(key, encrypted, context("aad"), call())).bytes)).toBe("k");
    const { bytes: wrapped } = await here.driver.encrypt(rsa, bytes("k"), context(), call());
    const theirs = here.driver.nameDataKey(rsa, wrapped);
    here.emulator.requests.clear();
    expect(text((await here.driver.unwrapDataKey(rsa, theirs, context(), call())).bytes)).toBe("k");
    expect(here.emulator.requests.count("UnwrapKey")).toBe(1);
    expect(here.emulator.requests.count()).toBe(1);
  });

  test("that name another provider, key or no version are not asked about", async () => {
    const here = await stand(hsm);
    const [key, rsa] = [await keyOf(here, aes), await keyOf(here, "RSA-OAEP-2048-SHA256")];
    const { encrypted } = await here.driver.wrapDataKey(key, bytes("k"), context(), call());
    const named = here.driver.nameDataKey(rsa, new Uint8Array(256));
    here.emulator.requests.clear();
    for (const [of, given] of [
      [key, { ...encrypted, providerId: "azure-key-vault" }],
      [key, { ...encrypted, providerInfo: bytes(key.id) }],
      [key, { ...encrypted, providerInfo: bytes(`${key.id}2/${key.version}`) }],
      [key, { ...encrypted, providerInfo: bytes(`${key.id}/${key.version}`.toUpperCase()) }],
      [key, { ...encrypted, providerInfo: bytes(`${key.id}/${key.version}/`) }],
      [key, { ...encrypted, providerInfo: bytes(`https://evil.example/keys/${nameIn(key.id)}/${key.version}`) }],
      [key, { ...encrypted, providerInfo: Uint8Array.of(0xff) }],
      // A byte order mark makes another name.
      [key, { ...encrypted, providerInfo: Uint8Array.of(0xef, 0xbb, 0xbf, ...encrypted.providerInfo) }],
      [rsa, { ...named, providerId: "" }],
      [rsa, { ...named, providerInfo: bytes(`${key.id}/${key.version}`) }],
      [rsa, { ...named, ciphertext: new Uint8Array(255) }],
    ] as const) {
      expect(await refusal(here.driver.unwrapDataKey(of, given, context(), call()))).toMatchObject({
        code: "DECRYPTION_FAILED",
      });
    }
    expect(here.emulator.requests.count()).toBe(0);
  });
});

describe("signing and verifying at Azure", () => {
  test.each([
    ["ECDSA-P256-SHA256", "SHA-256", "sha256"],
    ["ECDSA-P384-SHA384", "SHA-384", "sha384"],
    ["ECDSA-P521-SHA512", "SHA-512", "sha512"],
    ["ECDSA-secp256k1-SHA256", "SHA-256", "sha256"],
    ["RSA-PKCS1-2048-SHA256", "SHA-256", "sha256"],
  ] as const)("%s takes a digest, answers DER for curves, and node:crypto verifies the message", async (...row) => {
    const [algorithm, hash, digest] = row;
    const here = await stand();
    const key = await keyOf(here, algorithm);
    const input = { kind: "digest", hash, bytes: createHash(digest).update("message").digest() } as const;
    const { bytes: signature, ...named } = await here.driver.sign(key, input, call());
    expect(named).toEqual({ id: key.id, version: key.version });
    const { bytes: spki } = await here.driver.getPublicKey(key, call());
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    expect(verifyWith(digest, bytes("message"), publicKey, signature)).toBe(true);
    expect(await here.driver.verify(key, input, signature, call())).toEqual({
      valid: true,
      id: undefined,
      version: undefined,
    });
    const other = { ...input, bytes: createHash(digest).update("other").digest() };
    expect((await here.driver.verify(key, other, signature, call())).valid).toBe(false);
  });

  test("a signature in another encoding or of another length is false without a call", async () => {
    const here = await stand();
    const [ec, rsa] = [await keyOf(here, "ECDSA-P256-SHA256"), await keyOf(here, "RSA-PSS-2048-SHA256")];
    const input = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;
    const { bytes: der } = await here.driver.sign(ec, input, call());
    here.emulator.requests.clear();
    for (const [key, signature] of [
      [ec, new Uint8Array(64)],
      [ec, der.subarray(1)],
      [ec, new Uint8Array([...der, 0])],
      [ec, p1363ToDer("ECDSA-P384-SHA384", new Uint8Array(96).fill(1))],
      [rsa, new Uint8Array(255)],
      [rsa, new Uint8Array()],
    ] as const) {
      expect(await here.driver.verify(key, input, signature, call())).toMatchObject({ valid: false });
    }
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("PSS is verified as PSS: a PKCS#1 v1.5 signature of the same key is false", async () => {
    const here = await stand();
    const pss = await keyOf(here, "RSA-PSS-2048-SHA256");
    const input = { kind: "digest", hash: "SHA-256", bytes: createHash("sha256").update("m").digest() } as const;
    const genuine = await here.driver.sign(pss, input, call());
    const old = await here.driver.sign({ ...pss, algorithm: "RSA-PKCS1-2048-SHA256" }, input, call());
    expect((await here.driver.verify(pss, input, genuine.bytes, call())).valid).toBe(true);
    expect((await here.driver.verify(pss, input, old.bytes, call())).valid).toBe(false);
  });

  test("a message where a digest is asked for is INVALID_ARGUMENT", async () => {
    const here = await stand();
    const key = await keyOf(here, "ECDSA-P256-SHA256");
    const message = { kind: "message", bytes: bytes("m") } as const;
    expect(await refusal(here.driver.sign(key, message, call()))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("a refusal that gives no reason", () => {
  const input = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;
  const hour = 3_600_000;
  const ec = "ECDSA-P256-SHA256";

  test.each([
    [{ activateAt: new Date(Date.now() + hour) }, "pre-activation"],
    [{ deactivateAt: new Date(Date.now() - hour) }, "deactivated"],
  ])("outside the dates %o is INVALID_STATE", async (dates, state) => {
    const here = await stand({ dateRefusal: "bare" });
    const key = await keyOf(here, ec, dates);
    here.emulator.requests.clear();
    const cause = await rejection(here.driver.sign(key, input, call()));
    expect(cause).toMatchObject({ code: "INVALID_STATE", outcome: "none", state, keyId: key.id });
    expect(here.emulator.requests.list().map(({ operation }) => operation)).toContain("GetKey");
  });

  test("is what the service said, for whoever may not look and where the dates are no reason", async () => {
    const here = await stand({ dateRefusal: "bare" });
    const key = await keyOf(here, ec, { deactivateAt: new Date(Date.now() - hour) });
    here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/read");
    const unseen = await rejection(here.driver.sign(key, input, call()));
    expect(told(here, unseen, "sign").code).toBe("PERMISSION_DENIED");
    here.emulator.permissions.reset();
    const active = await keyOf(here, ec);
    here.emulator.faults.next({ status: 403, code: "Forbidden" }, "Sign");
    const denied = await rejection(here.driver.sign(active, input, call()));
    expect(told(here, denied, "sign").code).toBe("PERMISSION_DENIED");
  });

  test("a denial that names the right is not looked into", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/sign/action");
    here.emulator.requests.clear();
    await rejection(here.driver.sign(key, input, call()));
    expect(here.emulator.requests.count()).toBe(1);
  });
});

describe("key wrapping on a Managed HSM", () => {
  test("wraps any length, names the version, and refuses lengths that it never makes without a call", async () => {
    const here = await stand(hsm);
    const key = await keyOf(here, "AES-256-KWP");
    const { bytes: wrapped, ...named } = await here.driver.wrapKey(key, bytes("material"), call());
    expect(named).toEqual({ id: key.id, version: key.version });
    expect(text((await here.driver.unwrapKey(key, wrapped, call())).bytes)).toBe("material");
    here.emulator.requests.clear();
    for (const length of [0, 8, 15, 17, 4112]) {
      expect(await refusal(here.driver.unwrapKey(key, new Uint8Array(length), call()))).toMatchObject({
        code: "DECRYPTION_FAILED",
      });
    }
    expect(here.emulator.requests.count()).toBe(0);
  });
});

describe("random bytes of a Managed HSM", () => {
  test.each([1, 127, 128, 129, 1024])("come as many as asked for: %d", async (length) => {
    const { driver, emulator } = await stand(hsm);
    const [one, two] = [await driver.generateRandom(length, call()), await driver.generateRandom(length, call())];
    expect([one.length, two.length, one.buffer.byteLength]).toEqual([length, length, length]);
    expect(length < 8 || Buffer.compare(one, two) !== 0).toBe(true);
    expect(one.subarray(-8).some((byte) => byte !== 0) || length < 8).toBe(true);
    expect(emulator.requests.count()).toBe(2 * Math.ceil(length / 128));
  });

  test.each([
    [0, "INVALID_ARGUMENT"],
    [-1, "INVALID_ARGUMENT"],
    [1.5, "INVALID_ARGUMENT"],
    [NaN, "INVALID_ARGUMENT"],
    [1025, "TOO_LARGE"],
  ])("%d are %s before any call", async (length, code) => {
    const { driver, emulator } = await stand(hsm);
    expect(await refusal(driver.generateRandom(length, call()))).toMatchObject({ code });
    expect(emulator.requests.count()).toBe(0);
  });
});

describe("who answered", () => {
  test.each(["Encrypt", "Decrypt"] as const)(
    "is what the raw answer of %s says, not what was asked",
    async (request) => {
      const here = await stand(hsm);
      const key = await keyOf(here, aes);
      const { version: another = "" } = await here.driver.rotate(key, call());
      const { bytes: made } = await here.driver.encrypt(key, bytes("x"), context(), call());
      here.emulator.others.answerAs(another, request);
      const answer =
        request === "Encrypt"
          ? await here.driver.encrypt(key, bytes("x"), context(), call())
          : await here.driver.decrypt(key, made, context(), call());
      expect(answer).toMatchObject({ id: key.id, version: another });
    },
  );

  test("of wrapped keys and data keys too", async () => {
    const here = await stand(hsm);
    const [kwp, rsa] = [await keyOf(here, "AES-256-KWP"), await keyOf(here, "RSA-OAEP-2048-SHA256")];
    const { bytes: wrapped } = await here.driver.wrapKey(kwp, bytes("k"), call());
    const dataKey = here.driver.nameDataKey(rsa, (await here.driver.encrypt(rsa, bytes("k"), context(), call())).bytes);
    const another = "f".repeat(32);
    for (const [request, attempt] of [
      ["WrapKey", () => here.driver.wrapKey(kwp, bytes("k"), call())],
      ["UnwrapKey", () => here.driver.unwrapKey(kwp, wrapped, call())],
      ["UnwrapKey", () => here.driver.unwrapDataKey(rsa, dataKey, context(), call())],
    ] as const) {
      here.emulator.others.answerAs(another, request);
      expect(await attempt(), request).toMatchObject({ version: another });
    }
  });

  test("of a signature too", async () => {
    const here = await stand();
    const key = await keyOf(here, "ECDSA-P256-SHA256");
    const { version: another = "" } = await here.driver.rotate(key, call());
    here.emulator.others.answerAs(another, "Sign");
    const input = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;
    expect(await here.driver.sign(key, input, call())).toMatchObject({ version: another });
  });
});
