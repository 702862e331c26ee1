import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  generateKeyPairSync,
  randomBytes as nodeRandomBytes,
  randomUUID,
  timingSafeEqual,
} from "node:crypto";

/** What can be hashed: text as UTF-8, or bytes. */
type HashInput = string | ArrayBuffer | ArrayBufferView;

const bytesOf = (input: HashInput): Uint8Array => {
  if (typeof input === "string") return new TextEncoder().encode(input);
  return ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    : new Uint8Array(input);
};

/** Hash functions of the emulated services, by the names that `node:crypto` gives them. */
export type HashName = "sha256" | "sha384" | "sha512";

/** `length` bytes from the system's generator. */
export const randomBytes = (length: number): Uint8Array => new Uint8Array(nodeRandomBytes(length));

/** A random RFC 9562 version 4 identifier, lower case with hyphens. */
export const randomIdentifier = (): string => randomUUID();

/** The digest of `bytes`. */
export const digest = (hash: HashName, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash(hash).update(bytes).digest());

/** HMAC (RFC 2104) of `bytes`, untruncated. */
export const hmac = (hash: HashName, key: Uint8Array, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac(hash, key).update(bytes).digest());

/** Whether both are the same bytes; takes the same time wherever they differ, but tells apart lengths. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/** The parts of an AES-256-GCM ciphertext: 12-byte nonce and 16-byte tag around the body. */
export interface SealedBytes {
  readonly nonce: Uint8Array;
  readonly body: Uint8Array;
  readonly tag: Uint8Array;
}

/** AES-256-GCM under a fresh random nonce, with `associatedData` authenticated. */
export function sealAesGcm(key: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): SealedBytes {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 }).setAAD(associatedData);
  const body = new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final()]));
  return { nonce, body, tag: new Uint8Array(cipher.getAuthTag()) };
}

/** The plaintext, or `undefined` when the tag does not verify, whatever the cause. */
export function openAesGcm(key: Uint8Array, sealed: SealedBytes, associatedData: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.nonce, { authTagLength: 16 });
  decipher.setAAD(associatedData).setAuthTag(sealed.tag);
  try {
    return new Uint8Array(Buffer.concat([decipher.update(sealed.body), decipher.final()]));
  } catch {
    return undefined; // `final` throws for one reason only: the tag did not verify
  }
}

/** Elliptic curves by the names that `node:crypto` gives them. */
export type CurveName = "prime256v1";

/** A fresh key pair: the private scalar, big-endian, and the public key as SubjectPublicKeyInfo DER (RFC 5480). */
export function generateEcKeyPair(namedCurve: CurveName): { scalar: Uint8Array; publicKey: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  const { d } = privateKey.export({ format: "jwk" });
  if (d === undefined) throw new TypeError("the JWK of a private key on a named curve has a member d");
  return {
    scalar: new Uint8Array(Buffer.from(d, "base64url")),
    publicKey: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
  };
}

/** A uniform random scalar in [1, n−1], big-endian, as the curve's key generation draws it. */
export function randomScalar(curve: CurveName): Uint8Array {
  const ecdh = createECDH(curve);
  ecdh.generateKeys();
  return new Uint8Array(ecdh.getPrivateKey());
}

/** The x coordinate of scalar × base point, big-endian; `undefined` when the scalar is outside [1, n−1]. */
export function multiplyBasePoint(curve: CurveName, scalar: Uint8Array): Uint8Array | undefined {
  const ecdh = createECDH(curve);
  try {
    ecdh.setPrivateKey(scalar);
  } catch {
    return undefined; // OpenSSL refuses scalars outside the range, and nothing else
  }
  const point = ecdh.getPublicKey(); // 0x04 ‖ x ‖ y
  return new Uint8Array(point.subarray(1, (point.length + 1) / 2));
}

/** SHA-256, or HMAC-SHA-256 when given a secret, in the shape that `@smithy/signature-v4` asks for. */
export class Sha256 {
  readonly #secret: Uint8Array | undefined;
  #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: HashInput) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret);
    this.#hash = this.#fresh();
  }

  /** Adds bytes to what is hashed. */
  update(chunk: HashInput): void {
    this.#hash.update(bytesOf(chunk));
  }

  /** The 32-byte result. */
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }

  /** Forgets what was added. */
  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh(): ReturnType<typeof createHash> | ReturnType<typeof createHmac> {
    return this.#secret === undefined ? createHash("sha256") : createHmac("sha256", this.#secret);
  }
}
