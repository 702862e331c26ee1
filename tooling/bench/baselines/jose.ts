import { CompactEncrypt, CompactSign, compactDecrypt, compactVerify, generateKeyPair, generateSecret } from "jose";

// CryptoKey, which jose uses as it is; keys in any other form it converts first.

/** A compact JWE under a shared key (`dir`, `A256GCM`), the associated data in its protected header; then opened. */
export async function encryptAndDecrypt(
  plaintext: Uint8Array,
  associatedData: Readonly<Record<string, string>>,
): Promise<() => Promise<number>> {
  const key = await generateSecret("A256GCM");
  return async () => {
    const encryption = new CompactEncrypt(plaintext);
    const token = await encryption.setProtectedHeader({ alg: "dir", enc: "A256GCM", ...associatedData }).encrypt(key);
    return (await compactDecrypt(token, key)).plaintext.length;
  };
}

/** A compact JWS, `ES256`. */
export async function sign(message: Uint8Array): Promise<() => Promise<number>> {
  const { privateKey } = await generateKeyPair("ES256");
  return async () => (await new CompactSign(message).setProtectedHeader({ alg: "ES256" }).sign(privateKey)).length;
}

/** Verifies one compact JWS, `ES256`. */
export async function verify(message: Uint8Array): Promise<() => Promise<number>> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const token = await new CompactSign(message).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
  return async () => (await compactVerify(token, publicKey)).payload.length;
}

/** A compact JWS, `HS256`, made and verified. */
export async function makeAndVerifyMac(message: Uint8Array): Promise<() => Promise<number>> {
  const key = await generateSecret("HS256");
  return async () => {
    const token = await new CompactSign(message).setProtectedHeader({ alg: "HS256" }).sign(key);
    return (await compactVerify(token, key)).payload.length;
  };
}
