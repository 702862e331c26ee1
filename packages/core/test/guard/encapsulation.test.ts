import { hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { PublicKeyCrypto } from "../../src/index.ts";
import { code, data, given } from "./given.ts";
import { keyedDriver, version, type KeyedDriver } from "./keyed-driver.ts";

const kem = { algorithm: "ML-KEM-768" } as const;
const kdf = { info: data, lengthBytes: 32 };
const secret = (): Uint8Array => new Uint8Array(32).fill(3);
const derived = Buffer.from(hkdfSync("sha256", secret(), new Uint8Array(0), data, 32));

// The form alone is checked here: this runtime has no ML-KEM.
const spki = new Uint8Array(22 + 1_184);
spki.set(Buffer.from("308204b2300b0609608648016503040402038204a100", "hex"));

const encapsulating = (encapsulate: "native" | "local"): KeyedDriver =>
  keyedDriver({
    ...kem,
    row: { operations: { encapsulate, decapsulate: "native", getPublicKey: "native" } },
    record: { versions: [version("1", { publicKey: spki })] },
    driver: {
      encapsulate: (key) => ({ id: key.id, version: key.version, bytes: data, secret: secret() }),
      decapsulate: (key) => ({ id: key.id, version: key.version, bytes: secret() }),
    },
  });
const brought = (implementation: string): PublicKeyCrypto => ({
  implementation,
  algorithms: ["ML-KEM-768"],
  encapsulate: (_algorithm, key) => {
    key.fill(0); // what another package does with its argument must not reach the pin
    return { secret: secret(), ciphertext: data };
  },
});

describe("encapsulate and decapsulate", () => {
  it("give only what HKDF makes of the secret, on both sides the same", async () => {
    const { kms } = given(encapsulating("native"));
    const key = await kms.generateKey("it", kem);
    const made = await kms.encapsulate(key, kdf);
    expect(Buffer.from(made.secret)).toEqual(derived);
    expect(Buffer.from(await kms.decapsulate(key, made.ciphertext, kdf))).toEqual(derived);
    expect(await code(kms.encapsulate(key, { info: new Uint8Array(0), lengthBytes: 32 }))).toBe("INVALID_ARGUMENT");
    expect(await code(kms.decapsulate(key, data, { info: data, lengthBytes: 8 }))).toBe("INVALID_ARGUMENT");
  });

  it("run here under the pinned key where something brings the algorithm, and are UNSUPPORTED without", async () => {
    const { kms } = given(encapsulating("local"));
    expect(await code(kms.encapsulate(await kms.generateKey("it", kem), kdf))).toBe("UNSUPPORTED");
    const { kms: able } = given(encapsulating("local"), { publicKeyCrypto: [brought("native")] });
    const key = await able.generateKey("it", kem);
    expect(Buffer.from((await able.encapsulate(key, kdf)).secret)).toEqual(derived);
    expect((await able.getPublicKey(key)).spki).toEqual(spki);
  });

  it("are refused by policy where what is brought runs in JavaScript", async () => {
    const publicKeyCrypto = [brought("js")];
    const { kms } = given(encapsulating("local"), { publicKeyCrypto });
    expect(await code(kms.encapsulate(await kms.generateKey("it", kem), kdf))).toBe("POLICY_VIOLATION");
    const { kms: lenient } = given(encapsulating("local"), { publicKeyCrypto, policy: { allowJsPrimitives: true } });
    expect((await lenient.encapsulate(await lenient.generateKey("it", kem), kdf)).secret).toHaveLength(32);
  });
});
