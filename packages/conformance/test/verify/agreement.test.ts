import { createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { agreeIndependently, peerKey } from "../../src/verify/agreement.ts";

describe.each([
  ["ECDH-P256", "P-256", "sha256"],
  ["ECDH-P384", "P-384", "sha384"],
  ["ECDH-P521", "P-521", "sha512"],
] as const)("%s", (algorithm, namedCurve, hash) => {
  it("agrees with node, whose key is the other side", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
    const peer = peerKey(algorithm);
    const theirs = createPublicKey({ key: Buffer.from(peer.spki), format: "der", type: "spki" });
    const secret = diffieHellman({ privateKey, publicKey: theirs });
    const kdf = { info: utf8("info"), lengthBytes: 40 };
    const expected = new Uint8Array(hkdfSync(hash, secret, new Uint8Array(), kdf.info, kdf.lengthBytes));
    const spki = publicKey.export({ type: "spki", format: "der" });
    expect(agreeIndependently(peer, spki, kdf)).toEqual(expected);
  });
});
