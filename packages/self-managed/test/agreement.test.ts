import { p256, p384, p521 } from "@noble/curves/nist.js";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { call, codeOf, driverOver, makeKey } from "./fixture.ts";

const curves = [
  ["ECDH-P256", p256, 65],
  ["ECDH-P384", p384, 97],
  ["ECDH-P521", p521, 133],
] as const;

const peerOn = (namedCurve: string): Uint8Array =>
  generateKeyPairSync("ec", { namedCurve }).publicKey.export({ type: "spki", format: "der" });

describe("key agreement", () => {
  it.each(curves)(
    "%s is the x coordinate that an independent implementation computes",
    async (algorithm, curve, pointBytes) => {
      const driver = await driverOver();
      const key = await makeKey(driver, algorithm);
      const spki = (await driver.getPublicKey(key, call())).bytes;
      const peer = curve.utils.randomSecretKey();
      const peerSpki = Uint8Array.of(...spki.slice(0, -pointBytes), ...curve.getPublicKey(peer, false));
      const { bytes, id, version } = await driver.deriveSharedSecret(key, peerSpki, call());
      expect([id, version]).toEqual([key.id, "1"]);
      const shared = curve.getSharedSecret(peer, spki.slice(-pointBytes), false).slice(1, 1 + (pointBytes - 1) / 2);
      expect(Buffer.compare(bytes, shared)).toBe(0);
    },
  );

  it("refuses peers on another curve, of another type, off the curve, at infinity, cut off or with bytes behind", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "ECDH-P256");
    const good = peerOn("P-256");
    const off = Uint8Array.from(good);
    off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
    const ed = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" });
    const infinity = Uint8Array.of(0x30, good.length - 66, ...good.slice(2, -67), 3, 2, 0, 0);
    const wrong = [
      peerOn("P-384"),
      peerOn("secp256k1"),
      off,
      ed,
      infinity,
      good.slice(0, -1),
      Uint8Array.of(...good, 0),
      new Uint8Array(),
    ];
    for (const spki of wrong) {
      expect(await codeOf(() => driver.deriveSharedSecret(key, spki, call()))).toBe("INVALID_ARGUMENT");
    }
    expect((await driver.deriveSharedSecret(key, good, call())).bytes).toHaveLength(32);
  });

  it("refuses points spelled in another way: compressed, hybrid, or with bits said to be unused", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "ECDH-P256");
    const even = evenPeer();
    const compressed = Uint8Array.of(0x30, 57, ...even.slice(2, 24), 34, 0, 2, ...even.slice(27, 59));
    const [hybrid, unused] = [Uint8Array.from(even), Uint8Array.from(even)];
    hybrid[26] = 6;
    unused[25] = 1;
    for (const spki of [compressed, hybrid, unused]) {
      expect(createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }).asymmetricKeyType).toBe("ec");
      expect(await codeOf(() => driver.deriveSharedSecret(key, spki, call()))).toBe("INVALID_ARGUMENT");
    }
    expect((await driver.deriveSharedSecret(key, even, call())).bytes).toHaveLength(32);
  });

  it("refuses a P-256 peer that spells its curve out by parameters of its own", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "ECDH-P256");
    const explicit = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).publicKey;
    const spki = explicit.export({ type: "spki", format: "der" });
    expect(await codeOf(() => driver.deriveSharedSecret(key, spki, call()))).toBe("INVALID_ARGUMENT");
  });

  it("is refused under a key of another purpose", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "ECDSA-P256-SHA256");
    expect(await codeOf(() => driver.deriveSharedSecret(key, peerOn("P-256"), call()))).toBe("UNSUPPORTED");
  });
});

/** A P-256 key whose y is even: its last bit is zero. */
function evenPeer(): Uint8Array {
  for (;;) {
    const spki = peerOn("P-256");
    if (((spki.at(-1) ?? 1) & 1) === 0) return spki;
  }
}
