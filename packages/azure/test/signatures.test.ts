import { createPublicKey, verify as verifyWith } from "node:crypto";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { publicKeyToJwk, type Kms } from "@kms/core";
import { derToP1363 } from "@kms/core/driver";
import { compactVerify, importJWK, type JWK } from "jose";
import { expect, test } from "vitest";
import { guarded } from "./guarded.ts";
import { bytes } from "./setup.ts";

const curves = {
  "ECDSA-P256-SHA256": { curve: p256, alg: "ES256", digest: "sha256" },
  "ECDSA-P384-SHA384": { curve: p384, alg: "ES384", digest: "sha384" },
  "ECDSA-P521-SHA512": { curve: p521, alg: "ES512", digest: "sha512" },
  // jose has no ES256K; node:crypto stands in for it.
  "ECDSA-secp256k1-SHA256": { curve: secp256k1, alg: undefined, digest: "sha256" },
} as const;
const rounds = 1_000;

test.each(Object.keys(curves) as (keyof typeof curves)[])(
  `${rounds} signatures of %s, short integers among them, verify with @noble/curves and with a second library`,
  async (algorithm) => {
    const { curve, alg, digest } = curves[algorithm];
    const { kms } = await guarded();
    const wide: Kms = kms;
    const key = await wide.generateKey("azure", { algorithm });
    const shown = await wide.getPublicKey(key);
    const publicKey = createPublicKey({ key: Buffer.from(shown.spki), format: "der", type: "spki" });
    const jwk = publicKeyToJwk(shown);
    const point = Buffer.concat([
      Buffer.from([4]),
      Buffer.from(jwk.x ?? "", "base64url"),
      Buffer.from(jwk.y ?? "", "base64url"),
    ]);
    const joseKey = alg === undefined ? undefined : await importJWK(jwk as JWK, alg);
    const header = Buffer.from(JSON.stringify({ alg })).toString("base64url");
    let short = 0;
    // About one in 128, of P-521 three in four, has an integer that is shorter than the curve: the rounds go on until one came.
    for (let round = 0; round < rounds || short === 0; round += 1) {
      const payload = Buffer.from(`message ${round}`).toString("base64url");
      const message = bytes(`${header}.${payload}`);
      const signature = await wide.sign(key, message);
      const raw = derToP1363(algorithm, signature.bytes);
      if (raw[0] === 0 || raw[raw.length / 2] === 0) short += 1;
      expect(curve.verify(raw, message, point, { prehash: true, lowS: false })).toBe(true);
      if (joseKey === undefined) expect(verifyWith(digest, message, publicKey, signature.bytes)).toBe(true);
      else await compactVerify(`${header}.${payload}.${Buffer.from(raw).toString("base64url")}`, joseKey);
    }
  },
);
