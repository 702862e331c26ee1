import { describe, expect, it } from "vitest";
import { derToP1363, KmsError, memoryAuditSink, verifySignature, type PublicKeyCrypto } from "../../src/index.ts";
import type { SignInput } from "../../src/driver.ts";
import { code, data, failure, given, sealer } from "./given.ts";
import { curvePair, macDriver, signingDriver, version } from "./keyed-driver.ts";

const ecdsa = { algorithm: "ECDSA-P256-SHA256" } as const;
const hmac = { algorithm: "HMAC-SHA256" } as const;
const pairs = [curvePair("P-256"), curvePair("P-256"), curvePair("P-256")];

describe("sign", () => {
  it("signs with the version that the handle pins as current, and says which", async () => {
    const audit = memoryAuditSink();
    const { kms } = given(signingDriver(pairs), { audit });
    const key = await kms.generateKey("it", ecdsa);
    const signature = await kms.sign(key, data);
    expect(signature).toMatchObject({ keyVersion: "3", algorithm: "ECDSA-P256-SHA256" });
    expect(verifySignature(await kms.getPublicKey(key, { keyVersion: "3" }), data, signature)).toBe(true);
    expect(audit.events().at(-3)).toMatchObject({ operation: "sign", phase: "outcome", keyVersion: "3" });
  });

  it("hashes here where the provider takes digests, and nowhere else", async () => {
    const seen: SignInput[] = [];
    const sign = (key: { id: string; version: string }, input: SignInput): object => {
      seen.push(input);
      return { id: key.id, version: key.version, bytes: data };
    };
    const driver = { sign } as never;
    for (const signInput of ["digest", "message"] as const) {
      const { kms } = given(signingDriver(pairs, { driver, row: { signInput } }));
      await kms.sign(await kms.generateKey("it", ecdsa), data);
    }
    expect(seen[0]).toMatchObject({ kind: "digest", hash: "SHA-256" });
    expect(seen[0]?.bytes).toHaveLength(32);
    expect(seen[1]).toEqual({ kind: "message", bytes: data });
  });

  it("answers the low s on secp256k1, whichever the provider answers, and refuses what is no signature", async () => {
    const algorithm = "ECDSA-secp256k1-SHA256";
    const order = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n;
    const sOf = (der: Uint8Array): bigint =>
      BigInt(`0x${Buffer.from(derToP1363(algorithm, der).subarray(32)).toString("hex")}`);
    const made: bigint[] = [];
    const pair = curvePair("secp256k1");
    const plain = signingDriver([pair], { algorithm });
    const sign: typeof plain.sign = async (...given) => {
      const answer = await plain.sign?.(...given);
      if (answer === undefined) throw new Error("it signs");
      made.push(sOf(answer.bytes));
      return answer;
    };
    const { kms } = given(signingDriver([pair], { algorithm, driver: { sign } }));
    const key = await kms.generateKey("it", { algorithm });
    for (let count = 0; count < 40; count += 1) {
      const signature = await kms.sign(key, data);
      expect(sOf(signature.bytes)).toBeLessThanOrEqual(order / 2n);
      expect(await kms.verify(key, data, signature)).toBe(true);
    }
    expect(made.some((s) => s > order / 2n)).toBe(true);
    const bytes = new Uint8Array(71).fill(0x30);
    const bad = given(
      signingDriver([pair], { algorithm, driver: { sign: async ({ id, version }) => ({ id, version, bytes }) } }),
    );
    expect(await code(bad.kms.sign(await bad.kms.generateKey("it", { algorithm }), data))).toBe("TAMPERED");
  });

  it("refuses a message above the row's limit instead of hashing it, before the provider is asked", async () => {
    let asked = 0;
    const sign = (): never => {
      asked += 1;
      throw new Error("asked");
    };
    const { kms } = given(signingDriver(pairs, { driver: { sign }, row: { limits: { maximumMessageBytes: 10 } } }));
    const key = await kms.generateKey("it", ecdsa);
    expect(await code(kms.sign(key, new Uint8Array(11)))).toBe("TOO_LARGE");
    expect(asked).toBe(0);
    // Local verification has no such limit: it only costs time here.
    expect(await kms.verify(key, new Uint8Array(11), data)).toBe(false);
  });

  it("is TAMPERED when another version answers", async () => {
    const sign = (key: { id: string }): object => ({ id: key.id, version: "1", bytes: data });
    const { kms } = given(signingDriver(pairs, { driver: { sign } as never }));
    expect(await code(kms.sign(await kms.generateKey("it", ecdsa), data))).toBe("TAMPERED");
  });

  it("is refused where no pinned version was usable", async () => {
    const record = { versions: [version("1", { native: "disabled", publicKey: curvePair("P-256").spki })] };
    const { kms } = given(signingDriver(pairs.slice(0, 1), { record: { ...record, currentVersion: "1" } }));
    const key = await kms.getKey("it", "store/key", ecdsa);
    expect(await code(kms.sign(key, data))).toBe("INVALID_STATE");
  });
});

describe("verify", () => {
  it("is local against every pinned version and asks nobody", async () => {
    const driver = signingDriver(pairs, { driver: { verify: () => Promise.reject(new Error("asked")) } });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", ecdsa);
    const older = given(signingDriver(pairs, { record: { currentVersion: "1" } })).kms;
    const { bytes } = await older.sign(await older.generateKey("it", ecdsa), data);
    driver.calls.length = 0;
    expect(await kms.verify(key, data, bytes)).toBe(true);
    expect(await kms.verify(key, data, bytes, { keyVersion: "1" })).toBe(true);
    expect(await kms.verify(key, data, bytes, { keyVersion: "2" })).toBe(false);
    expect(await kms.verify(key, data.slice(1), bytes)).toBe(false);
    expect(await kms.verify(key, data, new Uint8Array(0))).toBe(false);
    expect(driver.calls).toEqual([]);
  });

  it("is STALE_HANDLE for a version that the handle does not pin, and INVALID_ARGUMENT for one that cannot be", async () => {
    const { kms } = given(signingDriver(pairs));
    const key = await kms.generateKey("it", ecdsa);
    const signature = await kms.sign(key, data);
    expect(await code(kms.verify(key, data, { ...signature, keyVersion: "9" }))).toBe("STALE_HANDLE");
    expect(await code(kms.verify(key, data, { ...signature, keyVersion: "../1" }))).toBe("INVALID_ARGUMENT");
    expect(await code(kms.verify(key, data, { ...signature, algorithm: "Ed25519" }))).toBe("INVALID_ARGUMENT");
    expect(await code(kms.verify(key, data, signature, { keyVersion: "1" }))).toBe("INVALID_ARGUMENT");
    expect(await code(kms.getPublicKey(key, { keyVersion: "9" }))).toBe("STALE_HANDLE");
  });

  it("is not false where no version is pinned that could have signed", async () => {
    const versions = [version("1", { native: "compromised", publicKey: curvePair("P-256").spki })];
    const { kms } = given(signingDriver(pairs.slice(0, 1), { record: { versions, currentVersion: "1" } }));
    const key = await kms.getKey("it", "store/key", ecdsa);
    expect(await code(kms.verify(key, data, data))).toBe("STALE_HANDLE");
  });

  it("is the provider's where the handle says so, and what answers is compared", async () => {
    const { kms } = given(signingDriver(pairs));
    const key = await kms.generateKey("it", ecdsa);
    const there = kms.restrictKey(key, { verifyAt: "provider" });
    const signature = await kms.sign(key, data);
    expect(await kms.verify(there, data, signature)).toBe(true);
    expect(await kms.verify(there, data.slice(1), signature)).toBe(false);
    const lying = { verify: () => ({ id: "store/other", version: "3", valid: true }) };
    const { kms: liar } = given(signingDriver(pairs, { driver: lying }));
    const its = liar.restrictKey(await liar.generateKey("it", ecdsa), { verifyAt: "provider" });
    expect(await code(liar.verify(its, data, signature))).toBe("TAMPERED");
  });

  it("at the provider goes on to older versions where a newer one's state refuses, and answers that refusal if none fits", async () => {
    for (const isLater of [false, true]) {
      const verdict = (version: string): boolean => {
        if (version === "3") throw new KmsError("INVALID_STATE", "disabled", { state: "suspended" });
        return version === "1";
      };
      const at = ({ id, version }: { id: string; version: string }): object => ({
        id,
        version,
        valid: verdict(version),
      });
      const verify = isLater ? async (key: never): Promise<object> => at(key) : at;
      const { kms } = given(signingDriver(pairs, { driver: { verify } as never }));
      const there = kms.restrictKey(await kms.generateKey("it", ecdsa), { verifyAt: "provider" });
      expect(await kms.verify(there, data, data)).toBe(true);
      const { kms: none } = given(
        signingDriver(pairs.slice(0, 1), { driver: { verify: () => verdict("3") } as never }),
      );
      const gone = none.restrictKey(await none.generateKey("it", ecdsa), { verifyAt: "provider" });
      expect(await failure(none.verify(gone, data, data))).toMatchObject({ code: "INVALID_STATE", state: "suspended" });
    }
  });

  it("is by what publicKeyCrypto brings where the runtime lacks the algorithm, and UNSUPPORTED without", async () => {
    const mldsa = { algorithm: "ML-DSA-44" } as const;
    const spki = new Uint8Array(22 + 1_312);
    spki.set(Buffer.from("30820532300b06096086480165030403110382052100", "hex"));
    const driver = (): ReturnType<typeof signingDriver> =>
      signingDriver([], {
        ...mldsa,
        record: { currentVersion: "1", versions: [version("1", { publicKey: spki })] },
      });
    const { kms } = given(driver());
    expect(await code(kms.verify(await kms.generateKey("it", mldsa), data, data))).toBe("UNSUPPORTED");
    const brought: PublicKeyCrypto = { implementation: "native", algorithms: ["ML-DSA-44"], verify: () => true };
    const { kms: able } = given(driver(), { publicKeyCrypto: [brought] });
    expect(await able.verify(await able.generateKey("it", mldsa), data, data)).toBe(true);
  });

  it("is refused by policy where what publicKeyCrypto brings runs in JavaScript", async () => {
    const mldsa = { algorithm: "ML-DSA-44" } as const;
    const spki = new Uint8Array(22 + 1_312);
    spki.set(Buffer.from("30820532300b06096086480165030403110382052100", "hex"));
    const versions = [version("1", { publicKey: spki })];
    const driver = signingDriver([], { ...mldsa, record: { currentVersion: "1", versions } });
    const publicKeyCrypto: PublicKeyCrypto[] = [
      { implementation: "js", algorithms: ["ML-DSA-44"], verify: () => true },
    ];
    const { kms } = given(driver, { publicKeyCrypto });
    expect(await code(kms.verify(await kms.generateKey("it", mldsa), data, data))).toBe("POLICY_VIOLATION");
    const { kms: lenient } = given(driver, { publicKeyCrypto, policy: { allowJsPrimitives: true } });
    expect(await lenient.verify(await lenient.generateKey("it", mldsa), data, data)).toBe(true);
  });
});

describe("MACs", () => {
  it("are made with the newest pinned version and verified with any version of the key", async () => {
    const { kms } = given(macDriver(["1", "2"]), { sealer });
    const key = await kms.generateKey("it", hmac);
    const mac = await kms.generateMac(key, data);
    expect(mac).toMatchObject({ keyVersion: "2", algorithm: "HMAC-SHA256" });
    expect(await kms.verifyMac(key, data, mac)).toBe(true);
    expect(await kms.verifyMac(key, data, mac.bytes)).toBe(true);
    expect(await kms.verifyMac(key, data, mac.bytes, { keyVersion: "1" })).toBe(false);
    expect(await kms.verifyMac(key, data, mac.bytes, { keyVersion: "3" })).toBe(false);
    expect(await code(kms.verifyMac(key, data, { ...mac, algorithm: "HMAC-SHA512" }))).toBe("INVALID_ARGUMENT");
  });

  it("are not false where no version is known that could have made one", async () => {
    const { kms } = given(macDriver(["1"], { record: { versions: [], currentVersion: undefined } }));
    const key = await kms.getKey("it", "store/key", hmac);
    expect(["STALE_HANDLE", "INVALID_STATE"]).toContain((await failure(kms.verifyMac(key, data, data))).code);
  });

  it("are refused above the row's limit, to make and to verify", async () => {
    const { kms } = given(macDriver(["1"], { row: { limits: { maximumMessageBytes: 10 } } }));
    const key = await kms.generateKey("it", hmac);
    expect(await code(kms.generateMac(key, data))).toBe("TOO_LARGE");
    expect(await code(kms.verifyMac(key, data, data))).toBe("TOO_LARGE");
    expect((await kms.generateMac(key, data.slice(0, 10))).bytes).toHaveLength(32);
  });

  it("and signatures of another length than the algorithm's are TAMPERED", async () => {
    const answer = (key: { id: string; version: string }): object => ({ ...key, bytes: new Uint8Array(4) });
    const { kms } = given(macDriver(["1"], { driver: { generateMac: answer } as never }));
    expect(await code(kms.generateMac(await kms.generateKey("it", hmac), data))).toBe("TAMPERED");
  });

  it("are TAMPERED when another key answers", async () => {
    const driver = {
      generateMac: () => ({ id: "store/other", version: "1", bytes: new Uint8Array(32) }),
      verifyMac: () => ({ id: "store/other", version: "1", valid: true }),
    };
    const { kms } = given(macDriver(["1"], { driver }));
    const key = await kms.generateKey("it", hmac);
    expect(await code(kms.generateMac(key, data))).toBe("TAMPERED");
    expect(await code(kms.verifyMac(key, data, data))).toBe("TAMPERED");
  });
});
