import { constants, createPublicKey, generateKeyPairSync, sign as signWith, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { compactVerify, CompactSign } from "jose";
import { describe, expect, it } from "vitest";
import { createKms, providerSealer, type KeyHandle, type Kms, type ProviderSealKey } from "../../src/index.ts";
import { codeOf } from "../codes.ts";
import { code, given } from "../guard/given.ts";
import { curvePair, signingDriver } from "../guard/keyed-driver.ts";
import { fakeDriver } from "../guard/fake-driver.ts";
import { encode } from "./forging.ts";

const ecdsa = { algorithm: "ECDSA-P256-SHA256" } as const;
const pair = curvePair("P-256");
const { spki } = pair;
const publicKey = createPublicKey(pair.privateKey);

/** A second `Kms` that holds the sealing key, and its handle. */
async function holder(pairs = [pair]): Promise<{ kms: Kms<never>; key: KeyHandle<"ECDSA-P256-SHA256"> }> {
  const { kms } = given(signingDriver(pairs));
  return { kms: kms as never, key: await kms.generateKey("it", ecdsa) };
}
const sealerKey = async (details: Partial<ProviderSealKey> = {}): Promise<ProviderSealKey> => ({
  kid: "vault",
  ...ecdsa,
  publicKey: spki,
  signer: await holder(),
  ...details,
});
const reader = providerSealer({ keys: [{ kid: "vault", ...ecdsa, publicKey: spki }] });

describe("providerSealer", () => {
  it("seals by one signature of the other Kms, as a compact JWS that jose verifies", async () => {
    const sealer = providerSealer({ keys: [await sealerKey()] });
    const token = await sealer.seal("key-handle", { a: 1 });
    const { payload, protectedHeader } = await compactVerify(token, publicKey);
    expect(protectedHeader).toEqual({ alg: "ES256", kid: "vault", typ: "kms/key-handle" });
    expect(Buffer.from(payload).toString()).toBe('{"a":1}');
    expect(sealer.kids).toEqual(["vault"]);
  });

  it("opens under the configured public key and asks nobody", async () => {
    const sealer = providerSealer({ keys: [await sealerKey()] });
    const token = await sealer.seal("key-conf", { a: [1, "x"] });
    expect(reader.open("key-conf", token)).toEqual({ a: [1, "x"] });
    expect(codeOf(() => reader.open("key-handle", token))).toBe("TAMPERED");
    const another = providerSealer({ keys: [{ kid: "vault", ...ecdsa, publicKey: curvePair("P-256").spki }] });
    expect(codeOf(() => another.open("key-conf", token))).toBe("TAMPERED");
  });

  it("carries handles of a Kms from one instance to the next", async () => {
    const sealer = providerSealer({ keys: [await sealerKey()] });
    const driver = fakeDriver();
    const kms = createKms({ providers: { it: driver }, sealer });
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    const token = await kms.sealHandle(key);
    const opened = await createKms({ providers: { it: driver }, sealer: reader }).openHandle(token);
    expect(opened.keyId).toBe(key.keyId);
  });

  it("refuses any single character changed", async () => {
    const token = await providerSealer({ keys: [await sealerKey()] }).seal("key-handle", { a: 1 });
    const letters = "ABCabc019-_.";
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...letters), (at, letter) => {
        fc.pre(token[at] !== letter);
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        return codeOf(() => reader.open("key-handle", changed)) === "TAMPERED";
      }),
    );
  });

  it("refuses a signature in DER, and one by an algorithm that the entry does not have", async () => {
    const head = encode('{"alg":"ES256","kid":"vault","typ":"kms/key-handle"}');
    const input = `${head}.${Buffer.from('{"a":1}').toString("base64url")}`;
    const der = signWith("sha256", Buffer.from(input), pair.privateKey).toString("base64url");
    expect(codeOf(() => reader.open("key-handle", `${input}.${der}`))).toBe("TAMPERED");
    const other = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const signed = await new CompactSign(Buffer.from('{"a":1}'))
      .setProtectedHeader({ alg: "ES384", kid: "vault", typ: "kms/key-handle" })
      .sign(other.privateKey);
    expect(codeOf(() => reader.open("key-handle", signed))).toBe("TAMPERED");
  });

  it("seals by RSA-PSS as PS256", async () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = { algorithm: "RSA-PSS-2048-SHA256" } as KeyHandle<"RSA-PSS-2048-SHA256">;
    const sign = async (_key: KeyHandle, message: Uint8Array): Promise<never> =>
      ({ bytes: new Uint8Array(pss(rsa.privateKey, message)) }) as never;
    const pem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
    const sealer = providerSealer({
      keys: [{ kid: "rsa", algorithm: "RSA-PSS-2048-SHA256", publicKey: pem, signer: { kms: { sign }, key } }],
    });
    const token = await sealer.seal("destruction-receipt", { a: 1 });
    expect((await compactVerify(token, rsa.publicKey)).protectedHeader.alg).toBe("PS256");
    expect(sealer.open("destruction-receipt", token)).toEqual({ a: 1 });
  });

  it("hands out nothing that the configured public key does not verify", async () => {
    const sealer = providerSealer({ keys: [await sealerKey({ signer: await holder([curvePair("P-256")]) })] });
    expect(await code(sealer.seal("key-handle", { a: 1 }) as Promise<string>)).toBe("INVALID_ARGUMENT");
  });

  it("seals nothing without a signer, and cancels with the caller's signal", async () => {
    expect(await code(reader.seal("key-handle", { a: 1 }) as Promise<string>)).toBe("INVALID_ARGUMENT");
    const sealer = providerSealer({ keys: [await sealerKey()] });
    const sealing = sealer.seal("key-handle", { a: 1 }, AbortSignal.abort()) as Promise<string>;
    expect(await code(sealing)).toBe("CANCELLED");
  });

  it("takes no HMAC, no whole-message signature and no key of another algorithm", async () => {
    const { signer, ...rest } = await sealerKey();
    const made = (details: object): string =>
      codeOf(() => providerSealer({ keys: [{ ...rest, signer, ...details }] as never }));
    const ed = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" });
    expect(made({ algorithm: "HMAC-SHA256" })).toBe("INVALID_ARGUMENT");
    expect(made({ algorithm: "Ed25519", publicKey: ed })).toBe("INVALID_ARGUMENT");
    expect(made({ algorithm: "RSA-PKCS1-2048-SHA256" })).toBe("INVALID_ARGUMENT");
    expect(made({ algorithm: "ECDSA-P521-SHA512" })).toBe("INVALID_ARGUMENT");
    expect(made({ algorithm: "ECDSA-P384-SHA384" })).toBe("INVALID_ARGUMENT");
    expect(made({ publicKey: curvePair("P-384").spki })).toBe("INVALID_ARGUMENT");
    expect(made({ signer: {} })).toBe("INVALID_ARGUMENT");
    expect(made({ signer: { ...signer, key: { algorithm: "ECDSA-P384-SHA384" } } })).toBe("INVALID_ARGUMENT");
  });
});

const pss = (key: KeyObject, message: Uint8Array): Uint8Array =>
  signWith("sha256", message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
